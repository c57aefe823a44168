/** Where the agent answers. Enter sends, Shift+Enter breaks the line; every chat keeps its own draft. */

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { SendIcon } from "../shared/icons";
import { type Chat, MAX_TEXT } from "./chat";
import type { Desk } from "./desk";

/** From here on the room that is left is told, in characters. */
const TELL_FROM = MAX_TEXT - 200;

export function Composer({ desk, chat }: { desk: Desk; chat: Chat }) {
  const text = chat.draft.value;
  const box = useRef<HTMLTextAreaElement>(null);
  const length = [...text].length;
  const over = length > MAX_TEXT;
  const wish = desk.toComposer.value;

  useEffect(() => box.current?.focus({ preventScroll: true }), [wish]);
  useLayoutEffect(() => {
    const area = box.current!;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);

  const send = () => {
    if (over) return;
    chat.say();
    box.current?.focus();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div class="composer-box">
        <textarea
          ref={box} rows={1} value={text} aria-label={desk.say("write")} placeholder={desk.say("write")}
          aria-describedby="composer-hint" aria-invalid={over} aria-keyshortcuts="Alt+M"
          onInput={(event) => chat.write(event.currentTarget.value)}
          onKeyDown={(event) => {
            // While a word is being composed, Enter belongs to the input method.
            if (event.key === "Enter" && !event.shiftKey && !event.altKey && !event.isComposing && event.keyCode !== 229) {
              event.preventDefault();
              send();
            }
          }}
        />
        <button type="submit" class="send" aria-label={desk.say("send")} title={desk.say("send")} disabled={!text.trim() || over}>
          <SendIcon size={20} />
        </button>
      </div>
      <p id="composer-hint" class="composer-hint">{desk.say("writeHint")}</p>
      {length > TELL_FROM && (
        <p class={`room-left ${over ? "is-over" : ""}`} role="status">
          {over ? desk.say("overBy", { n: length - MAX_TEXT }) : desk.say("left", { n: MAX_TEXT - length })}
        </p>
      )}
    </form>
  );
}
