/** The end of a person's part: back to the assistant, or the end of the chat. Both ask how it went. */

import { useState } from "preact/hooks";

import type { Chat } from "../chat";
import type { Desk } from "../desk";
import { Options } from "../Field";
import { Modal, ModalForm } from "./Modal";

interface Props {
  desk: Desk;
  chat: Chat;
}

export function GiveBack({ desk, chat }: Props) {
  const [wrapUp, setWrapUp] = useState("");
  const finish = useFinish();
  return (
    <Modal desk={desk} title={desk.say("giveBackTitle")}>
      <p class="soft">{desk.say("giveBackHint")}</p>
      <ModalForm
        desk={desk} act={desk.say("giveBack")} busy={finish.busy} problem={finish.problem}
        onSubmit={() => finish.submit(Boolean(wrapUp), () =>
          desk.finish(chat, "return-to-bot", { wrap_up: wrapUp }, desk.say("givenBack")))}
      >
        <WrapUps desk={desk} value={wrapUp} onChange={setWrapUp} tried={finish.tried} />
        <Unsent desk={desk} chat={chat} />
      </ModalForm>
    </Modal>
  );
}

export function Close({ desk, chat }: Props) {
  const [wrapUp, setWrapUp] = useState("");
  const [resolved, setResolved] = useState("");
  const finish = useFinish();
  return (
    <Modal desk={desk} title={desk.say("endTitle")}>
      <p class="soft">{desk.say("endHint")}</p>
      <ModalForm
        desk={desk} act={desk.say("end")} busy={finish.busy} problem={finish.problem}
        onSubmit={() => finish.submit(Boolean(wrapUp && resolved), () =>
          desk.finish(chat, "close", { wrap_up: wrapUp, resolved: resolved === "yes" }, desk.say("closed")))}
      >
        <WrapUps desk={desk} value={wrapUp} onChange={setWrapUp} tried={finish.tried} />
        <Options
          name="resolved" label={desk.say("resolved")} value={resolved} onChange={setResolved}
          options={[{ value: "yes", title: desk.say("resolvedYes") }, { value: "no", title: desk.say("resolvedNo") }]}
          problem={finish.tried && !resolved ? desk.say("resolvedMissing") : undefined}
        />
        <Unsent desk={desk} chat={chat} />
      </ModalForm>
    </Modal>
  );
}

function WrapUps({ desk, value, tried, onChange }: { desk: Desk; value: string; tried: boolean; onChange(value: string): void }) {
  const language = desk.session.language.value;
  return (
    <Options
      name="wrap_up" label={desk.say("wrapUp")} value={value} onChange={onChange}
      options={(desk.queue.value?.wrap_ups ?? []).map((one) => ({ value: one.code, title: one.title[language] }))}
      problem={tried && !value ? desk.say("wrapUpMissing") : undefined}
    />
  );
}

function Unsent({ desk, chat }: Props) {
  return chat.draft.value.trim() ? <p class="panel is-warn">{desk.say("unsentLeft")}</p> : null;
}

/** Trying, and saying what is missing or why it was refused. */
function useFinish() {
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const submit = (complete: boolean, act: () => ReturnType<Desk["finish"]>) => {
    setTried(true);
    if (!complete) return;
    setBusy(true);
    setProblem("");
    void act().then((error) => {
      setBusy(false);
      if (error) setProblem(error.message);
    });
  };
  return { tried, busy, problem, submit };
}
