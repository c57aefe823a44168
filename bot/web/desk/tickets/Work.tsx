/** The work on a ticket: take it, write down what was found, answer, give more time, end it. */

import { useState } from "preact/hooks";

import type { ErrorBody } from "../../shared/messages";
import type { Desk } from "../desk";
import { Field, Options } from "../Field";
import type { TicketState } from "../shapes";
import type { Word } from "../words";
import type { FileProps } from "./Ticket";

/** The buttons of each state: the call, its name, and what is told when it is done. */
const STEPS: Partial<Record<TicketState, [verb: string, act: Word, told: Word][]>> = {
  open: [["take", "takeTicket", "ticketTaken"]],
  assigned: [["close", "closeTicket", "ticketClosed"]],
  answered: [["close", "closeTicket", "ticketClosed"], ["reopen", "reopenTicket", "ticketReopened"]],
  closed: [["reopen", "reopenTicket", "ticketReopened"]],
  requested: [["confirm", "confirmVisit", "visitConfirmed"], ["close", "closeTicket", "ticketClosed"]],
  confirmed: [["keep", "keepVisit", "visitKept"], ["close", "closeTicket", "ticketClosed"]],
  changed: [["confirm", "confirmVisit", "visitConfirmed"], ["keep", "keepVisit", "visitKept"]],
};

export function Actions({ desk, file }: FileProps) {
  const { ticket } = file;
  const work = useWork(desk, ticket.reference);
  const noShortcut = ticket.kind === "complaint" && ticket.state === "assigned"; // it is answered, not just ended
  const overVisit = ticket.kind === "appointment" && ticket.state === "closed";
  const steps = noShortcut || overVisit ? [] : (STEPS[ticket.state] ?? []);
  const mayExtend = ticket.kind === "complaint" && ticket.live && desk.tickets.isSupervisor && !desk.tickets.isMine(ticket);
  if (!steps.length && !mayExtend) return null;
  return (
    <div class="actions" role="group" aria-label={desk.say("actions")}>
      {work.problem && <p class="panel is-bad" role="alert">{work.problem.message}</p>}
      {steps.map(([verb, act, told], at) => (
        <button
          key={verb} type="button" class={`button ${at ? "" : "is-primary"}`} aria-disabled={work.busy}
          onClick={() => void work.act(verb, {}, desk.say(told, { reference: ticket.reference }))}
        >
          {desk.say(act)}
        </button>
      ))}
      {mayExtend && <Extend desk={desk} file={file} />}
    </div>
  );
}

function Extend({ desk, file }: FileProps) {
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const work = useWork(desk, file.ticket.reference);
  const submit = async () => {
    setTried(true);
    if (!reason.trim()) return;
    if (await work.act("extend", { reason }, desk.say("ticketExtended"))) setReason("");
  };
  return (
    <form class="extend" noValidate onSubmit={(event) => { event.preventDefault(); void submit(); }}>
      <Field name="reason" label={desk.say("extendReason")} problem={work.problem?.message ?? (tried && !reason.trim() ? desk.say("fillIn") : undefined)}>
        {(props) => <input {...props} type="text" value={reason} onInput={(event) => setReason(event.currentTarget.value)} />}
      </Field>
      <button type="submit" class="button" aria-disabled={work.busy}>{desk.say("extendTicket")}</button>
    </form>
  );
}

/** The promised reply. What is written stays until the service has it. */
export function Answer({ desk, file }: FileProps) {
  const { ticket } = file;
  const [text, setText] = useState(() => desk.tickets.draft(ticket.reference));
  const work = useWork(desk, ticket.reference);
  if (!["assigned", "investigating"].includes(ticket.state)) return null;
  const waits = ticket.kind === "complaint" && !ticket.cause;
  const write = (next: string) => {
    setText(next);
    desk.tickets.keepDraft(ticket.reference, next);
  };
  const send = async () => {
    if (!text.trim() || waits || work.busy) return;
    if (await work.act("answer", { text }, desk.say("answerSent"))) write("");
  };
  return (
    <form class="answer" noValidate onSubmit={(event) => { event.preventDefault(); void send(); }}>
      <Field name="answer" label={desk.say("answerBox")} hint={desk.say(waits ? "causeFirst" : "answerHint")} problem={work.problem?.message}>
        {(props) => (
          <textarea
            {...props} rows={3} value={text} onInput={(event) => write(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void send();
            }}
          />
        )}
      </Field>
      <button type="submit" class="button is-primary" aria-disabled={!text.trim() || waits || work.busy}>{desk.say("sendAnswer")}</button>
    </form>
  );
}

/** Root cause, side and measure: a complaint is not answered without them. */
export function Cause({ desk, file }: FileProps) {
  const { ticket } = file;
  const language = desk.session.language.value;
  const [cause, setCause] = useState(ticket.cause?.root_cause ?? "");
  const [side, setSide] = useState(ticket.responsible ?? "");
  const [measure, setMeasure] = useState(ticket.cause?.measure ?? "");
  const [tried, setTried] = useState(false);
  const work = useWork(desk, ticket.reference);
  if (!["assigned", "investigating"].includes(ticket.state)) {
    if (!ticket.cause) return null;
    return (
      <section class="block">
        <h3>{desk.say("cause")}</h3>
        <p class="ticket-words">{ticket.cause.root_cause}</p>
        <p class="ticket-words">{ticket.cause.measure}</p>
      </section>
    );
  }
  const missing = (value: string) => (tried && !value.trim() ? desk.say("fillIn") : undefined);
  const wrong = (field: string) => (work.problem?.field === field ? work.problem.message : undefined);
  const save = () => {
    setTried(true);
    if (!cause.trim() || !side || !measure.trim() || work.busy) return;
    void work.act("cause", { root_cause: cause, responsible: side, measure }, desk.say("causeSaved"));
  };
  return (
    <section class="block">
      <form class="cause" noValidate onSubmit={(event) => { event.preventDefault(); save(); }}>
        <h3>{desk.say("cause")}</h3>
        <Field name="root_cause" label={desk.say("rootCause")} problem={missing(cause) ?? wrong("root_cause")}>
          {(props) => <textarea {...props} rows={2} value={cause} onInput={(event) => setCause(event.currentTarget.value)} />}
        </Field>
        <Options
          name="responsible" label={desk.say("responsibleSide")} value={side} onChange={setSide} problem={missing(side) ?? wrong("responsible")}
          options={file.responsible.map((one) => ({ value: one.code, title: one.title[language] }))}
        />
        <Field name="measure" label={desk.say("measure")} problem={missing(measure) ?? wrong("measure")}>
          {(props) => <textarea {...props} rows={2} value={measure} onInput={(event) => setMeasure(event.currentTarget.value)} />}
        </Field>
        {work.problem && !work.problem.field && <p class="panel is-bad" role="alert">{work.problem.message}</p>}
        <button type="submit" class="button" aria-disabled={work.busy}>{desk.say("saveCause")}</button>
      </form>
    </section>
  );
}

/** What was found or done; only staff see it. */
export function Note({ desk, file }: FileProps) {
  const { ticket } = file;
  const [text, setText] = useState("");
  const work = useWork(desk, ticket.reference);
  const open = ticket.state === "answered" || (ticket.live && ticket.state !== "open");
  if (!open) return null;
  const add = async () => {
    if (!text.trim() || work.busy) return;
    if (await work.act("note", { text }, desk.say("event_noted"))) setText("");
  };
  return (
    <section class="block">
      <h2>{desk.say("notes")} <span class="soft">{desk.say("notesHint")}</span></h2>
      <form class="note-form" noValidate onSubmit={(event) => { event.preventDefault(); void add(); }}>
        <textarea
          rows={2} value={text} aria-label={desk.say("ticketNote")} placeholder={desk.say("ticketNote")}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void add();
          }}
        />
        <button type="submit" class="button is-small" aria-disabled={!text.trim() || work.busy}>{desk.say("addNote")}</button>
        {work.problem && <p class="problem" role="alert">{work.problem.message}</p>}
      </form>
    </section>
  );
}

/** One call at a time, and why it was refused. */
function useWork(desk: Desk, reference: string) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ErrorBody>();
  const act = async (verb: string, body: object, told: string): Promise<boolean> => {
    if (busy) return false;
    setBusy(true);
    setProblem(undefined);
    const error = await desk.tickets.act(reference, verb, body, told);
    setBusy(false);
    setProblem(error);
    return !error;
  };
  return { busy, problem, act };
}
