/** The chats this agent holds, in the order they were taken; a number opens each (Alt+1 to 9). */

import type { Chat } from "./chat";
import type { Desk } from "./desk";
import { customerTitle, skillTitle } from "./titles";
import { Wait } from "./Wait";

export function Chats({ desk }: { desk: Desk }) {
  const chats = desk.chats.value;
  const places = { n: desk.held.value.length, all: desk.queue.value?.slots_per_agent ?? 0 };
  return (
    <section class="list-section chats-section" aria-labelledby="chats-title">
      <h2 id="chats-title">
        {desk.say("myChats")}{" "}
        {desk.queue.value && (
          <span class="soft" title={desk.say("slotsLong", places)}>{desk.say("slots", places)}</span>
        )}
      </h2>
      {chats.length ? (
        <ol class="scroll">
          {chats.map((chat, at) => <Entry key={chat.id} desk={desk} chat={chat} number={at + 1} />)}
        </ol>
      ) : (
        desk.queue.value && <p class="empty-note">{desk.say("noChats")}</p>
      )}
    </section>
  );
}

function Entry({ desk, chat, number }: { desk: Desk; chat: Chat; number: number }) {
  const held = chat.held.value;
  const current = desk.selected.value === chat;
  const unread = chat.unread.value;
  const last = chat.messages.value.at(-1);
  const author = last?.author ?? held.last_author;
  const text = last?.text ?? held.last_text;
  return (
    <li>
      <button
        type="button" class={`chat ${current ? "is-current" : ""} ${chat.gone.value ? "is-gone" : ""}`}
        aria-current={current ? "true" : undefined} aria-keyshortcuts={number < 10 ? `Alt+${number}` : undefined}
        onClick={() => desk.select(chat.id)}
      >
        <span class="chat-head">
          {number < 10 && <kbd aria-hidden="true">{number}</kbd>}
          <strong>{customerTitle(desk, chat)}</strong>
          <span class="soft">{skillTitle(desk, held.skill)} · {desk.say(held.language)}</span>
          {unread > 0 && (
            <span class="unread">
              <span aria-hidden="true">{unread > 99 ? "99+" : unread}</span>
              <span class="hidden">{desk.say("unread", { n: unread })}</span>
            </span>
          )}
        </span>
        <span class="chat-last">
          {chat.typing.value ? (
            <em>{desk.say("typing")}</em>
          ) : chat.draft.value && !current ? (
            <><b>{desk.say("draft")}</b> {chat.draft.value}</>
          ) : (
            <>{author === "agent" && desk.say("youSaid")}{text}</>
          )}
        </span>
        {chat.gone.value ? (
          <span class="tag">{desk.say("ended")}</span>
        ) : (
          chat.dueSince.value && <Wait desk={desk} since={chat.dueSince.value} label={desk.say("replyDue")} />
        )}
      </button>
    </li>
  );
}
