/** The round launcher and the window it opens. */

import { useEffect, useRef } from "preact/hooks";

import { ChatIcon, ChevronDownIcon } from "../shared/icons";
import type { Chat } from "./chat";
import { Window } from "./Window";
import { say } from "./words";

export function Widget({ chat }: { chat: Chat }) {
  const language = chat.language.value;
  const open = chat.open.value;
  const unread = chat.unread.value;
  const launcher = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(open);

  useEffect(() => {
    if (wasOpen.current && !open) launcher.current?.focus();
    wasOpen.current = open;
  }, [open]);

  const label = open
    ? say("close", language)
    : unread
      ? say("openUnread", language, { n: unread })
      : say("open", language);
  return (
    <div class="widget" lang={language === "zh" ? "zh-CN" : "en"}>
      {open && <Window chat={chat} />}
      <button
        ref={launcher} type="button" class={`launcher ${open ? "is-open" : ""}`} aria-label={label}
        aria-expanded={open} onClick={() => (open ? chat.hide() : chat.show())}
      >
        {open ? <ChevronDownIcon size={26} /> : <ChatIcon size={28} />}
        {!open && unread > 0 && <span class="badge" aria-hidden="true">{unread > 9 ? "9+" : unread}</span>}
      </button>
    </div>
  );
}
