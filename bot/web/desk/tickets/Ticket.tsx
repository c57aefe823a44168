/** One ticket: what it is about, who it is for, what was found, what happened, and the work on it. */

import { useState } from "preact/hooks";

import { CheckIcon, WarnIcon } from "../../shared/icons";
import { dayAndTime } from "../../shared/times";
import type { Desk } from "../desk";
import type { TicketEvent, TicketFile } from "../shapes";
import { titleOf } from "../titles";
import { codeTitle } from "../words";
import { Due } from "./Due";
import { handler } from "./View";
import { Actions, Answer, Cause, Note } from "./Work";

export interface FileProps {
  desk: Desk;
  file: TicketFile;
}

/** Details that are masked until somebody says what they need them for. */
const MASKED = ["name", "phone"];

export function Ticket({ desk, file }: FileProps) {
  const { ticket } = file;
  const language = desk.session.language.value;
  return (
    <>
      <section class="middle" id="conversation" tabIndex={-1} aria-label={desk.say("aboutTicket", { reference: ticket.reference })}>
        <header class="ticket-head">
          <h2>{ticket.kind_title[language]} <span class="digits">{ticket.reference}</span></h2>
          <span class="tag">{ticket.state_title[language]}</span>
          {ticket.live && <Due desk={desk} row={ticket} />}
        </header>
        <div class="ticket-body scroll" tabIndex={0} role="group" aria-label={desk.say("history")}>
          <Words desk={desk} file={file} />
          {ticket.answer && (
            <section class="block">
              <h3>{desk.say("answerGiven")}</h3>
              <p class="ticket-words">{ticket.answer}</p>
            </section>
          )}
          {ticket.kind === "complaint" && <Cause desk={desk} file={file} />}
          <History desk={desk} file={file} />
        </div>
        <Answer desk={desk} file={file} />
      </section>
      <aside class="right" aria-label={desk.say("aboutCustomer")}>
        <div class="right-scroll scroll" tabIndex={0} role="group" aria-label={desk.say("aboutCustomer")}>
          <Facts desk={desk} file={file} />
          <Contact desk={desk} file={file} />
          <Note desk={desk} file={file} />
        </div>
        <Actions desk={desk} file={file} />
      </aside>
    </>
  );
}

/** What the customer wrote, as they wrote it. */
function Words({ desk, file }: FileProps) {
  const { ticket } = file;
  const language = desk.session.language.value;
  const own = Object.entries(ticket.private).filter(([name, value]) => !MASKED.includes(name) && value);
  if (!own.length) return null;
  return (
    <section class="block">
      {own.map(([name, value]) => (
        <div key={name}>
          <h3>{codeTitle("field", name, language)}</h3>
          <p class="ticket-words" lang={ticket.language === "zh" ? "zh-CN" : "en"}>{value}</p>
        </div>
      ))}
    </section>
  );
}

function Facts({ desk, file }: FileProps) {
  const { ticket } = file;
  const language = desk.session.language.value;
  const facts: [string, string][] = [
    [desk.say("filedAt"), dayAndTime(ticket.created_at, language)],
    [desk.say("dueAt"), dayAndTime(ticket.due_at, language)],
    [desk.say("handledBy"), handler(desk, ticket)],
    [desk.say("language"), desk.say(ticket.language)],
    ...ticket.facts.map((fact): [string, string] => [fact.title[language], fact.value[language]]),
  ];
  if (ticket.extensions) {
    facts.push([desk.say("extendedTimes"), ticket.extensions === 1 ? desk.say("once") : desk.say("times", { n: ticket.extensions })]);
  }
  if (ticket.group) {
    facts.push([desk.say("groupOf"), ticket.represents ? desk.say("groupSpeaker", { group: ticket.group }) : ticket.group]);
  }
  if (ticket.responsible) facts.push([desk.say("responsibleSide"), titleOf(desk, file.responsible, ticket.responsible)]);
  return (
    <section class="block">
      <h2>{desk.say("summary")}</h2>
      <dl class="facts">
        {facts.filter(([, value]) => value).map(([title, value]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {ticket.evidence_holds !== null && <Evidence desk={desk} holds={ticket.evidence_holds} />}
    </section>
  );
}

function Evidence({ desk, holds }: { desk: Desk; holds: boolean }) {
  return (
    <p class={`evidence panel ${holds ? "" : "is-warn"}`}>
      {holds ? <CheckIcon size={16} /> : <WarnIcon size={16} />}
      <span>{desk.say("evidence")}: {desk.say(holds ? "evidenceHolds" : "evidenceChanged")}</span>
    </p>
  );
}

function Contact({ desk, file }: FileProps) {
  const { ticket } = file;
  const known = MASKED.filter((name) => ticket.private[name]);
  return (
    <section class="block">
      <h2>{desk.say("contact")}</h2>
      {known.length ? (
        <dl class="facts">
          {known.map((name) => <Hidden key={name} desk={desk} file={file} name={name} />)}
        </dl>
      ) : (
        <p class="soft">{desk.say("noContact")}</p>
      )}
    </section>
  );
}

/** A masked detail: shown in full when its reader says why. */
function Hidden({ desk, file, name }: FileProps & { name: string }) {
  const { ticket } = file;
  const language = desk.session.language.value;
  const [asking, setAsking] = useState(false);
  const [value, setValue] = useState<string>();
  const title = codeTitle("field", name, language);
  const show = async (purpose: string) => {
    setAsking(false);
    setValue(await desk.tickets.reveal(ticket.reference, name, purpose));
  };
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        <span class="digits">{value ?? ticket.private[name]}</span>
        {!value && (desk.tickets.isMine(ticket) || ticket.kind === "appointment") && (
          <button type="button" class="button is-small" aria-expanded={asking} onClick={() => setAsking(!asking)}>
            {desk.say("reveal", { field: title })}
          </button>
        )}
        {asking && (
          <span class="purposes" role="group" aria-label={desk.say("revealWhy")}>
            <span class="soft">{desk.say("revealWhy")}</span>
            {file.purposes.map((purpose) => (
              <button key={purpose} type="button" class="button is-small" onClick={() => void show(purpose)}>
                {codeTitle("purpose", purpose, language)}
              </button>
            ))}
          </span>
        )}
      </dd>
    </div>
  );
}

function History({ desk, file }: FileProps) {
  return (
    <section class="block">
      <h3>{desk.say("history")}</h3>
      <ol class="history">
        {file.history.map((event, at) => <Happened key={at} desk={desk} event={event} />)}
      </ol>
    </section>
  );
}

function Happened({ desk, event }: { desk: Desk; event: TicketEvent }) {
  const language = desk.session.language.value;
  const who = { conversation: desk.say("byCustomer"), system: desk.say("bySystem") }[event.actor] ?? event.actor;
  return (
    <li class={event.event === "alarm" ? "is-alarm" : ""}>
      <span class="history-head">
        <strong>{codeTitle("event", event.event, language, event.details)}</strong>
        <span class="soft">{who} · <time dateTime={event.at}>{dayAndTime(event.at, language)}</time></span>
      </span>
      {event.note && <p class="ticket-words">{event.note}</p>}
    </li>
  );
}
