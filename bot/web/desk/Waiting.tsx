/** The line: how many wait and how long, the next one, and everybody by name of their need. */

import { useEffect, useRef } from "preact/hooks";

import { FlagIcon, PeopleIcon } from "../shared/icons";
import type { Desk } from "./desk";
import type { Waiting } from "./shapes";
import { skillTitle } from "./titles";
import { Wait } from "./Wait";
import { reasonTitle } from "./words";

/** Nobody picks the hundredth by hand; more would only make the page slow. */
const SHOWN = 50;

export function LineBar({ desk }: { desk: Desk }) {
  const waiting = desk.waiting.value;
  const button = useRef<HTMLButtonElement>(null);
  const wish = desk.toLine.value;
  useEffect(() => {
    if (wish) button.current?.focus();
  }, [wish]);
  const oldest = waiting.reduce<Waiting | null>((a, b) => (a && a.queued_at <= b.queued_at ? a : b), null);
  return (
    <section class="line-bar" aria-label={desk.say("line")}>
      <div class="line-facts">
        <strong class="line-count">
          <PeopleIcon size={20} />
          {waiting.length ? desk.say("waitingNow", { n: waiting.length }) : desk.say("nobodyWaits")}
        </strong>
        {oldest ? (
          <Wait desk={desk} since={oldest.queued_at} label={desk.say("oldest")} />
        ) : (
          desk.queue.value && <span class="soft">{desk.say("agentsOnline", { n: desk.queue.value.agents_online })}</span>
        )}
      </div>
      <button
        ref={button} type="button" class="button is-primary take-next" aria-keyshortcuts="Alt+N"
        aria-disabled={!waiting.length || desk.taking.value} onClick={() => waiting.length && void desk.takeNext()}
      >
        {desk.say("takeNext")} <kbd>Alt N</kbd>
      </button>
    </section>
  );
}

export function WaitingList({ desk }: { desk: Desk }) {
  const waiting = desk.waiting.value;
  return (
    <section class="list-section waiting-section" aria-labelledby="waiting-title">
      <h2 id="waiting-title">{desk.say("waitingList")} <span class="soft">{waiting.length || ""}</span></h2>
      {waiting.length ? (
        <ol class="scroll" tabIndex={0} aria-labelledby="waiting-title">
          {waiting.slice(0, SHOWN).map((one) => <Entry key={one.conversation_id} desk={desk} one={one} />)}
          {waiting.length > SHOWN && <li class="more">{desk.say("moreWait", { n: waiting.length - SHOWN })}</li>}
        </ol>
      ) : (
        <p class="empty-note">{desk.say(desk.queue.value ? "emptyLine" : "loadingLine")}</p>
      )}
    </section>
  );
}

function Entry({ desk, one }: { desk: Desk; one: Waiting }) {
  const language = desk.session.language.value;
  const reason = reasonTitle(one.reason, language);
  const skill = skillTitle(desk, one.skill);
  return (
    <li class="waiting">
      <div class="waiting-head">
        <span class="place">{one.position}</span>
        <strong>{reason}</strong>
        <Wait desk={desk} since={one.queued_at} />
      </div>
      {one.summary && <p class="clamp" lang={one.language === "zh" ? "zh-CN" : "en"} title={one.summary}>{one.summary}</p>}
      <div class="waiting-foot">
        <span class="tags">
          {one.priority > 0 && (
            <span class="tag is-urgent"><FlagIcon size={12} />{desk.say(one.priority >= 9 ? "priorityUrgent" : "priorityHigh")}</span>
          )}
          <span class="tag">{skill}</span>
          <span class="tag">{desk.say(one.language)}</span>
        </span>
        <button
          type="button" class="button is-small" aria-label={desk.say("takeThis", { n: one.position, reason, skill })}
          aria-disabled={desk.taking.value} onClick={() => void desk.claim(one.conversation_id)}
        >
          {desk.say("take")}
        </button>
      </div>
    </li>
  );
}
