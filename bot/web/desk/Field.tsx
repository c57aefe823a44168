/** A labelled control with its hint and what is wrong with it, tied together for screen readers. */

import type { VNode } from "preact";

interface ControlProps {
  id: string;
  name: string;
  "aria-invalid": boolean;
  "aria-describedby"?: string;
}

interface Props {
  name: string;
  label: string;
  hint?: string;
  problem?: string | undefined;
  children: (props: ControlProps) => VNode;
}

export function Field({ name, label, hint, problem, children }: Props) {
  const id = `field-${name}`;
  const told = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
      {children({ id, name, "aria-invalid": Boolean(problem), ...(told ? { "aria-describedby": told } : {}) })}
      {problem && <p class="problem" id={`${id}-problem`} role="alert">{problem}</p>}
    </div>
  );
}

interface Option {
  value: string;
  title: string;
}

interface OptionsProps {
  name: string;
  label: string;
  options: Option[];
  value: string;
  problem?: string | undefined;
  onChange(value: string): void;
}

/** One of a few, all of them in sight. */
export function Options({ name, label, options, value, problem, onChange }: OptionsProps) {
  return (
    <fieldset class="field options" aria-describedby={problem ? `${name}-problem` : undefined}>
      <legend>{label}</legend>
      <div class="option-list">
        {options.map((option) => (
          <label key={option.value} class={`option ${option.value === value ? "is-on" : ""}`}>
            <input
              type="radio" name={name} value={option.value} checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            <span>{option.title}</span>
          </label>
        ))}
      </div>
      {problem && <p class="problem" id={`${name}-problem`} role="alert">{problem}</p>}
    </fieldset>
  );
}
