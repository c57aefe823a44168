/** What was said, oldest first; new messages are read out, and jumped to when one is near the end. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { CheckIcon, ChevronDownIcon, ClockIcon, LockIcon, PersonIcon, RobotIcon, WarnIcon } from "../shared/icons";
import { type Language, type Message, SECRET } from "../shared/messages";
import { MessageText } from "../shared/text";
import { dayAndTime, timeOf } from "../shared/times";
import { type Chat, chosenOf, type Outgoing } from "./chat";
import { DownloadButton } from "./DownloadButton";
import { toMessages } from "./focus";
import { FormCard } from "./FormCard";
import { say } from "./words";

/** Nearer to the end than this counts as reading the end, in pixels. */
const NEAR = 80;
/** A pause after which the time is shown, in milliseconds. */
const PAUSE = 5 * 60_000;

export function Messages({ chat }: { chat: Chat }) {
  const language = chat.language.value;
  const messages = chat.messages.value;
  const outbox = chat.outbox.value;
  const typist = chat.typist.value;
  const list = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [below, setBelow] = useState(false);

  const toEnd = () => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
    setBelow(false);
  };
  useLayoutEffect(() => {
    toEnd();
    // A bar above or the keyboard below takes room: who read the end goes on reading it.
    const watch = new ResizeObserver(() => atEnd.current && toEnd());
    if (list.current) watch.observe(list.current);
    return () => watch.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (!list.current) return;
    const mine = outbox.length > 0 || messages.at(-1)?.author === "customer";
    if (mine) toEnd();
    else if (atEnd.current) toAnswer(list.current);
    else setBelow(true);
  }, [messages, outbox, typist]);

  const known = new Set(messages.map((m) => m.client_id));
  return (
    <div class="messages-frame">
      <div
        ref={list} class="messages" role="log" aria-live="polite" aria-label={say("messages", language)}
        tabIndex={0}
        onScroll={(event) => {
          const box = event.currentTarget;
          atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
          if (atEnd.current) setBelow(false);
        }}
      >
        {messages.map((message, at) => (
          <Entry key={message.seq} chat={chat} message={message} before={messages[at - 1]} />
        ))}
        {outbox.filter((o) => !known.has(o.client_id)).map((o) => <Pending key={o.client_id} chat={chat} one={o} />)}
        {typist && (
          <div class="row">
            <span class="bubble typing" role="img" aria-label={say("typing", language, { who: typistName(chat) })}>
              <i /><i /><i />
            </span>
          </div>
        )}
      </div>
      {below && (
        <button type="button" class="jump" onClick={toEnd}>
          <ChevronDownIcon size={16} /> {say("newBelow", language)}
        </button>
      )}
    </div>
  );
}

/** To the end, but never past the question: a long answer is read from its beginning. */
function toAnswer(box: HTMLElement): void {
  const question = [...box.querySelectorAll<HTMLElement>(".row.is-mine")].at(-1);
  const end = box.scrollHeight - box.clientHeight;
  box.scrollTo({ top: question ? Math.min(end, question.offsetTop - 8) : end });
}

function Entry({ chat, message, before }: { chat: Chat; message: Message; before: Message | undefined }) {
  const language = chat.language.value;
  const paused = !before || Date.parse(message.at) - Date.parse(before.at) > PAUSE;
  const time = paused && <p class="time-mark">{dayAndTime(message.at, language)}</p>;
  if (message.kind === "notice" || message.kind === "announcement" || message.author === "system") {
    return (
      <>
        {time}
        <div class="notice"><MessageText text={message.text} language={message.language} /></div>
      </>
    );
  }
  const mine = message.author === "customer";
  const first = paused || before?.author !== message.author || before?.kind === "notice" || before?.agent?.number !== message.agent?.number;
  return (
    <>
      {time}
      <div class={`row ${mine ? "is-mine" : ""} ${first ? "is-first" : ""}`}>
        {mine ? <span class="hidden">{say("you", language)}</span> : first && <Speaker message={message} language={language} />}
        <div class="bubble" title={dayAndTime(message.at, language)}>
          {mine && message.kind === "form" && message.text === SECRET ? (
            <p class="secret-sent"><LockIcon size={14} /> {say("secretSent", language)}</p>
          ) : (
            <MessageText text={message.text} language={message.language} />
          )}
          {message.download && <DownloadButton chat={chat} download={message.download} />}
          {message.form && <FormCard chat={chat} form={message.form} open={chat.openForm.value === message.seq} />}
        </div>
        {mine && (
          <span class="tick" title={`${say("sent", language)} ${timeOf(message.at, language)}`}>
            <CheckIcon size={14} /><span class="hidden">{say("sent", language)}</span>
          </span>
        )}
      </div>
      {message.choices && message.choices.length > 0 && <Choices chat={chat} message={message} />}
    </>
  );
}

/** The robot's label is on every one of its turns (R02); a person comes with name and number. */
function Speaker({ message, language }: { message: Message; language: Language }) {
  const person = message.agent;
  return (
    <span class="speaker">
      {person ? <PersonIcon size={14} /> : <RobotIcon size={14} />}
      {person
        ? `${person.name} ${person.number}`
        : `${say("assistant", language)} · ${say("robot", language)}`}
    </span>
  );
}

function Choices({ chat, message }: { chat: Chat; message: Message }) {
  const language = chat.language.value;
  const open = chat.choosable.value === message.seq && chat.owner.value === "bot";
  const chosen = chosenOf(message, chat.messages.value);
  return (
    <div class="choices" role="group" aria-label={say("choose", language)} lang={message.language === "zh" ? "zh-CN" : "en"}>
      {message.choices!.map((choice) =>
        open ? (
          <button
            key={choice.id} type="button" class="chip"
            onClick={(event) => leave(event, () => chat.choose(choice.id, choice.title))}
          >
            {choice.title}
          </button>
        ) : (
          <span key={choice.id} class={`chip is-past ${choice.title === chosen ? "is-chosen" : ""}`}>
            {choice.title === chosen && <CheckIcon size={14} />}
            {choice.title}
            {choice.title === chosen && <span class="hidden">{say("chosen", language)}</span>}
          </span>
        ),
      )}
    </div>
  );
}

function Pending({ chat, one }: { chat: Chat; one: Outgoing }) {
  const language = chat.language.value;
  const failed = one.state === "failed";
  return (
    <>
      <div class={`row is-mine ${failed ? "is-failed" : "is-pending"}`}>
        <span class="hidden">{say("you", language)}</span>
        <div class="bubble"><MessageText text={one.shown} language={language} /></div>
        <span class="tick">
          {failed ? <WarnIcon size={16} /> : <ClockIcon size={14} />}
          <span class="hidden">{say(failed ? "notSent" : "sending", language)}</span>
        </span>
      </div>
      {failed && (
        <div class="not-sent" role="alert">
          <span>{one.error?.message ?? say("notSent", language)}</span>
          {!isFinal(one) && (
            <button type="button" onClick={(event) => leave(event, () => chat.retry(one.client_id))}>{say("retry", language)}</button>
          )}
          <button type="button" onClick={(event) => leave(event, () => chat.discard(one.client_id))}>{say("discard", language)}</button>
        </div>
      )}
    </>
  );
}

function leave(event: Event, act: () => void): void {
  toMessages(event.currentTarget as Element);
  act();
}

/** Sending the same thing again would be refused again. */
function isFinal(one: Outgoing): boolean {
  return ["choice_expired", "conversation_closed", "client_id_reused", "empty_text", "too_long", "bad_text"].includes(one.error?.code ?? "");
}

function typistName(chat: Chat): string {
  return chat.typist.value === "agent" && chat.agent.value ? chat.agent.value.name : say("assistant", chat.language.value);
}
