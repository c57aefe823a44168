/** Where the customer writes. Enter sends, Shift+Enter breaks the line; drafts are kept. */

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { SendIcon } from "../shared/icons";
import { type Chat, MAX_TEXT } from "./chat";
import { say } from "./words";

/** From here on the room that is left is told, in characters. */
const TELL_FROM = MAX_TEXT - 200;

export function Composer({ chat }: { chat: Chat }) {
  const language = chat.language.value;
  const text = chat.draft.value;
  const box = useRef<HTMLTextAreaElement>(null);
  const length = [...text].length;
  const over = length > MAX_TEXT;

  useEffect(() => box.current?.focus({ preventScroll: true }), []);
  useLayoutEffect(() => {
    const area = box.current!;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);

  const send = () => {
    if (over) return;
    chat.say(text);
    box.current?.focus();
  };
  const label = say(chat.owner.value === "agent" ? "writeToPerson" : "write", language);
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {length > TELL_FROM && (
        <p class={`room-left ${over ? "is-over" : ""}`} role="status">
          {over ? say("over", language, { n: length - MAX_TEXT }) : say("left", language, { n: MAX_TEXT - length })}
        </p>
      )}
      <textarea
        ref={box} rows={1} value={text} placeholder={label} aria-label={label} aria-invalid={over}
        enterkeyhint="send"
        onInput={(event) => chat.write(event.currentTarget.value)}
        onKeyDown={(event) => {
          // While a word is being composed, Enter belongs to the input method.
          if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
            event.preventDefault();
            send();
          }
        }}
      />
      <button type="submit" class="send" aria-label={say("send", language)} disabled={!text.trim() || over}>
        <SendIcon size={22} />
      </button>
    </form>
  );
}
