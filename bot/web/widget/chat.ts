/** The state of the chat as signals, and what a customer can do with it. */

import { computed, signal } from "@preact/signals";

import { type ErrorBody, type Language, type Message, type Owner, type QueuePlace, SECRET } from "../shared/messages";
import * as memory from "./memory";
import { save } from "./save";
import { type Listener, type Said, type State, Transport } from "./transport";
import { say } from "./words";

/** Something said that the service has not acknowledged yet. */
export interface Outgoing extends Said {
  /** What the bubble shows. */
  shown: string;
  state: "sending" | "failed";
  error?: ErrorBody;
}

/** After this time without an acknowledgement a message counts as not sent. */
const OVERDUE_MS = 12_000;
/** The working sign of the assistant goes away after this time. */
const LONGEST_TURN_MS = 20_000;
const TYPING_AGAIN_MS = 2_500;
/** A customer's text may be this long, in characters. */
export const MAX_TEXT = 2_000;

export class Chat implements Listener {
  readonly open = signal(false);
  readonly language = signal<Language>("zh");
  readonly messages = signal<Message[]>([]);
  readonly outbox = signal<Outgoing[]>([]);
  readonly owner = signal<Owner>("bot");
  readonly queue = signal<QueuePlace | null>(null);
  readonly typist = signal<"bot" | "agent" | null>(null);
  readonly line = signal<"idle" | "opening" | "up" | "down" | "unreachable" | "expired">("idle");
  readonly unread = signal(0);
  readonly rated = signal(false);
  readonly draft = signal("");

  /** The person who serves, as the newest of their messages says. */
  readonly agent = computed(() =>
    this.owner.value === "agent" ? this.messages.value.findLast((m) => m.agent)?.agent : undefined,
  );
  /** The number of the message whose choices may be chosen now. */
  readonly choosable = computed(() => {
    const last = this.messages.value.findLast((m) => m.choices?.length);
    return last && !chosenOf(last, this.messages.value) ? last.seq : 0;
  });
  /** The number of the form that can be filled in now. */
  readonly openForm = computed(() => {
    const form = this.messages.value.findLast((m) => m.form);
    // A secret may be typed into the chat as well: it answers the secure field.
    const secure = form?.form?.fields.some((f) => f.type === "secret");
    const sent = this.messages.value.findLast(
      (m) => m.author === "customer" && (m.kind === "form" || (secure && m.text === SECRET)),
    );
    return form && (!sent || sent.seq < form.seq) ? form.seq : 0;
  });

  private transport: Transport | null = null;
  private timers = new Map<string, number>();
  private working = 0;
  private typedAt = 0;
  private chosenLanguage = false;

  constructor(private readonly server: string) {
    const kept = memory.recall(server);
    this.draft.value = kept.draft ?? "";
    this.language.value = kept.language ?? this.language.value;
    this.chosenLanguage = Boolean(kept.language);
    this.outbox.value = (kept.outbox ?? []).map((one) => ({ ...one, state: "sending" }));
    this.rated.value = Boolean(kept.rated);
    if (kept.id && kept.token) this.attach(kept.id, kept.token);
    if (kept.open) this.open.value = true;
  }

  /** Show the window; the first time a conversation begins. */
  show(): void {
    this.open.value = true;
    this.unread.value = 0;
    memory.keep(this.server, { open: true });
    if (!this.transport) void this.begin();
  }

  hide(): void {
    this.open.value = false;
    memory.keep(this.server, { open: false });
  }

  /** Begin a new conversation; the old one stays in the record. */
  async begin(): Promise<void> {
    this.transport?.stop();
    this.transport = null;
    this.line.value = "opening";
    try {
      const reply = await fetch(`${this.server}/chat/conversations`, {
        method: "POST",
        credentials: "omit",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ language: this.language.value }),
      });
      if (!reply.ok) throw new Error(String(reply.status));
      const body = await reply.json();
      this.messages.value = body.messages;
      this.owner.value = "bot";
      this.queue.value = null;
      this.rated.value = false;
      memory.keep(this.server, { id: body.conversation_id, token: body.token, rated: false });
      this.attach(body.conversation_id, body.token);
    } catch {
      this.line.value = "unreachable";
    }
  }

  say(text: string): void {
    const words = text.trim();
    if (!words || [...words].length > MAX_TEXT) return;
    this.write("");
    this.put({ client_id: crypto.randomUUID(), text: words, shown: words, state: "sending" });
  }

  choose(id: string, title: string): void {
    this.put({ client_id: crypto.randomUUID(), choice: id, shown: title, state: "sending" });
  }

  /** Send a form; resolves with the refusal, or nothing when it was taken. */
  submit(fields: Record<string, unknown>, shown: string): Promise<ErrorBody | undefined> {
    const clientId = crypto.randomUUID();
    const done = new Promise<ErrorBody | undefined>((resolve) => this.submitted.set(clientId, resolve));
    this.put({ client_id: clientId, fields, shown, state: "sending" });
    return done;
  }
  private submitted = new Map<string, (error?: ErrorBody) => void>();

  retry(clientId: string): void {
    const one = this.outbox.value.find((o) => o.client_id === clientId);
    if (one) this.put(one);
  }

  discard(clientId: string): void {
    this.setOutbox(this.outbox.value.filter((o) => o.client_id !== clientId));
  }

  /** Keep what is being written, and tell the other side that somebody writes. */
  write(text: string): void {
    this.draft.value = text;
    memory.keep(this.server, { draft: text });
    const now = Date.now();
    if (text && now - this.typedAt > TYPING_AGAIN_MS) {
      this.typedAt = now;
      this.transport?.typing(true);
    } else if (!text && this.typedAt) {
      this.typedAt = 0;
      this.transport?.typing(false);
    }
  }

  /** The page's language, unless the customer has chosen one. */
  preferLanguage(language: Language): void {
    if (!this.chosenLanguage) this.language.value = language;
  }

  speak(language: Language): void {
    this.language.value = language;
    this.chosenLanguage = true;
    memory.keep(this.server, { language });
  }

  async leaveLine(): Promise<void> {
    await this.transport?.call("leave-queue", { method: "POST" });
  }

  async end(): Promise<void> {
    await this.transport?.call("end", { method: "POST" });
  }

  async rate(score: number, comment: string): Promise<boolean> {
    const body = JSON.stringify(comment.trim() ? { score, comment: comment.trim() } : { score });
    const reply = await this.transport?.call("rating", { method: "POST", body });
    if (!reply?.ok) return false;
    this.rated.value = true;
    memory.keep(this.server, { rated: true });
    return true;
  }

  /** Fetch a file that was offered and hand it to the browser; resolves with the refusal's words, if any. */
  async download(name: string): Promise<string | undefined> {
    const reply = await this.transport?.call(encodeURIComponent(name));
    if (!reply) return say("notReached", this.language.value);
    if (!reply.ok) return ((await reply.json()).error as ErrorBody).message;
    const named = /filename="([^"]+)"/.exec(reply.headers.get("content-disposition") ?? "");
    save(await reply.blob(), named?.[1] ?? `${name}.json`);
    return undefined;
  }

  reconnect(): void {
    if (this.transport) this.transport.now();
    else void this.begin();
  }

  // ---- what the line tells

  lastSeq(): number {
    return this.messages.value.at(-1)?.seq ?? 0;
  }

  onReady(): void {
    this.line.value = "up";
    for (const one of this.outbox.value) if (!one.error) this.put(one);
  }

  onCut(): void {
    this.line.value = "down";
    this.typist.value = null;
  }

  onMessage(message: Message): void {
    if (message.seq <= this.lastSeq()) return;
    this.messages.value = [...this.messages.value, message];
    if (message.client_id) this.onAck(message.client_id);
    if (message.author === "customer") {
      if (this.owner.value === "bot" && (message.kind !== "form" || message.text === SECRET)) this.showWorking();
      return;
    }
    this.typist.value = null;
    if (!this.chosenLanguage) this.language.value = message.language;
    if (!this.open.value) this.unread.value += 1;
  }

  onState(state: State): void {
    this.owner.value = state.owner;
    this.queue.value = state.queue ?? null;
    if (state.owner !== "bot" && this.typist.value === "bot") this.typist.value = null;
  }

  onTyping(author: string, on: boolean): void {
    clearTimeout(this.working);
    this.typist.value = on && author === "agent" ? "agent" : null;
    // A sign that is never taken back would lie.
    if (on) this.working = window.setTimeout(() => (this.typist.value = null), 6_000);
  }

  onAck(clientId: string): void {
    this.settle(clientId);
    // The bubble waits in the outbox until the message itself comes, so that nothing flickers.
    if (this.messages.value.some((m) => m.client_id === clientId)) this.discard(clientId);
    this.submitted.get(clientId)?.();
    this.submitted.delete(clientId);
  }

  onRefused(clientId: string, error: ErrorBody): void {
    this.settle(clientId);
    const form = this.submitted.get(clientId);
    if (form) {
      this.submitted.delete(clientId);
      this.discard(clientId);
      form(error);
      return;
    }
    this.setOutbox(
      this.outbox.value.map((o) => (o.client_id === clientId ? { ...o, state: "failed", error } : o)),
    );
  }

  onGone(): void {
    this.transport = null;
    this.line.value = "expired";
    memory.forget(this.server);
  }

  private attach(id: string, token: string): void {
    this.line.value = "opening";
    this.transport = new Transport(this.server, id, token, this);
    this.transport.start();
  }

  private put(one: Outgoing): void {
    const { error: _, ...rest } = one;
    const fresh: Outgoing = { ...rest, state: "sending" };
    const others = this.outbox.value.filter((o) => o.client_id !== one.client_id);
    const at = this.outbox.value.findIndex((o) => o.client_id === one.client_id);
    this.setOutbox(at < 0 ? [...others, fresh] : this.outbox.value.with(at, fresh));
    const { client_id, text, choice, fields } = fresh;
    void this.transport?.send({
      client_id,
      ...(text === undefined ? {} : { text }),
      ...(choice === undefined ? {} : { choice }),
      ...(fields === undefined ? {} : { fields }),
    });
    clearTimeout(this.timers.get(client_id));
    this.timers.set(client_id, window.setTimeout(() => this.overdue(client_id), OVERDUE_MS));
  }

  private overdue(clientId: string): void {
    this.setOutbox(
      this.outbox.value.map((o) => (o.client_id === clientId ? { ...o, state: "failed" } : o)),
    );
    this.transport?.renew();
  }

  private settle(clientId: string): void {
    clearTimeout(this.timers.get(clientId));
    this.timers.delete(clientId);
  }

  private setOutbox(outbox: Outgoing[]): void {
    this.outbox.value = outbox;
    // A form's fields are about a person: they wait in this page only.
    memory.keep(this.server, { outbox: outbox.filter((o) => !o.fields) });
  }

  private showWorking(): void {
    clearTimeout(this.working);
    this.typist.value = "bot";
    this.working = window.setTimeout(() => (this.typist.value = null), LONGEST_TURN_MS);
  }
}

/** The title of these choices that was said afterwards, if one was. */
export function chosenOf(message: Message, messages: Message[]): string | undefined {
  const titles = new Set(message.choices?.map((c) => c.title));
  return messages.find((m) => m.seq > message.seq && m.author === "customer" && titles.has(m.text))?.text;
}
