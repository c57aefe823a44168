/**
 * The line to the chat service: a WebSocket, and long-poll where none can be had.
 *
 * It delivers by `seq`: after every cut it says the last number it has and gets the rest.
 * What was sent and not acknowledged is the caller's to send again (see `onReady`); the
 * service knows it by its client id.
 */

import { pauseMs } from "../shared/backoff";
import type { ErrorBody, Message, Owner, QueuePlace } from "../shared/messages";

export interface State {
  owner: Owner;
  queue?: QueuePlace;
}

/** One thing said: exactly one of text, choice and fields. */
export interface Said {
  client_id: string;
  text?: string;
  choice?: string;
  fields?: Record<string, unknown>;
}

export interface Listener {
  lastSeq(): number;
  onReady(): void;
  onCut(): void;
  onMessage(message: Message): void;
  onState(state: State): void;
  onTyping(author: string, on: boolean): void;
  onAck(clientId: string): void;
  onRefused(clientId: string, error: ErrorBody): void;
  /** The conversation is not there for this token. */
  onGone(): void;
}

/** No frame for so long means that the line is dead; the service pings every 20 s. */
const SILENCE_MS = 45_000;
/** So many sockets that never welcomed us, and we ask by long-poll meanwhile. */
const SOCKET_FAILURES = 2;
const POLL_WAIT_S = 20;
/** While long-polling, a socket is tried again after this time. */
const SOCKET_AGAIN_MS = 15_000;

export class Transport {
  private socket: WebSocket | null = null;
  private welcomed = false;
  private stopped = false;
  private failures = 0;
  private silence = 0;
  private next = 0;
  private polling: AbortController | null = null;
  private gone = false;

  constructor(
    private readonly server: string,
    private readonly id: string,
    private readonly token: string,
    private readonly listener: Listener,
  ) {}

  start(): void {
    addEventListener("online", this.now);
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    removeEventListener("online", this.now);
    clearTimeout(this.next);
    clearTimeout(this.silence);
    this.polling?.abort();
    this.socket?.close();
  }

  /** Send it; `onAck` or `onRefused` tell how it went, a cut line tells nothing. */
  async send(said: Said): Promise<void> {
    if (this.welcomed && this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify({ type: "message", ...said }));
      return;
    }
    const reply = await this.call("messages", { method: "POST", body: JSON.stringify(said) });
    if (!reply) return;
    if (reply.status === 202) this.listener.onAck(said.client_id);
    else this.listener.onRefused(said.client_id, (await reply.json()).error);
  }

  typing(on: boolean): void {
    if (this.welcomed && this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify({ type: "typing", on }));
    }
  }

  /** A call beside the socket; null when the service can not be reached. */
  async call(path: string, init: RequestInit = {}): Promise<Response | null> {
    try {
      return await fetch(`${this.server}/chat/conversations/${this.id}/${path}`, {
        ...init,
        credentials: "omit",
        headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      });
    } catch {
      return null;
    }
  }

  /** Come back at once: the line seems dead, or the network is there again. */
  readonly now = (): void => {
    if (this.stopped || (this.welcomed && this.socket?.readyState === WebSocket.OPEN)) return;
    clearTimeout(this.next);
    this.failures = 0;
    this.connect();
  };

  /** Hang up and come back: an answer is overdue. */
  renew(): void {
    this.socket?.close();
  }

  private connect(): void {
    if (this.stopped || (this.socket && this.socket.readyState <= WebSocket.OPEN)) return;
    const url = `${this.server.replace(/^http/, "ws")}/chat/conversations/${this.id}/socket`;
    const socket = new WebSocket(url);
    this.socket = socket;
    this.heard();
    socket.onopen = () =>
      socket.send(JSON.stringify({ type: "hello", token: this.token, after: this.listener.lastSeq() }));
    socket.onmessage = (event) => this.take(JSON.parse(event.data));
    socket.onclose = () => this.cut();
  }

  private cut(): void {
    clearTimeout(this.silence);
    const worked = this.welcomed;
    this.welcomed = false;
    if (this.stopped) return;
    if (this.gone) {
      this.stop();
      this.listener.onGone();
      return;
    }
    if (!this.polling) this.listener.onCut();
    this.failures = worked ? 0 : this.failures + 1;
    if (this.failures >= SOCKET_FAILURES && !this.polling) void this.poll();
    this.next = window.setTimeout(() => this.connect(), this.polling ? SOCKET_AGAIN_MS : pauseMs(this.failures));
  }

  private heard(): void {
    clearTimeout(this.silence);
    this.silence = window.setTimeout(() => this.socket?.close(), SILENCE_MS);
  }

  private take(frame: { type: string; [name: string]: unknown }): void {
    this.heard();
    switch (frame.type) {
      case "welcome":
        this.welcomed = true;
        this.polling?.abort();
        this.listener.onState(frame as unknown as State);
        this.listener.onReady();
        break;
      case "message":
        this.listener.onMessage(frame["message"] as Message);
        break;
      case "state":
        this.listener.onState(frame as unknown as State);
        break;
      case "typing":
        this.listener.onTyping(String(frame["author"]), Boolean(frame["on"]));
        break;
      case "ack":
        this.listener.onAck(String(frame["client_id"]));
        break;
      case "ping":
        this.socket?.send('{"type":"pong"}');
        break;
      case "error": {
        const error = frame["error"] as ErrorBody;
        if (frame["client_id"]) this.listener.onRefused(String(frame["client_id"]), error);
        else if (!this.welcomed) this.gone = error.code === "not_found" || error.code === "not_signed_in";
      }
    }
  }

  private async poll(): Promise<void> {
    const stop = new AbortController();
    this.polling = stop;
    let ready = false;
    while (!stop.signal.aborted && !this.stopped) {
      const wait = ready ? POLL_WAIT_S : 0;
      const reply = await this.call(`messages?after=${this.listener.lastSeq()}&wait=${wait}`, { signal: stop.signal });
      const body = reply?.ok ? await reply.json().catch(() => null) : null; // cut off half-way
      if (stop.signal.aborted) break;
      if (body) {
        for (const message of body.messages as Message[]) this.listener.onMessage(message);
        this.listener.onState(body);
        if (!ready) this.listener.onReady();
        ready = true;
        continue;
      }
      if (reply?.status === 404 || reply?.status === 401) {
        this.stop();
        this.listener.onGone();
        break;
      }
      if (ready) this.listener.onCut();
      ready = false;
      await new Promise((done) => setTimeout(done, pauseMs(3)));
    }
    if (this.polling === stop) this.polling = null;
  }
}
