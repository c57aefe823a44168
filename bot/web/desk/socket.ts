/**
 * The live line to the desk service. It is also the agent's presence: while it is cut for
 * long, the service gives the agent's chats back to the line.
 *
 * Delivery is by `seq`: after every cut each watched chat says the last number it has.
 */

import { pauseMs } from "../shared/backoff";
import type { ErrorBody, Message } from "../shared/messages";
import type { Queue } from "./shapes";

export interface Listener {
  /** The chats to watch, with the last number had of each. */
  watched(): [id: string, after: number][];
  onUp(): void;
  onCut(): void;
  onQueue(queue: Queue): void;
  onMessage(id: string, message: Message): void;
  onGone(id: string): void;
  onTyping(id: string, on: boolean): void;
  onSignedOut(reason: string): void;
}

interface Frame {
  type: string;
  id?: string;
  conversation?: string;
  message?: Message;
  queue?: Queue;
  on?: boolean;
  reason?: string;
  error?: ErrorBody;
}

/** The line comes at least every 20 s; silence for so long means a dead connection. */
const SILENCE_MS = 45_000;
const SIGNED_OUT = ["not_signed_in", "session_ended"];

export class Socket {
  private socket: WebSocket | null = null;
  private admitted = false;
  private stopped = true;
  private failures = 0;
  private next = 0;
  private silence = 0;

  constructor(private readonly listener: Listener) {}

  start(): void {
    this.stopped = false;
    addEventListener("online", this.now);
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    removeEventListener("online", this.now);
    clearTimeout(this.next);
    clearTimeout(this.silence);
    this.socket?.close();
    this.socket = null;
    this.admitted = false;
  }

  watch(id: string, after: number): void {
    this.send({ type: "watch", conversation: id, after });
  }

  unwatch(id: string): void {
    this.send({ type: "unwatch", conversation: id });
  }

  typing(id: string, on: boolean): void {
    this.send({ type: "typing", conversation: id, on });
  }

  /** Try at once: the network is there again, or somebody asks. */
  readonly now = (): void => {
    if (this.stopped || this.admitted) return;
    clearTimeout(this.next);
    this.failures = 0;
    this.connect();
  };

  private send(frame: object): void {
    if (this.admitted && this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  private connect(): void {
    if (this.stopped || (this.socket && this.socket.readyState <= WebSocket.OPEN)) return;
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/desk/socket`);
    this.socket = socket;
    this.heard();
    socket.onmessage = (event) => this.socket === socket && this.take(JSON.parse(event.data));
    socket.onclose = () => this.socket === socket && this.cut();
  }

  private cut(): void {
    clearTimeout(this.silence);
    this.socket = null;
    this.failures = this.admitted ? 0 : this.failures + 1;
    this.admitted = false;
    if (this.stopped) return;
    this.listener.onCut();
    this.next = window.setTimeout(() => this.connect(), pauseMs(this.failures));
  }

  private heard(): void {
    clearTimeout(this.silence);
    const socket = this.socket;
    this.silence = window.setTimeout(() => {
      // A dead connection may take minutes to close by itself.
      socket?.close();
      if (this.socket === socket) this.cut();
    }, SILENCE_MS);
  }

  private take(frame: Frame): void {
    this.heard();
    switch (frame.type) {
      case "queue":
        this.listener.onQueue(frame.queue!);
        // The first line is the welcome: only a signed-in page gets one.
        if (!this.admitted) {
          this.admitted = true;
          for (const [id, after] of this.listener.watched()) this.watch(id, after);
          this.listener.onUp();
        }
        break;
      case "conversation":
        if (frame.message) this.listener.onMessage(frame.id!, frame.message);
        else this.listener.onGone(frame.id!);
        break;
      case "typing":
        this.listener.onTyping(frame.conversation!, frame.on === true);
        break;
      case "ping":
        this.send({ type: "pong" });
        break;
      case "signed_out":
        this.stop();
        this.listener.onSignedOut(frame.reason ?? "not_signed_in");
        break;
      case "error":
        if (SIGNED_OUT.includes(frame.error?.code ?? "")) {
          this.stop();
          this.listener.onSignedOut(frame.error!.code);
        }
    }
  }
}
