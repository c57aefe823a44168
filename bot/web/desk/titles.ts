/** What codes and customers are called on this page. */

import type { Chat } from "./chat";
import type { Desk } from "./desk";
import type { Titled } from "./shapes";

export function skillTitle(desk: Desk, code: string): string {
  return titleOf(desk, desk.queue.value?.skills ?? [], code);
}

export function titleOf(desk: Desk, titles: Titled[], code: string): string {
  return titles.find((one) => one.code === code)?.title[desk.session.language.value] ?? code;
}

/** Customers have no name here: the end of the conversation's id tells two of them apart. */
export function customerTitle(desk: Desk, chat: Chat): string {
  return desk.say("customerOf", { id: chat.id.slice(-4).toUpperCase() });
}
