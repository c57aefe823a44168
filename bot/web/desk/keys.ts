/** The keys of the desk. By place on the keyboard, so that Alt and dead keys of a layout do not matter. */

import type { Desk, Dialog } from "./desk";
import * as memory from "./memory";

/** Open dialogs that concern one chat need one that is still there. */
const ON_A_CHAT: Record<string, Dialog> = { KeyT: "transfer", KeyR: "return", KeyE: "close" };

/** Listen until the returned function is called. */
export function listenForKeys(desk: Desk): () => void {
  const listen = (event: KeyboardEvent) => {
    // A dialog has the keyboard to itself; so has an input method while a word is composed.
    if (event.isComposing || desk.dialog.value) return;
    if (event.key === "?" && !isTyping(event) && !event.altKey && !event.ctrlKey && !event.metaKey && memory.singleKeys()) {
      event.preventDefault();
      desk.dialog.value = "keys";
    } else if (event.altKey && !event.ctrlKey && !event.metaKey && withAlt(desk, event.code)) {
      event.preventDefault();
    }
  };
  addEventListener("keydown", listen);
  return () => removeEventListener("keydown", listen);
}

/** Whether the key meant something. */
function withAlt(desk: Desk, code: string): boolean {
  const digit = /^Digit([1-9])$/.exec(code)?.[1];
  const chat = desk.selected.value;
  if (digit) {
    const wanted = desk.chats.value[Number(digit) - 1];
    if (wanted) desk.select(wanted.id);
  } else if (code === "KeyN") {
    void desk.takeNext();
  } else if (code === "KeyM") {
    desk.toComposer.value += 1;
  } else if (code === "KeyO") {
    desk.toNote.value += 1;
  } else if (ON_A_CHAT[code]) {
    if (chat && !chat.gone.value) desk.dialog.value = ON_A_CHAT[code];
  } else {
    return false;
  }
  return true;
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  return target.matches("input:not([type=radio], [type=checkbox]), textarea, select");
}
