/** A native dialog: it traps the focus, closes on Escape and gives the focus back by itself. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { CloseIcon } from "../../shared/icons";
import type { Desk } from "../desk";

interface Props {
  desk: Desk;
  title: string;
  children: ComponentChildren;
}

export function Modal({ desk, title, children }: Props) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = box.current!;
    dialog.showModal();
    dialog.querySelector<HTMLElement>("[data-first], input, textarea")?.focus();
    return () => dialog.close();
  }, []);
  // Escape is told at once by "cancel" and again, later, by "close": a key pressed in between may have opened another.
  const mine = useRef(desk.dialog.peek()).current;
  const closed = () => {
    if (desk.dialog.peek() === mine) desk.dialog.value = null;
  };
  return (
    <dialog ref={box} class="modal" aria-labelledby="modal-title" onCancel={closed} onClose={closed}>
      <div class="modal-body">
        <header>
          <h2 id="modal-title">{title}</h2>
          <button type="button" class="icon-button" aria-label={desk.say("cancel")} onClick={() => (desk.dialog.value = null)}>
            <CloseIcon size={20} />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

interface FormProps {
  desk: Desk;
  /** What the button does, in a word. */
  act: string;
  busy: boolean;
  problem: string;
  onSubmit(): void;
  children: ComponentChildren;
}

/** The form inside: its buttons, and why it was refused. What was filled in stays. */
export function ModalForm({ desk, act, busy, problem, onSubmit, children }: FormProps) {
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (busy) return;
        onSubmit();
        const form = event.currentTarget;
        requestAnimationFrame(() => form.querySelector<HTMLElement>(".field:has(.problem) :is(input, textarea)")?.focus());
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
      }}
    >
      {children}
      {problem && <p class="panel is-bad" role="alert">{problem}</p>}
      <footer>
        <button type="button" class="button" onClick={() => (desk.dialog.value = null)}>{desk.say("cancel")}</button>
        <button type="submit" class="button is-primary" aria-disabled={busy}>{act}</button>
      </footer>
    </form>
  );
}
