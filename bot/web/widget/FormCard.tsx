/** A form in a bubble; what is filled in goes to the service and never into the chat. */

import { useState } from "preact/hooks";

import { CheckIcon, EyeIcon, EyeOffIcon, LockIcon } from "../shared/icons";
import type { Form, FormField, Language } from "../shared/messages";
import type { Chat } from "./chat";
import { toMessages } from "./focus";
import { say } from "./words";

type Values = Record<string, string | boolean>;

export function FormCard({ chat, form, open }: { chat: Chat; form: Form; open: boolean }) {
  const language = chat.language.value;
  const [values, setValues] = useState<Values>({});
  const [wrong, setWrong] = useState<{ field: string; message: string } | null>(null);
  const [busy, setBusy] = useState(false);

  if (!open) {
    return <p class="form-past"><CheckIcon size={16} /> {form.title} · {say("formSent", language)}</p>;
  }

  const secret = form.fields.some((f) => f.type === "secret");
  const submit = async (event: Event) => {
    event.preventDefault();
    const empty = form.fields.find((f) => f.required && !(typeof values[f.name] === "string" ? (values[f.name] as string).trim() : values[f.name]));
    if (empty) {
      setWrong({ field: empty.name, message: say(empty.type === "checkbox" ? "consentFirst" : "required", language) });
      ((event.target as HTMLFormElement).elements.namedItem(empty.name) as HTMLElement | null)?.focus();
      return;
    }
    // A form that was taken goes away, so where it stood is looked up before.
    const window = (event.target as Element).closest(".window")!;
    setBusy(true);
    setWrong(null);
    const error = await chat.submit(values, form.title);
    setBusy(false);
    if (error) setWrong({ field: error.field ?? "", message: error.message });
    else {
      setValues({}); // a secret does not stay in the page
      toMessages(window);
    }
  };

  return (
    <form class={`card ${secret ? "is-secret" : ""}`} aria-label={form.title} noValidate onSubmit={(event) => void submit(event)}>
      <p class="card-note"><LockIcon size={14} /> {say(secret ? "secureSecret" : "secure", language)}</p>
      {form.fields.map((field) => (
        <Field
          key={field.name} field={field} language={language} value={values[field.name]} wrong={wrong?.field === field.name ? wrong.message : undefined}
          onChange={(value) => setValues({ ...values, [field.name]: value })}
        />
      ))}
      {wrong && !form.fields.some((f) => f.name === wrong.field) && <p class="wrong" role="alert">{wrong.message}</p>}
      <button type="submit" class="card-send" disabled={busy}>{busy ? say("sending", language) : form.submit}</button>
    </form>
  );
}

interface FieldProps {
  field: FormField;
  language: Language;
  value: string | boolean | undefined;
  wrong: string | undefined;
  onChange(value: string | boolean): void;
}

function Field({ field, language, value, wrong, onChange }: FieldProps) {
  const id = `field-${field.name}`;
  const shared = {
    id, name: field.name, "aria-invalid": Boolean(wrong), "aria-required": field.required,
    ...(wrong ? { "aria-describedby": `${id}-wrong` } : {}),
  };
  const text = typeof value === "string" ? value : "";
  const problem = wrong && <p class="wrong" id={`${id}-wrong`} role="alert">{wrong}</p>;
  if (field.type === "checkbox") {
    return (
      <div class="field">
        <label class="check">
          <input {...shared} type="checkbox" checked={value === true} onChange={(e) => onChange(e.currentTarget.checked)} />
          <span>{field.label}</span>
        </label>
        {problem}
      </div>
    );
  }
  return (
    <div class="field">
      <label for={id}>{field.label}</label>
      {field.type === "textarea" ? (
        <textarea {...shared} rows={3} maxLength={field.max} value={text} onInput={(e) => onChange(e.currentTarget.value)} />
      ) : field.type === "secret" ? (
        <Secret shared={shared} field={field} language={language} text={text} onChange={onChange} />
      ) : (
        <Line shared={shared} field={field} text={text} onChange={onChange} />
      )}
      {problem}
    </div>
  );
}

type Shared = Record<string, string | boolean>;

interface InputProps {
  shared: Shared;
  field: FormField;
  text: string;
  onChange(value: string): void;
}

/** A masked line with a lock; what is typed can be looked at, for those who type slowly. */
function Secret({ shared, field, language, text, onChange }: InputProps & { language: Language }) {
  const [shown, setShown] = useState(false);
  const numeric = field.inputmode === "numeric";
  const common = {
    ...shared, value: text, inputMode: field.inputmode ?? "text", spellcheck: false,
    autocomplete: numeric ? "one-time-code" : "off",
    onInput: (event: InputEvent) => {
      const typed = (event.currentTarget as HTMLInputElement).value;
      onChange(numeric ? short(typed, field.max) : typed);
    },
  } as const;
  return (
    <div class="secret">
      <LockIcon size={16} />
      {shown ? <input {...common} type="text" /> : <input {...common} type="password" />}
      <button
        type="button" class="secret-look" aria-pressed={shown} aria-controls={String(shared.id)}
        aria-label={say("showSecret", language)} title={say(shown ? "hideSecret" : "showSecret", language)}
        onClick={() => setShown(!shown)}
      >
        {shown ? <EyeOffIcon size={18} /> : <EyeIcon size={18} />}
      </button>
    </div>
  );
}

/** A pasted code may have gaps: they do not count towards its length. */
function short(typed: string, max: number | undefined): string {
  const bare = typed.replace(/\s/g, "");
  return max ? bare.slice(0, max + 1) : bare;
}

function Line({ shared, field, text, onChange }: InputProps) {
  const common = { ...shared, maxLength: field.max, value: text };
  const typed = (event: InputEvent) => onChange((event.currentTarget as HTMLInputElement).value);
  return field.type === "tel" ? (
    <input {...common} type="tel" autocomplete="tel" onInput={typed} />
  ) : (
    <input {...common} type="text" autocomplete="off" onInput={typed} />
  );
}
