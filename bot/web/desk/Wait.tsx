/** A running clock that says, in colour and in words, how much of the service level is used up. */

import { ClockIcon, WarnIcon } from "../shared/icons";
import { asClock, levelOf, secondsSince } from "./clock";
import type { Desk } from "./desk";

interface Props {
  desk: Desk;
  since: string;
  /** What the clock is about, when it is not plain from its place. */
  label?: string;
}

export function Wait({ desk, since, label }: Props) {
  const seconds = secondsSince(since);
  const level = levelOf(seconds);
  return (
    <span class={`wait is-${level}`}>
      {level === "ok" || level === "half" ? <ClockIcon size={14} /> : <WarnIcon size={14} />}
      {label && <span>{label}</span>}
      <span class="digits">{asClock(seconds)}</span>
      {(level !== "ok" || !label) && <span>{desk.say(level)}</span>}
    </span>
  );
}
