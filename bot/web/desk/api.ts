/** Calls to the desk service. They never throw: a refusal or a cut line is an answer too. */

import type { ErrorBody, Language } from "../shared/messages";
import { say } from "./words";

export type Reply<T> = { ok: true; body: T } | { ok: false; error: ErrorBody };

/** Nobody answered, or it is not known whether the call arrived. */
export const UNREACHED = "unreached";
/** An answer that takes longer counts as none. */
const PATIENCE_MS = 12_000;
const CSRF_HEADER = "x-csrf-token";

export class Api {
  csrf = "";
  /** When the service last took a call for a sign of life; the session's idle time runs from here. */
  lastAt = Date.now();

  constructor(
    private readonly language: () => Language,
    private readonly onSignedOut: (reason: string) => void,
  ) {}

  get<T>(path: string): Promise<Reply<T>> {
    return this.call<T>("GET", path);
  }

  post<T>(path: string, body: unknown = {}): Promise<Reply<T>> {
    return this.call<T>("POST", path, body);
  }

  put<T>(path: string, body: unknown): Promise<Reply<T>> {
    return this.call<T>("PUT", path, body);
  }

  private async call<T>(method: string, path: string, body?: unknown, again = true): Promise<Reply<T>> {
    const reply = await this.fetch<T>(method, path, body);
    if (reply.ok) return reply;
    // Another tab has signed in anew: the cookie is shared, its csrf value is not.
    if (reply.error.code === "wrong_csrf" && again && (await this.renew())) {
      return this.call<T>(method, path, body, false);
    }
    if (["not_signed_in", "session_ended"].includes(reply.error.code)) this.onSignedOut(reply.error.code);
    return reply;
  }

  private async renew(): Promise<boolean> {
    const reply = await this.fetch<{ csrf: string }>("GET", "/desk/me");
    if (reply.ok) this.csrf = reply.body.csrf;
    return reply.ok;
  }

  private async fetch<T>(method: string, path: string, body?: unknown): Promise<Reply<T>> {
    try {
      const reply = await fetch(path, {
        method,
        credentials: "same-origin",
        cache: "no-store",
        signal: AbortSignal.timeout(PATIENCE_MS),
        headers: {
          "accept-language": this.language(),
          ...(method === "GET" ? {} : { "content-type": "application/json", [CSRF_HEADER]: this.csrf }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const content = await reply.json();
      if (!reply.ok) return { ok: false, error: content.error };
      this.lastAt = Date.now();
      return { ok: true, body: content };
    } catch {
      return { ok: false, error: { code: UNREACHED, message: say("unreached", this.language()), id: "" } };
    }
  }
}
