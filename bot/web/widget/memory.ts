/** What outlives a reload, in this tab only: a shared computer forgets it with the tab. */

import type { Language } from "../shared/messages";
import type { Outgoing } from "./chat";

export interface Kept {
  id?: string;
  token?: string;
  open?: boolean;
  draft?: string;
  language?: Language;
  outbox?: Outgoing[];
  rated?: boolean;
}

export function recall(server: string): Kept {
  try {
    return JSON.parse(sessionStorage.getItem(key(server)) ?? "{}");
  } catch {
    return {}; // storage is switched off: the chat works, a reload begins anew
  }
}

export function keep(server: string, news: Kept): void {
  try {
    sessionStorage.setItem(key(server), JSON.stringify({ ...recall(server), ...news }));
  } catch {
    // as above
  }
}

/** Forget the conversation; draft and language stay. */
export function forget(server: string): void {
  const { id: _id, token: _token, outbox: _outbox, rated: _rated, ...rest } = recall(server);
  try {
    sessionStorage.setItem(key(server), JSON.stringify(rest));
  } catch {
    // as above
  }
}

function key(server: string): string {
  return `qiantai:${server}`;
}
