/** All keys in one place; the one-character one can be switched off (WCAG 2.1.4). */

import { useState } from "preact/hooks";

import type { Desk } from "../desk";
import * as memory from "../memory";
import type { Word } from "../words";
import { Modal } from "./Modal";

const KEYS: [keys: string[][], word: Word][] = [
  [[["Alt", "N"]], "keyNext"],
  [[["Alt", "1"], ["Alt", "9"]], "keyChat"],
  [[["Alt", "M"]], "keyWrite"],
  [[["Enter"], ["Ctrl", "Enter"]], "keySend"],
  [[["Shift", "Enter"]], "keyLine"],
  [[["Alt", "O"]], "keyNote"],
  [[["Alt", "T"]], "keyTransfer"],
  [[["Alt", "R"]], "keyReturn"],
  [[["Alt", "E"]], "keyClose"],
  [[["?"]], "keyHelp"],
];

export function Keys({ desk }: { desk: Desk }) {
  const [single, setSingle] = useState(memory.singleKeys());
  return (
    <Modal desk={desk} title={desk.say("keys")}>
      <dl class="keys">
        {KEYS.map(([ways, word]) => (
          <div key={word}>
            <dt>
              {ways.map((way, at) => (
                <span key={at}>
                  {at > 0 && <span class="soft"> {word === "keyChat" ? "–" : desk.say("or")} </span>}
                  {way.map((key) => <kbd key={key}>{key}</kbd>)}
                </span>
              ))}
            </dt>
            <dd>{desk.say(word)}</dd>
          </div>
        ))}
      </dl>
      <p class="soft">{desk.say("keysHint")}</p>
      <label class="check">
        <input
          type="checkbox" checked={single}
          onChange={(event) => {
            setSingle(event.currentTarget.checked);
            memory.keepSingleKeys(event.currentTarget.checked);
          }}
        />
        {desk.say("keySingle")}
      </label>
    </Modal>
  );
}
