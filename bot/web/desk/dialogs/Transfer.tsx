/** To colleagues with another skill, with a word about what has happened so far. */

import { useState } from "preact/hooks";

import type { Chat } from "../chat";
import type { Desk } from "../desk";
import { Field, Options } from "../Field";
import { skillTitle } from "../titles";
import { Modal, ModalForm } from "./Modal";

export function Transfer({ desk, chat }: { desk: Desk; chat: Chat }) {
  const [skill, setSkill] = useState("");
  const note = chat.handover.value ?? chat.noteDraft.value;
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const language = desk.session.language.value;
  const skills = (desk.queue.value?.skills ?? []).filter((one) => one.code !== chat.handoff.value?.skill);

  const transfer = async () => {
    setTried(true);
    if (!skill || !note.trim()) return;
    setBusy(true);
    const told = desk.say("transferred", { skill: skillTitle(desk, skill) });
    const error = await desk.finish(chat, "transfer", { skill, note: note.trim() }, told);
    setBusy(false);
    if (error) setProblem(error.message);
  };
  return (
    <Modal desk={desk} title={desk.say("transferTitle")}>
      <p class="soft">{desk.say("transferHint")}</p>
      <ModalForm desk={desk} act={desk.say("transfer")} busy={busy} problem={problem} onSubmit={() => void transfer()}>
        <Options
          name="skill" label={desk.say("toSkill")} value={skill} onChange={setSkill}
          options={skills.map((one) => ({ value: one.code, title: one.title[language] }))}
          problem={tried && !skill ? desk.say("toSkillMissing") : undefined}
        />
        <Field
          name="note" label={desk.say("transferNote")} hint={desk.say("transferNoteHint")}
          problem={tried && !note.trim() ? desk.say("transferNoteMissing") : undefined}
        >
          {(props) => (
            <textarea {...props} rows={3} maxLength={2000} value={note} onInput={(e) => (chat.handover.value = e.currentTarget.value)} />
          )}
        </Field>
      </ModalForm>
    </Modal>
  );
}
