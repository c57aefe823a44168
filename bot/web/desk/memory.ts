/**
 * What outlives a reload. The language stays on this computer; drafts, unsent messages and
 * read marks belong to one agent and go with the tab or with the sign-out. Never a token.
 */

import type { Language } from "../shared/messages";
import type { Outgoing } from "./chat";

interface Kept {
  /** The number of the agent whose things these are. */
  agent?: string;
  drafts?: Record<string, string>;
  notes?: Record<string, string>;
  seen?: Record<string, number>;
  unsent?: Record<string, Outgoing[]>;
  /** The chat on the screen. */
  selected?: string;
}

const KEY = "qiantai:desk";
const LANGUAGE = "qiantai:desk:language";
const QUIET_KEYS = "qiantai:desk:no-single-keys";

/** Begin with what this agent left here; another agent's things are forgotten. */
export function own(agent: string): void {
  if (read().agent !== agent) write({ agent });
}

export function forgetAll(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // storage is switched off: there is nothing to forget
  }
}

type Kind = "drafts" | "notes" | "seen" | "unsent";

/** What is kept of this kind for a conversation. */
export function recall<K extends Kind>(kind: K, id: string): NonNullable<Kept[K]>[string] | undefined {
  return read()[kind]?.[id] as NonNullable<Kept[K]>[string] | undefined;
}

export function keep<K extends Kind>(kind: K, id: string, value: NonNullable<Kept[K]>[string]): void {
  const kept = read();
  write({ ...kept, [kind]: { ...kept[kind], [id]: value } });
}

/** A conversation is over: nothing of it stays. */
export function forget(id: string): void {
  const kept = read();
  for (const kind of ["drafts", "notes", "seen", "unsent"] as const) delete kept[kind]?.[id];
  if (kept.selected === id) delete kept.selected;
  write(kept);
}

export function selected(): string | undefined {
  return read().selected;
}

export function keepSelected(id: string): void {
  write({ ...read(), selected: id });
}

export function language(): Language {
  return (local(LANGUAGE) ?? navigator.language).toLowerCase().startsWith("zh") ? "zh" : "en";
}

export function keepLanguage(language: Language): void {
  setLocal(LANGUAGE, language);
}

export function singleKeys(): boolean {
  return local(QUIET_KEYS) === null;
}

export function keepSingleKeys(on: boolean): void {
  setLocal(QUIET_KEYS, on ? null : "1");
}

function read(): Kept {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
  } catch {
    return {};
  }
}

function write(kept: Kept): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // storage is switched off or full: the desk works, a reload loses drafts
  }
}

function local(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function setLocal(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // as above
  }
}
