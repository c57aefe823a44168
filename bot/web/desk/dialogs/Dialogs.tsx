/** The one dialog that is open, if one is. */

import type { Desk } from "../desk";
import { Close, GiveBack } from "./Finish";
import { Keys } from "./Keys";
import { Leave } from "./Leave";
import { Transfer } from "./Transfer";

export function Dialogs({ desk }: { desk: Desk }) {
  const chat = desk.selected.value;
  switch (desk.dialog.value) {
    case "keys":
      return <Keys desk={desk} />;
    case "leave":
      return <Leave desk={desk} />;
    case "transfer":
      return chat && <Transfer desk={desk} chat={chat} />;
    case "return":
      return chat && <GiveBack desk={desk} chat={chat} />;
    case "close":
      return chat && <Close desk={desk} chat={chat} />;
    default:
      return null;
  }
}
