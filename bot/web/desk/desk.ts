/** The state of the desk as signals, and what an agent can do with it. */

import { computed, effect, signal } from "@preact/signals";

import type { ErrorBody, Message } from "../shared/messages";
import { Chat } from "./chat";
import { setClock, tick } from "./clock";
import * as memory from "./memory";
import { Session } from "./session";
import type { Held, Queue } from "./shapes";
import { type Listener, Socket } from "./socket";
import { Tickets } from "./tickets/tickets";
import { say, type Word } from "./words";

/** While the live line is away, the line is asked for this often. */
const POLL_MS = 4_000;
/** While it is away, the service is told this often that the agent is still there. */
const PRESENT_MS = 20_000;
/** A line read before a claim or an end may arrive after it; it is not believed for so long. */
const SETTLING_MS = 3_000;
const NEWS_LAST_MS = 6_000;

export type Dialog = "transfer" | "return" | "close" | "keys" | "leave";

export interface News {
  text: string;
  bad: boolean;
}

export class Desk implements Listener {
  readonly session = new Session(() => this.enter(), () => this.leave());
  readonly queue = signal<Queue | null>(null);
  readonly chats = signal<Chat[]>([]);
  readonly selectedId = signal<string | null>(null);
  /** What is in the middle of the page. */
  readonly view = signal<"chats" | "tickets">("chats");
  readonly tickets = new Tickets(this);
  readonly link = signal<"up" | "opening" | "cut">("opening");
  readonly dialog = signal<Dialog | null>(null);
  readonly news = signal<News | null>(null);
  /** What a screen reader hears of things elsewhere on the page. */
  readonly heard = signal("");
  readonly taking = signal(false);
  /** Count the wishes to have the focus in the reply box, in the note, and on the line. */
  readonly toComposer = signal(0);
  readonly toNote = signal(0);
  readonly toLine = signal(0);

  readonly waiting = computed(() => this.queue.value?.waiting ?? []);
  readonly selected = computed(() => this.chats.value.find((c) => c.id === this.selectedId.value) ?? null);
  readonly held = computed(() => this.chats.value.filter((c) => !c.gone.value));

  private readonly socket = new Socket(this);
  private readonly arriving = new Map<string, number>();
  private readonly departing = new Map<string, number>();
  private newsTimer = 0;
  private polledAt = 0;
  private presentAt = 0;

  constructor() {
    setInterval(() => this.everySecond(), 1_000);
    document.addEventListener("visibilitychange", () => this.look());
    effect(() => {
      const { language, phase } = this.session;
      const n = phase.value === "in" ? this.waiting.value.length : 0;
      const unread = this.chats.value.some((c) => c.unread.value > 0);
      document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
      document.title = `${n ? `(${n}) ` : ""}${unread ? "● " : ""}${say("title", language.value)}`;
    });
    effect(() => {
      this.selected.value?.messages.value; // look again whenever something came
      this.look();
    });
    addEventListener("beforeunload", (event) => {
      const unsent = this.chats.value.some((c) => c.outbox.value.some((o) => o.state === "sending"));
      if (unsent) event.preventDefault();
    });
  }

  say(word: Word, places: Record<string, string | number> = {}): string {
    return say(word, this.session.language.value, places);
  }

  // ---- what the agent does

  async takeNext(): Promise<void> {
    await this.take("/desk/queue/next");
  }

  async claim(id: string): Promise<void> {
    await this.take(`/desk/conversations/${id}/claim`);
  }

  select(id: string): void {
    this.view.value = "chats";
    const chat = this.chats.value.find((c) => c.id === id);
    chat?.markNew();
    this.selectedId.value = id;
    memory.keepSelected(id);
    if (!chat) return;
    void chat.open();
    this.toComposer.value += 1;
  }

  /** Finish with the chat on the screen; resolves with the refusal, or nothing. */
  async finish(chat: Chat, step: "transfer" | "return-to-bot" | "close", body: object, told: string): Promise<ErrorBody | undefined> {
    this.departing.set(chat.id, Infinity);
    const reply = await this.session.api.post(`/desk/conversations/${chat.id}/${step}`, body);
    if (!reply.ok) {
      this.departing.delete(chat.id);
      void this.poll(); // it may be gone, or have gone through without our hearing of it
      return reply.error;
    }
    this.departing.set(chat.id, Date.now() + SETTLING_MS);
    this.dialog.value = null;
    this.drop(chat);
    this.tell(told);
    return undefined;
  }

  /** Take a chat that is over from the list. */
  drop(chat: Chat): void {
    const at = this.chats.value.indexOf(chat);
    this.socket.unwatch(chat.id);
    memory.forget(chat.id);
    this.chats.value = this.chats.value.filter((c) => c !== chat);
    if (this.selectedId.value !== chat.id) return;
    const next = this.chats.value.find((c) => c.unread.value) ?? this.chats.value[Math.min(at, this.chats.value.length - 1)];
    this.selectedId.value = null;
    if (next) this.select(next.id);
    else this.toLine.value += 1;
  }

  tell(text: string, bad = false): void {
    clearTimeout(this.newsTimer);
    this.news.value = { text, bad };
    // What went wrong stays until it is read.
    if (!bad) this.newsTimer = window.setTimeout(() => (this.news.value = null), NEWS_LAST_MS);
  }

  reconnect(): void {
    this.socket.now();
  }

  // ---- what the live line tells

  watched(): [string, number][] {
    return this.held.value.map((chat) => [chat.id, chat.after]);
  }

  onUp(): void {
    this.link.value = "up";
    for (const chat of this.chats.value) {
      chat.resend();
      if (chat.state.value === "failed") void chat.open();
    }
  }

  onCut(): void {
    this.link.value = "cut";
    this.presentAt = Date.now();
    for (const chat of this.chats.value) chat.typing.value = false;
  }

  onQueue(queue: Queue): void {
    const before = this.queue.value?.waiting.length ?? queue.waiting.length;
    this.queue.value = queue;
    setClock(queue.now);
    for (const held of queue.mine) this.hold(held);
    const mine = new Set(queue.mine.map((held) => held.conversation_id));
    for (const chat of this.chats.value) {
      if (!mine.has(chat.id)) this.onGone(chat.id);
    }
    if (queue.waiting.length > before) this.heard.value = this.say("heardWaiting", { n: queue.waiting.length });
  }

  onMessage(id: string, message: Message): void {
    const chat = this.chats.value.find((c) => c.id === id);
    if (!chat) return;
    chat.take(message);
    if (message.author === "customer" && id !== this.selectedId.value) {
      this.heard.value = this.say("heardMessage", { n: this.chats.value.indexOf(chat) + 1 });
    }
  }

  onGone(id: string): void {
    const chat = this.chats.value.find((c) => c.id === id);
    if (chat && !isFresh(this.arriving, id) && !isFresh(this.departing, id)) chat.gone.value = true;
  }

  onTyping(id: string, on: boolean): void {
    this.chats.value.find((c) => c.id === id)?.onTyping(on);
  }

  onSignedOut(reason: string): void {
    this.session.onSignedOut(reason);
  }

  // ---- inside

  private enter(): void {
    this.link.value = "opening";
    this.news.value = null;
    this.socket.start();
    void this.poll();
    void this.tickets.refresh();
  }

  private leave(): void {
    this.socket.stop();
    this.queue.value = null;
    this.chats.value = [];
    this.dialog.value = null;
    this.view.value = "chats";
    this.tickets.forget();
  }

  private async take(path: string): Promise<void> {
    if (this.taking.value) return;
    this.taking.value = true;
    const reply = await this.session.api.post<{ conversation_id: string }>(path);
    if (reply.ok) {
      const id = reply.body.conversation_id;
      this.arriving.set(id, Date.now() + SETTLING_MS);
      this.departing.delete(id);
      await this.poll();
      this.select(id);
      this.heard.value = this.say("heardTaken");
    } else {
      this.tell(reply.error.message, true);
      void this.poll();
    }
    this.taking.value = false;
  }

  private hold(held: Held): void {
    const known = this.chats.value.find((c) => c.id === held.conversation_id);
    if (known) {
      known.held.value = held;
      // It was given away and has come back.
      if (known.gone.value) {
        known.gone.value = false;
        this.socket.watch(known.id, known.after);
      }
      return;
    }
    if (isFresh(this.departing, held.conversation_id)) return;
    const chat = new Chat(held, this.session.api, (id, on) => this.socket.typing(id, on));
    this.chats.value = [...this.chats.value, chat];
    this.socket.watch(chat.id, chat.after);
    // After a reload or a new sign-in the same chat is on the screen again.
    this.selectedId.value ??= memory.selected() === chat.id ? chat.id : null;
    if (this.selectedId.value === chat.id) void chat.open();
  }

  private async poll(): Promise<void> {
    this.polledAt = Date.now();
    const reply = await this.session.api.get<Queue>("/desk/queue");
    if (reply.ok && this.session.phase.value === "in") this.onQueue(reply.body);
  }

  private everySecond(): void {
    tick();
    // An unattended page must not keep its session alive by asking.
    if (this.session.phase.value !== "in" || !this.session.attended) return;
    this.tickets.everySecond();
    if (this.link.value === "up") return;
    if (Date.now() - this.polledAt < POLL_MS) return;
    void this.poll();
    for (const chat of this.held.value) void chat.catchUp();
    if (this.link.value === "cut" && Date.now() - this.presentAt > PRESENT_MS) {
      this.presentAt = Date.now();
      void this.session.setStatus(this.session.status.value);
    }
  }

  /** What is on the screen of somebody who looks counts as read. */
  private look(): void {
    if (!document.hidden && this.selected.value?.state.value === "open") this.selected.value.markSeen();
  }
}

function isFresh(marks: Map<string, number>, id: string): boolean {
  return (marks.get(id) ?? 0) > Date.now();
}
