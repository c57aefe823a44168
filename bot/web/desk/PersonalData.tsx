/** The customer's data, masked; one field at a time is shown in full, for a purpose and for a minute. */

import { useEffect, useRef, useState } from "preact/hooks";

import type { Chat } from "./chat";
import type { Desk } from "./desk";
import type { PersonalField } from "./shapes";

/** What was shown is hidden again after this time, in seconds: a desk is seen by others. */
const SHOWN_S = 60;

interface Props {
  desk: Desk;
  chat: Chat;
}

export function PersonalData({ desk, chat }: Props) {
  const customer = chat.customer.value;
  return (
    <section class="block">
      <h2>{desk.say("personalData")}</h2>
      {customer?.fields.length ? (
        <ul class="personal">
          {customer.fields.map((field) => <OneField key={field.name} desk={desk} chat={chat} field={field} />)}
        </ul>
      ) : (
        <p class="soft">{desk.say(customer && !customer.readable ? "unreadableData" : "noPersonalData")}</p>
      )}
    </section>
  );
}

function OneField({ desk, chat, field }: Props & { field: PersonalField }) {
  const [asking, setAsking] = useState(false);
  const [value, setValue] = useState<string | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const label = field.label[desk.session.language.value];
  const gone = chat.gone.value;

  useEffect(() => {
    if (value === null) return;
    const timer = setTimeout(() => setValue(null), SHOWN_S * 1000);
    return () => clearTimeout(timer);
  }, [value]);
  useEffect(() => {
    if (gone) setValue(null); // no longer this agent's to see
  }, [gone]);

  const stop = () => {
    setAsking(false);
    button.current?.focus();
  };
  return (
    <li>
      <span class="soft">{label}</span>
      <span class="value" role="status">
        {value === null ? field.masked : value}
        {value !== null && <span class="soft"> {desk.say("hiddenAgain", { n: SHOWN_S })}</span>}
      </span>
      {field.revealable && !gone && (
        <button
          ref={button} type="button" class="button is-small" aria-expanded={asking}
          aria-label={desk.say(value === null ? "showField" : "hideField", { field: label })}
          onClick={() => (value === null ? setAsking(!asking) : setValue(null))}
        >
          {desk.say(value === null ? "show" : "hide")}
        </button>
      )}
      {asking && value === null && !gone && (
        <Purpose
          desk={desk} chat={chat} field={field} label={label} onCancel={stop}
          onShown={(shown) => {
            setValue(shown);
            stop();
          }}
        />
      )}
    </li>
  );
}

interface PurposeProps extends Props {
  field: PersonalField;
  label: string;
  onShown(value: string): void;
  onCancel(): void;
}

/** What for? Without an answer nothing is shown. */
function Purpose({ desk, chat, field, label, onShown, onCancel }: PurposeProps) {
  const [purpose, setPurpose] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const select = useRef<HTMLSelectElement>(null);
  const language = desk.session.language.value;
  const id = `purpose-${field.name}`;

  useEffect(() => select.current?.focus(), []);

  const show = async () => {
    if (busy) return;
    if (!purpose) {
      setProblem(desk.say("purposeMissing"));
      select.current?.focus();
      return;
    }
    setBusy(true);
    const reply = await chat.reveal(field.name, purpose);
    setBusy(false);
    if (reply.ok) onShown(reply.body.value);
    else setProblem(reply.error.message);
  };
  return (
    <form
      class="purpose"
      onSubmit={(event) => {
        event.preventDefault();
        void show();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onCancel();
      }}
    >
      <label for={id}>{desk.say("whatFor")}</label>
      <select
        ref={select} id={id} value={purpose} aria-invalid={Boolean(problem)}
        aria-describedby={problem ? `${id}-problem` : undefined}
        onChange={(event) => setPurpose(event.currentTarget.value)}
      >
        <option value="">{desk.say("choosePurpose")}</option>
        {chat.customer.value?.purposes.map((one) => (
          <option key={one.code} value={one.code}>{one.title[language]}</option>
        ))}
      </select>
      <button type="submit" class="button is-small is-primary" aria-disabled={busy} aria-label={desk.say("showField", { field: label })}>
        {desk.say("show")}
      </button>
      <button type="button" class="button is-small" onClick={onCancel}>{desk.say("cancel")}</button>
      {problem && <p class="problem" id={`${id}-problem`} role="alert">{problem}</p>}
    </form>
  );
}
