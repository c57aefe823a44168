/** Who works at this desk: signing in and out, status, and the end of the session by idleness. */

import { signal } from "@preact/signals";

import { pauseMs } from "../shared/backoff";
import type { ErrorBody, Language } from "../shared/messages";
import { Api, UNREACHED } from "./api";
import * as memory from "./memory";
import type { Status, User } from "./shapes";

/** The service ends a session after 15 minutes without a call; we warn before that. */
const WARN_AFTER_MS = 14 * 60_000;
/** Work at the page is told to the service at most this often. */
const TOUCH_AFTER_MS = 60_000;
const LOOK_MS = 5_000;

export class Session {
  readonly language = signal<Language>(memory.language());
  readonly phase = signal<"starting" | "out" | "in">("starting");
  readonly user = signal<User | null>(null);
  readonly status = signal<Status>("away");
  /** Why the agent is at the sign-in page, when not by a fresh visit. */
  readonly reason = signal<"" | "idle" | "elsewhere" | "byYou">("");
  readonly unreachable = signal(false);
  /** The session ends soon unless somebody does something. */
  readonly ending = signal(false);
  readonly api = new Api(() => this.language.value, (reason) => this.onSignedOut(reason));

  private usedAt = Date.now();
  private touching = false;

  constructor(
    private readonly enter: () => void,
    private readonly leave: () => void,
  ) {
    for (const sign of ["pointerdown", "keydown", "wheel"]) {
      addEventListener(sign, () => this.used(), { passive: true, capture: true });
    }
    setInterval(() => this.look(), LOOK_MS);
  }

  /** Whether somebody has been at the page lately. */
  get attended(): boolean {
    return Date.now() - this.usedAt < WARN_AFTER_MS;
  }

  speak(language: Language): void {
    this.language.value = language;
    memory.keepLanguage(language);
  }

  /** Go on with the session this browser has, if it has one. */
  async restore(failures = 0): Promise<void> {
    const reply = await this.api.get<{ user: User; csrf: string }>("/desk/me");
    if (reply.ok) {
      this.unreachable.value = false;
      this.begin(reply.body.user, reply.body.csrf);
    } else if (this.phase.value === "starting") {
      // `onSignedOut` has gone to the sign-in page by now, unless nobody answered.
      this.unreachable.value = true;
      setTimeout(() => void this.restore(failures + 1), pauseMs(failures));
    }
  }

  async signIn(user: string, password: string, code: string): Promise<ErrorBody | undefined> {
    const reply = await this.api.post<{ user: User; csrf: string }>("/desk/login", { user, password, code });
    if (!reply.ok) return reply.error;
    this.begin(reply.body.user, reply.body.csrf);
    return undefined;
  }

  async signOut(): Promise<ErrorBody | undefined> {
    const reply = await this.api.post("/desk/logout");
    // Without an answer the session may still live: the agent must know.
    if (!reply.ok && reply.error.code === UNREACHED) return reply.error;
    memory.forgetAll();
    this.out("byYou");
    return undefined;
  }

  async setStatus(status: Status): Promise<ErrorBody | undefined> {
    const before = this.status.value;
    this.status.value = status;
    const reply = await this.api.put("/desk/me/status", { status });
    if (reply.ok) return undefined;
    this.status.value = before;
    return reply.error;
  }

  onSignedOut(reason: string): void {
    if (this.phase.value === "out") return;
    const visit = this.phase.value === "starting";
    this.unreachable.value = false;
    this.out(reason === "session_ended" ? "idle" : visit ? "" : "elsewhere");
  }

  /** Somebody is here: the session shall go on. */
  used(): void {
    this.usedAt = Date.now();
    if (this.ending.value) void this.touch();
  }

  private look(): void {
    if (this.phase.value !== "in") return;
    const quietMs = Date.now() - this.api.lastAt;
    if (this.usedAt > this.api.lastAt && quietMs > TOUCH_AFTER_MS) void this.touch();
    else this.ending.value = quietMs > WARN_AFTER_MS;
  }

  private async touch(): Promise<void> {
    if (this.touching) return;
    this.touching = true;
    const reply = await this.api.get("/desk/me");
    if (reply.ok) this.ending.value = false;
    this.touching = false;
  }

  private begin(user: User, csrf: string): void {
    this.api.csrf = csrf;
    memory.own(user.number);
    this.user.value = user;
    this.status.value = user.status;
    this.reason.value = "";
    this.phase.value = "in";
    this.usedAt = Date.now();
    this.enter();
  }

  private out(reason: "" | "idle" | "elsewhere" | "byYou"): void {
    this.api.csrf = "";
    this.ending.value = false;
    this.reason.value = reason;
    this.phase.value = "out";
    this.leave();
  }
}
