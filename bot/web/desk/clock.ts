/** One second hand for the whole page, set by the service's clock, and what a wait means. */

import { signal } from "@preact/signals";

/** A customer should not wait longer than this, in seconds. */
export const SERVICE_LEVEL_S = 60;

export type Level = "ok" | "half" | "near" | "over";

/** Now, as the service has it, in milliseconds; moves once a second. */
export const now = signal(Date.now());
let offset = 0;

/** Set the hand: the clock of a desk may be wrong, and a wrong one must not hide a long wait. */
export function setClock(serverNow: string): void {
  const next = Date.parse(serverNow) - Date.now();
  // Less than this is the way through the network.
  if (Math.abs(next - offset) > 1_500) offset = next;
  tick();
}

export function tick(): void {
  now.value = Date.now() + offset;
}

/** Whole seconds since then. */
export function secondsSince(at: string): number {
  return Math.max(0, Math.floor((now.value - Date.parse(at)) / 1000));
}

/** How much of the service level is used up. */
export function levelOf(seconds: number): Level {
  const part = seconds / SERVICE_LEVEL_S;
  return part >= 1 ? "over" : part >= 0.8 ? "near" : part >= 0.5 ? "half" : "ok";
}

/** `0:42`, `12:05`, `1:02:03`. */
export function asClock(seconds: number): string {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
