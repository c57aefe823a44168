/** Signing out with chats open: what becomes of the customers. */

import { useState } from "preact/hooks";

import type { Desk } from "../desk";
import { Modal, ModalForm } from "./Modal";

export function Leave({ desk }: { desk: Desk }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const leave = async () => {
    setBusy(true);
    const error = await desk.session.signOut();
    setBusy(false);
    if (error) setProblem(error.message);
  };
  return (
    <Modal desk={desk} title={desk.say("leaveTitle")}>
      <p>{desk.say("leaveHint", { n: desk.held.value.length })}</p>
      <ModalForm desk={desk} act={desk.say("signOut")} busy={busy} problem={problem} onSubmit={() => void leave()}>
        {null}
      </ModalForm>
    </Modal>
  );
}
