/** The middle of the desk: one conversation, and where to answer. */

import { InboxIcon } from "../shared/icons";
import type { Chat } from "./chat";
import { Composer } from "./Composer";
import type { Desk } from "./desk";
import { Messages } from "./Messages";
import { customerTitle, skillTitle } from "./titles";
import { Wait } from "./Wait";

export function ConversationColumn({ desk }: { desk: Desk }) {
  const chat = desk.selected.value;
  return (
    <section id="conversation" class="middle" aria-label={desk.say("conversation")} tabIndex={-1}>
      {chat ? <OneChat key={chat.id} desk={desk} chat={chat} /> : <NoChat desk={desk} />}
    </section>
  );
}

function OneChat({ desk, chat }: { desk: Desk; chat: Chat }) {
  const state = chat.state.value;
  const due = chat.dueSince.value;
  return (
    <>
      <div class="conversation-head">
        <h2>{customerTitle(desk, chat)}</h2>
        <span class="soft">{skillTitle(desk, chat.held.value.skill)} · {desk.say(chat.held.value.language)}</span>
        {due && <Wait desk={desk} since={due} label={desk.say("replyDue")} />}
      </div>
      {state === "open" ? (
        <Messages desk={desk} chat={chat} />
      ) : (
        <div class="empty" role="status">
          {state === "failed" ? (
            <>
              <h3>{desk.say("notLoaded")}</h3>
              <p>{chat.problem.value}</p>
              <button type="button" class="button" onClick={() => void chat.open()}>{desk.say("again")}</button>
            </>
          ) : (
            <p>{desk.say("loading")}</p>
          )}
        </div>
      )}
      {chat.gone.value ? <Gone desk={desk} chat={chat} /> : <Composer desk={desk} chat={chat} />}
    </>
  );
}

/** The chat left without the agent's doing; what was being written is not taken away. */
function Gone({ desk, chat }: { desk: Desk; chat: Chat }) {
  const unsent = [...chat.outbox.value.map((o) => o.text), chat.draft.value].filter(Boolean).join("\n\n");
  return (
    <div class="gone" role="status">
      <div>
        <h3>{desk.say("goneTitle")}</h3>
        <p>{desk.say(unsent ? "goneHint" : "goneHintPlain")}</p>
      </div>
      <button type="button" class="button" onClick={() => desk.drop(chat)}>{desk.say("remove")}</button>
      {unsent && <pre class="unsent" tabIndex={0}>{unsent}</pre>}
    </div>
  );
}

function NoChat({ desk }: { desk: Desk }) {
  const some = desk.chats.value.length > 0;
  const waits = desk.waiting.value.length > 0;
  return (
    <div class="empty">
      <InboxIcon size={40} />
      <h2>{desk.say(some ? "pickChat" : "ready")}</h2>
      <p>{desk.say(some ? "pickChatHint" : waits ? "readyHint" : "readyQuiet")}</p>
    </div>
  );
}
