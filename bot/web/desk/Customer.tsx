/** The right of the desk: why the customer is here, what is known, notes, and what can be done next. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { CheckIcon, NoteIcon, ReturnIcon, TransferIcon } from "../shared/icons";
import { dayAndTime } from "../shared/times";
import type { Chat } from "./chat";
import { asClock, secondsSince } from "./clock";
import type { Desk } from "./desk";
import { PersonalData } from "./PersonalData";
import type { Handoff } from "./shapes";
import { skillTitle } from "./titles";
import { reasonTitle, slotTitle } from "./words";

interface Props {
  desk: Desk;
  chat: Chat;
}

export function CustomerColumn({ desk }: { desk: Desk }) {
  const chat = desk.selected.value;
  const handoff = chat?.handoff.value;
  return (
    <aside class="right" aria-label={desk.say("aboutCustomer")}>
      {chat && handoff ? (
        <>
          <div class="right-scroll scroll" tabIndex={0} role="group" aria-label={desk.say("aboutCustomer")}>
            <Reason desk={desk} handoff={handoff} language={chat.held.value.language} />
            <Facts desk={desk} chat={chat} handoff={handoff} />
            <Known desk={desk} slots={handoff.slots} />
            <PersonalData key={`data ${chat.id}`} desk={desk} chat={chat} />
            <Notes key={chat.id} desk={desk} chat={chat} />
          </div>
          {!chat.gone.value && <Actions desk={desk} />}
        </>
      ) : (
        <p class="empty-note">{desk.say("emptyCustomer")}</p>
      )}
    </aside>
  );
}

function Reason({ desk, handoff, language }: { desk: Desk; handoff: Handoff; language: string }) {
  return (
    <section class="block">
      <h2>{desk.say("summary")}</h2>
      {handoff.summary ? (
        <p class="summary" lang={language === "zh" ? "zh-CN" : "en"}>{handoff.summary}</p>
      ) : (
        <p class="soft">{desk.say("noSummary")}</p>
      )}
    </section>
  );
}

function Facts({ desk, chat, handoff }: Props & { handoff: Handoff }) {
  const language = desk.session.language.value;
  const assigned = handoff.assigned_at;
  const waited = assigned
    ? Math.round((Date.parse(assigned) - Date.parse(handoff.queued_at)) / 1000)
    : secondsSince(handoff.queued_at);
  const priority = handoff.priority >= 9 ? "priorityUrgent" : handoff.priority > 0 ? "priorityHigh" : "normal";
  return (
    <section class="block">
      <dl class="facts">
        <Fact name={desk.say("reason")}>{reasonTitle(handoff.reason, language)}</Fact>
        <Fact name={desk.say("skill")}>{skillTitle(desk, handoff.skill)}</Fact>
        <Fact name={desk.say("language")}>{desk.say(chat.held.value.language)}</Fact>
        <Fact name={desk.say("priority")}>{desk.say(priority)}</Fact>
        <Fact name={desk.say("waitedInLine")}><span class="digits">{asClock(Math.max(0, waited))}</span></Fact>
        {assigned && !chat.gone.value && (
          <Fact name={desk.say("served")}><span class="digits">{asClock(secondsSince(assigned))}</span></Fact>
        )}
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What the assistant learnt, masked as the service sends it. */
function Known({ desk, slots }: { desk: Desk; slots: Record<string, unknown> }) {
  const language = desk.session.language.value;
  const known = Object.entries(slots).filter(([, value]) => value !== null && value !== "");
  const shown = (value: unknown) =>
    typeof value === "boolean" ? desk.say(value ? "yes" : "no") : Array.isArray(value) ? value.join("、") : String(value);
  return (
    <section class="block">
      <h2>{desk.say("known")}</h2>
      {known.length ? (
        <dl class="facts">
          {known.map(([name, value]) => <Fact key={name} name={slotTitle(name, language)}>{shown(value)}</Fact>)}
        </dl>
      ) : (
        <p class="soft">{desk.say("nothingKnown")}</p>
      )}
    </section>
  );
}

function Notes({ desk, chat }: Props) {
  const language = desk.session.language.value;
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const wish = desk.toNote.value;
  const wished = useRef(wish);

  useEffect(() => {
    if (wished.current !== wish) box.current?.focus();
    wished.current = wish;
  }, [wish]);

  const add = async () => {
    if (busy || !chat.noteDraft.value.trim()) return;
    setBusy(true);
    const error = await chat.addNote();
    setBusy(false);
    setProblem(error?.message ?? "");
    box.current?.focus();
  };
  return (
    <section class="block">
      <h2><NoteIcon size={16} /> {desk.say("notes")} <span class="soft">{desk.say("notesHint")}</span></h2>
      {chat.notes.value.length ? (
        <ul class="notes" aria-live="polite">
          {chat.notes.value.map((note) => (
            <li key={note.at + note.text}>
              <p>{note.text}</p>
              <p class="soft">{note.author} · <time dateTime={note.at}>{dayAndTime(note.at, language)}</time></p>
            </li>
          ))}
        </ul>
      ) : (
        <p class="soft">{desk.say("noNotes")}</p>
      )}
      {!chat.gone.value && (
        <form
          class="note-form"
          onSubmit={(event) => {
            event.preventDefault();
            void add();
          }}
        >
          <textarea
            ref={box} rows={2} maxLength={2000} value={chat.noteDraft.value} aria-label={desk.say("writeNote")}
            placeholder={desk.say("writeNote")} aria-keyshortcuts="Alt+O" aria-invalid={Boolean(problem)}
            onInput={(event) => chat.writeNote(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
                event.preventDefault();
                void add();
              }
            }}
          />
          <button type="submit" class="button is-small" aria-disabled={busy || !chat.noteDraft.value.trim()}>{desk.say("addNote")}</button>
          {problem && <p class="problem" role="alert">{problem}</p>}
        </form>
      )}
    </section>
  );
}

function Actions({ desk }: { desk: Desk }) {
  return (
    <div class="actions" role="group" aria-label={desk.say("actions")}>
      <button type="button" class="button" aria-keyshortcuts="Alt+T" title="Alt+T" onClick={() => (desk.dialog.value = "transfer")}>
        <TransferIcon size={18} /> {desk.say("transfer")}
      </button>
      <button type="button" class="button" aria-keyshortcuts="Alt+R" title="Alt+R" onClick={() => (desk.dialog.value = "return")}>
        <ReturnIcon size={18} /> {desk.say("giveBack")}
      </button>
      <button type="button" class="button is-primary" aria-keyshortcuts="Alt+E" title="Alt+E" onClick={() => (desk.dialog.value = "close")}>
        <CheckIcon size={18} /> {desk.say("end")}
      </button>
    </div>
  );
}
