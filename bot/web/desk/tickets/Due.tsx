/** A ticket's clock: what is left, how much is used, and in words whether it presses. */

import { ClockIcon, WarnIcon } from "../../shared/icons";
import { type Level, now } from "../clock";
import type { Desk } from "../desk";
import type { TicketRow } from "../shapes";
import { usedOf } from "./tickets";

export function Due({ desk, row }: { desk: Desk; row: TicketRow }) {
  const used = usedOf(row, now.value);
  const level: Level = used >= 100 ? "over" : used >= 80 ? "near" : used >= 50 ? "half" : "ok";
  const left = Date.parse(row.due_at) - now.value;
  const time = span(desk, Math.abs(left));
  return (
    <span class={`wait is-${level}`}>
      {level === "ok" || level === "half" ? <ClockIcon size={14} /> : <WarnIcon size={14} />}
      <span class="digits">{left < 0 ? desk.say("overdueBy", { time }) : desk.say("dueIn", { time })}</span>
      <span>{left < 0 ? desk.say("over") : `${desk.say("usedUp", { n: used })}${level === "near" ? ` · ${desk.say("near")}` : ""}`}</span>
    </span>
  );
}

function span(desk: Desk, ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const [d, h, m] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (d) return desk.say("spanDays", { d, h });
  return h ? desk.say("spanHours", { h, m }) : desk.say("spanMinutes", { m });
}
