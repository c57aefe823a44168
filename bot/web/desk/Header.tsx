/** Whose desk this is, whether they take chats, and the few things about the page itself. */

import { ChatIcon, ExitIcon, KeyboardIcon, SproutIcon, TicketIcon } from "../shared/icons";
import type { Desk } from "./desk";
import type { Status } from "./shapes";

const STATUSES: Status[] = ["online", "busy", "away"];

export function Header({ desk }: { desk: Desk }) {
  const { session } = desk;
  const user = session.user.value!;
  const leave = async () => {
    if (desk.held.value.length) {
      desk.dialog.value = "leave";
      return;
    }
    const error = await session.signOut();
    if (error) desk.tell(error.message, true);
  };
  return (
    <header class="header">
      <span class="mark"><SproutIcon size={22} /></span>
      <h1>
        {desk.say("desk")} <span class="soft">{desk.say("bank")}</span>
      </h1>
      <TicketsButton desk={desk} />
      <StatusPicker desk={desk} />
      <button type="button" class="icon-button" aria-label={desk.say("keys")} title={`${desk.say("keys")} (?)`} onClick={() => (desk.dialog.value = "keys")}>
        <KeyboardIcon size={20} />
      </button>
      <button
        type="button" class="button is-plain" lang={session.language.value === "zh" ? "en" : "zh-CN"}
        onClick={() => session.speak(session.language.value === "zh" ? "en" : "zh")}
      >
        {desk.say("otherLanguage")}
      </button>
      <span class="me">{user.name} <span class="soft">{user.number}</span></span>
      <button type="button" class="icon-button" aria-label={desk.say("signOut")} title={desk.say("signOut")} onClick={() => void leave()}>
        <ExitIcon size={20} />
      </button>
    </header>
  );
}

/** The way to the tickets and back; says how many are pressing. */
function TicketsButton({ desk }: { desk: Desk }) {
  const { tickets, view } = desk;
  if (!tickets.allowed) return null;
  const open = view.value === "tickets";
  const pressing = tickets.pressing.value;
  return (
    <button type="button" class="button is-plain tickets-button" onClick={() => (open ? (view.value = "chats") : tickets.show())}>
      {open ? <ChatIcon size={20} /> : <TicketIcon size={20} />}
      {desk.say(open ? "backToChats" : "tickets")}
      {!open && pressing > 0 && (
        <span class="unread is-bad">
          <span aria-hidden="true">{pressing}</span>
          <span class="hidden">{desk.say("ticketsDue", { n: pressing })}</span>
        </span>
      )}
    </button>
  );
}

function StatusPicker({ desk }: { desk: Desk }) {
  const { session } = desk;
  const choose = async (status: Status) => {
    const error = await session.setStatus(status);
    if (error) desk.tell(error.message, true);
  };
  return (
    <fieldset class="status-picker">
      <legend class="hidden">{desk.say("status")}</legend>
      {STATUSES.map((status) => (
        <label key={status} class={session.status.value === status ? "is-on" : ""} title={desk.say(`${status}Hint`)}>
          <input
            type="radio" name="status" class="hidden" value={status} checked={session.status.value === status}
            onChange={() => void choose(status)}
          />
          <span class={`dot is-${status}`} aria-hidden="true" />
          {desk.say(status)}
        </label>
      ))}
    </fieldset>
  );
}
