/** What is on the screen: the sign-in, or the line, the conversation and the customer side by side. */

import { useEffect } from "preact/hooks";

import { CloseIcon, SproutIcon, WarnIcon } from "../shared/icons";
import { Chats } from "./Chats";
import { ConversationColumn } from "./Conversation";
import { CustomerColumn } from "./Customer";
import type { Desk } from "./desk";
import { Dialogs } from "./dialogs/Dialogs";
import { Header } from "./Header";
import { listenForKeys } from "./keys";
import { LineBar, WaitingList } from "./Waiting";
import { SignIn } from "./SignIn";
import { TicketsView } from "./tickets/View";

export function Page({ desk }: { desk: Desk }) {
  const { phase, unreachable } = desk.session;
  if (phase.value === "out") return <SignIn desk={desk} />;
  if (phase.value === "starting") {
    return (
      <main class="starting">
        <SproutIcon size={40} />
        <p role="status">{desk.say(unreachable.value ? "noService" : "starting")}</p>
      </main>
    );
  }
  return <Work desk={desk} />;
}

function Work({ desk }: { desk: Desk }) {
  useEffect(() => listenForKeys(desk), [desk]);
  return (
    <div class="desk">
      <a
        class="skip" href="#conversation"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("conversation")?.focus();
        }}
      >
        {desk.say("toConversation")}
      </a>
      <Header desk={desk} />
      <Bars desk={desk} />
      {desk.view.value === "tickets" ? <TicketsView desk={desk} /> : <ChatsView desk={desk} />}
      <Toast desk={desk} />
      <Dialogs desk={desk} />
      <p class="hidden" aria-live="polite">{desk.heard.value}</p>
    </div>
  );
}

function ChatsView({ desk }: { desk: Desk }) {
  return (
    <main class="columns">
      <div class="left">
        <LineBar desk={desk} />
        <Chats desk={desk} />
        <WaitingList desk={desk} />
      </div>
      <ConversationColumn desk={desk} />
      <CustomerColumn desk={desk} />
    </main>
  );
}

/** What concerns the whole page: a cut line, the end of the session. */
function Bars({ desk }: { desk: Desk }) {
  return (
    <div class="bars" role="status">
      {desk.link.value === "cut" && (
        <p class="bar is-warn">
          <WarnIcon size={16} />
          <span>{desk.say("cut")}</span>
          <button type="button" onClick={() => desk.reconnect()}>{desk.say("now")}</button>
        </p>
      )}
      {desk.session.ending.value && (
        <p class="bar is-warn">
          <WarnIcon size={16} />
          <span>{desk.say("idle")}</span>
          <button type="button" onClick={() => desk.session.used()}>{desk.say("stay")}</button>
        </p>
      )}
    </div>
  );
}

/** What an action led to: good news pass, bad news stay until they are read. */
function Toast({ desk }: { desk: Desk }) {
  const news = desk.news.value;
  return (
    <div class="toasts" role={news?.bad ? "alert" : "status"}>
      {news && (
        <p class={`toast ${news.bad ? "is-bad" : ""}`}>
          <span>{news.text}</span>
          <button type="button" class="icon-button" aria-label={desk.say("dismiss")} onClick={() => (desk.news.value = null)}>
            <CloseIcon size={16} />
          </button>
        </p>
      )}
    </div>
  );
}
