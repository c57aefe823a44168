/** One chat that the agent holds: what was said, what is being written, what is known. */

import { computed, type Signal, signal } from "@preact/signals";

import type { ErrorBody, Message } from "../shared/messages";
import { type Api, type Reply, UNREACHED } from "./api";
import * as memory from "./memory";
import type { Conversation, Customer, Handoff, Held, Note } from "./shapes";

/** Something said that is not in the record yet, as far as this page knows. */
export interface Outgoing {
  client_id: string;
  text: string;
  state: "sending" | "sent" | "failed";
  error?: ErrorBody;
}

/** A message may be this long, in characters. */
export const MAX_TEXT = 2_000;
const TYPING_AGAIN_MS = 2_500;
/** A sign that is never taken back would lie; it goes away after this time. */
const TYPING_LASTS_MS = 6_000;
/** Saying it once more helps with these only. */
const WORTH_A_RETRY = [UNREACHED, "unavailable", "database", "internal", "too_fast", "too_slow"];

export class Chat {
  readonly messages = signal<Message[]>([]);
  readonly outbox = signal<Outgoing[]>([]);
  readonly draft = signal("");
  readonly noteDraft = signal("");
  /** What the next colleague shall know; null until somebody writes it. */
  readonly handover = signal<string | null>(null);
  readonly handoff = signal<Handoff | null>(null);
  readonly notes = signal<Note[]>([]);
  readonly customer = signal<Customer | null>(null);
  readonly typing = signal(false);
  readonly state = signal<"new" | "opening" | "open" | "failed">("new");
  readonly problem = signal("");
  /** It is no longer with this agent, though the agent did nothing. */
  readonly gone = signal(false);
  /** The last number the agent has looked at. */
  readonly seen = signal(0);
  /** Where the new ones began when the chat was last brought onto the screen; 0 when there were none. */
  readonly newFrom = signal(0);
  readonly held: Signal<Held>;

  readonly lastSeq = computed(() => this.messages.value.at(-1)?.seq ?? 0);
  readonly unread = computed(
    () => this.messages.value.filter((m) => m.author === "customer" && m.seq > this.seen.value).length,
  );
  /** Since when the customer waits for an answer; null when the bank spoke last. */
  readonly dueSince = computed(() => {
    if (this.gone.value) return null;
    const spoken = this.messages.value.filter((m) => m.author === "customer" || m.author === "agent");
    if (!spoken.length) {
      return this.held.value.last_author === "customer" ? this.held.value.last_at : null;
    }
    const answered = spoken.findLastIndex((m) => m.author === "agent");
    return spoken[answered + 1]?.at ?? null;
  });

  private sending: Promise<void> = Promise.resolve();
  private typedAt = 0;
  private typingTimer = 0;

  constructor(
    held: Held,
    private readonly api: Api,
    private readonly tellTyping: (id: string, on: boolean) => void,
  ) {
    this.held = signal(held);
    this.draft.value = memory.recall("drafts", held.conversation_id) ?? "";
    this.noteDraft.value = memory.recall("notes", held.conversation_id) ?? "";
    this.seen.value = memory.recall("seen", held.conversation_id) ?? held.last_seq;
    const unsent = memory.recall("unsent", held.conversation_id) ?? [];
    this.outbox.value = unsent.map((one) => ({ ...one, state: "failed" }));
    this.resend();
  }

  get id(): string {
    return this.held.value.conversation_id;
  }

  /** From which number on news are wanted. */
  get after(): number {
    return this.lastSeq.value || this.seen.value;
  }

  /** Read everything; what came meanwhile is kept. */
  async open(): Promise<void> {
    if (this.state.value === "opening" || this.state.value === "open") return;
    this.state.value = "opening";
    let after = 0;
    for (;;) {
      const reply = await this.read(after);
      if (!reply.ok) {
        this.problem.value = reply.error.message;
        this.state.value = "failed";
        return;
      }
      const last = reply.body.messages.at(-1)?.seq ?? reply.body.last_seq;
      if (last >= reply.body.last_seq) break;
      after = last; // a long conversation comes in pages
    }
    this.markNew();
    this.state.value = "open";
  }

  /** Get what is new without the live line. */
  async catchUp(): Promise<void> {
    if (this.state.value === "open" && !this.gone.value) await this.read(Math.max(1, this.lastSeq.value));
  }

  take(...news: Message[]): void {
    const have = new Set(this.messages.value.map((m) => m.seq));
    const fresh = news.filter((m) => !have.has(m.seq));
    if (!fresh.length) return;
    this.messages.value = [...this.messages.value, ...fresh].sort((a, b) => a.seq - b.seq);
    if (fresh.some((m) => m.author === "customer")) this.typing.value = false;
    const known = new Set(fresh.map((m) => m.client_id));
    if (this.outbox.value.some((o) => known.has(o.client_id))) {
      this.setOutbox(this.outbox.value.filter((o) => !known.has(o.client_id)));
    }
  }

  /** Remember where the new ones begin, before they count as read. */
  markNew(): void {
    this.newFrom.value = this.messages.value.find((m) => m.author === "customer" && m.seq > this.seen.value)?.seq ?? 0;
  }

  markSeen(): void {
    const last = Math.max(this.lastSeq.value, this.seen.value);
    if (last === this.seen.value) return;
    this.seen.value = last;
    memory.keep("seen", this.id, last);
  }

  // ---- writing

  write(text: string): void {
    this.draft.value = text;
    memory.keep("drafts", this.id, text);
    const at = Date.now();
    if (text && at - this.typedAt > TYPING_AGAIN_MS) {
      this.typedAt = at;
      this.tellTyping(this.id, true);
    } else if (!text && this.typedAt) {
      this.typedAt = 0;
      this.tellTyping(this.id, false);
    }
  }

  say(): void {
    const text = this.draft.value.trim();
    if (!text || [...text].length > MAX_TEXT || this.gone.value) return;
    this.write("");
    const one: Outgoing = { client_id: crypto.randomUUID(), text, state: "sending" };
    this.setOutbox([...this.outbox.value, one]);
    this.put(one);
  }

  retry(clientId: string): void {
    const one = this.outbox.value.find((o) => o.client_id === clientId);
    if (!one) return;
    this.setOne(clientId, { state: "sending" });
    this.put(one);
  }

  /** What did not get through because of the line goes out again, under its own id. */
  resend(): void {
    for (const one of this.outbox.value) if (one.state === "failed" && canRetry(one)) this.retry(one.client_id);
  }

  discard(clientId: string): void {
    this.setOutbox(this.outbox.value.filter((o) => o.client_id !== clientId));
  }

  /** Put a refused message back where it can be changed. */
  edit(clientId: string): void {
    const one = this.outbox.value.find((o) => o.client_id === clientId);
    if (!one) return;
    this.write([one.text, this.draft.value].filter(Boolean).join("\n"));
    this.discard(clientId);
  }

  writeNote(text: string): void {
    this.noteDraft.value = text;
    memory.keep("notes", this.id, text);
  }

  /** Resolves with the refusal, or nothing when it was taken. */
  async addNote(): Promise<ErrorBody | undefined> {
    const reply = await this.api.post(`/desk/conversations/${this.id}/notes`, { text: this.noteDraft.value.trim() });
    if (!reply.ok) return reply.error;
    this.writeNote("");
    await this.read(Math.max(1, this.lastSeq.value));
    return undefined;
  }

  /** One field in full; it is written down who asked and what for. */
  reveal(field: string, purpose: string): Promise<Reply<{ field: string; value: string }>> {
    return this.api.post(`/desk/conversations/${this.id}/reveal`, { field, purpose });
  }

  onTyping(on: boolean): void {
    clearTimeout(this.typingTimer);
    this.typing.value = on;
    if (on) this.typingTimer = window.setTimeout(() => (this.typing.value = false), TYPING_LASTS_MS);
  }

  private async read(after: number) {
    const reply = await this.api.get<Conversation>(`/desk/conversations/${this.id}?after=${after}`);
    if (reply.ok) {
      this.handoff.value = reply.body.conversation.handoff;
      this.notes.value = reply.body.notes;
      this.customer.value = reply.body.customer;
      this.take(...reply.body.messages);
    }
    return reply;
  }

  /** One after the other, so that two quick messages never change places. */
  private put(one: Outgoing): void {
    this.sending = this.sending.then(async () => {
      const { client_id, text } = one;
      const reply = await this.api.post<{ seq: number }>(`/desk/conversations/${this.id}/messages`, { client_id, text });
      if (!reply.ok) {
        this.setOne(client_id, { state: "failed", error: reply.error });
        return;
      }
      // The bubble stays until the message itself comes, so that nothing flickers.
      this.setOne(client_id, { state: "sent" });
      if (!this.messages.value.some((m) => m.client_id === client_id)) await this.catchUp();
    });
  }

  private setOne(clientId: string, news: { state: Outgoing["state"]; error?: ErrorBody }): void {
    this.setOutbox(
      this.outbox.value.map((o) => (o.client_id === clientId ? { client_id: o.client_id, text: o.text, ...news } : o)),
    );
  }

  private setOutbox(outbox: Outgoing[]): void {
    this.outbox.value = outbox;
    memory.keep("unsent", this.id, outbox.filter((o) => o.state !== "sent"));
  }
}

/** Whether the same thing may get through at another time. */
export function canRetry(one: Outgoing): boolean {
  return !one.error || WORTH_A_RETRY.includes(one.error.code);
}
