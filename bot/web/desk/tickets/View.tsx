/** The tickets: what is due first on the left, the one that is worked on beside it. */

import { InboxIcon, WarnIcon } from "../../shared/icons";
import type { Desk } from "../desk";
import type { TicketRow } from "../shapes";
import type { Word } from "../words";
import { Due } from "./Due";
import { Ticket } from "./Ticket";
import type { Filter } from "./tickets";

const FILTERS: [Filter, Word][] = [["live", "filterLive"], ["mine", "filterMine"], ["answered", "filterAnswered"]];

export function TicketsView({ desk }: { desk: Desk }) {
  return (
    <main class="columns tickets">
      <div class="left">
        <Filters desk={desk} />
        <List desk={desk} />
      </div>
      <Detail desk={desk} />
    </main>
  );
}

function Filters({ desk }: { desk: Desk }) {
  const { filter } = desk.tickets;
  return (
    <fieldset class="ticket-filters">
      <legend class="hidden">{desk.say("showTickets")}</legend>
      {FILTERS.map(([one, word]) => (
        <label key={one} class={filter.value === one ? "is-on" : ""}>
          <input type="radio" name="filter" class="hidden" value={one} checked={filter.value === one} onChange={() => desk.tickets.choose(one)} />
          {desk.say(word)}
        </label>
      ))}
    </fieldset>
  );
}

function List({ desk }: { desk: Desk }) {
  const { rows, failed } = desk.tickets;
  if (!rows.value) {
    return <p class="empty-note" role="status">{desk.say(failed.value ? "ticketsNotLoaded" : "loadingTickets")}</p>;
  }
  if (!rows.value.length) return <p class="empty-note">{desk.say("noTickets")}</p>;
  return (
    <nav class="ticket-list scroll" tabIndex={0} aria-label={desk.say("ticketList")}>
      <ul>
        {rows.value.map((row) => <Row key={row.reference} desk={desk} row={row} />)}
      </ul>
    </nav>
  );
}

function Row({ desk, row }: { desk: Desk; row: TicketRow }) {
  const language = desk.session.language.value;
  const current = desk.tickets.selected.value === row.reference;
  return (
    <li>
      <button
        type="button" class={`chat ${current ? "is-current" : ""}`} aria-current={current ? "true" : undefined}
        onClick={() => void desk.tickets.open(row.reference)}
      >
        <span class="chat-head">
          <strong>{row.kind_title[language]}</strong>
          <span class="soft digits">{row.reference}</span>
        </span>
        <span class="ticket-who">
          <span class="tag">{row.state_title[language]}</span>
          <span class="soft">{handler(desk, row)}</span>
        </span>
        {row.live && <Due desk={desk} row={row} />}
      </button>
    </li>
  );
}

function Detail({ desk }: { desk: Desk }) {
  const { selected, file, problem } = desk.tickets;
  if (file.value) return <Ticket key={file.value.ticket.reference} desk={desk} file={file.value} />;
  const reference = selected.value;
  return (
    <section class="middle" id="conversation" tabIndex={-1}>
      <div class="empty" role="status">
        {problem.value ? <WarnIcon size={40} /> : <InboxIcon size={40} />}
        {problem.value && reference ? (
          <>
            <h2>{desk.say("ticketNotLoaded")}</h2>
            <p>{problem.value}</p>
            <button type="button" class="button" onClick={() => void desk.tickets.open(reference)}>{desk.say("again")}</button>
          </>
        ) : reference ? (
          <p>{desk.say("loadingTickets")}</p>
        ) : (
          <>
            <h2>{desk.say("pickTicket")}</h2>
            <p>{desk.say("pickTicketHint")}</p>
          </>
        )}
      </div>
    </section>
  );
}

/** Who works on it, in a word. */
export function handler(desk: Desk, row: TicketRow): string {
  if (!row.assigned_to) return row.live ? desk.say("withNobody") : "";
  return desk.tickets.isMine(row) ? desk.say("withYou") : desk.say("withColleague", { number: row.assigned_to });
}
