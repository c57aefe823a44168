/** Times as people say them, in the clock of whoever looks. */

import type { Language } from "./messages";

const LOCALE = { zh: "zh-CN", en: "en-GB" } as const;

export function timeOf(at: string, language: Language): string {
  return new Intl.DateTimeFormat(LOCALE[language], { hour: "2-digit", minute: "2-digit", hour12: false }).format(new Date(at));
}

/** The time, with the day when it was another one. */
export function dayAndTime(at: string, language: Language): string {
  const day = new Date(at);
  if (day.toDateString() === new Date().toDateString()) return timeOf(at, language);
  const date = new Intl.DateTimeFormat(LOCALE[language], { month: "long", day: "numeric" }).format(day);
  return `${date} ${timeOf(at, language)}`;
}
