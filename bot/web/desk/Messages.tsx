/** What was said, oldest first: the customer on the left, the bank on the right, the robot always labelled. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { CheckIcon, ChevronDownIcon, ClockIcon, PersonIcon, RobotIcon, WarnIcon } from "../shared/icons";
import type { Message } from "../shared/messages";
import { MessageText } from "../shared/text";
import { dayAndTime, timeOf } from "../shared/times";
import { canRetry, type Chat, type Outgoing } from "./chat";
import type { Desk } from "./desk";

/** Nearer to the end than this counts as reading the end, in pixels. */
const NEAR = 80;
/** After a pause like this the speaker is named again, in milliseconds. */
const PAUSE = 5 * 60_000;

interface Props {
  desk: Desk;
  chat: Chat;
}

export function Messages({ desk, chat }: Props) {
  const messages = chat.messages.value;
  const outbox = chat.outbox.value;
  const typing = chat.typing.value;
  const list = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [below, setBelow] = useState(false);

  const toEnd = () => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
    setBelow(false);
  };
  // What is new comes into sight first, else the end.
  useLayoutEffect(() => {
    const box = list.current!;
    const mark = box.querySelector<HTMLElement>(".new-mark");
    if (mark) box.scrollTo({ top: mark.offsetTop - box.clientHeight / 3 });
    else toEnd();
  }, []);
  useEffect(() => {
    if (atEnd.current || outbox.length) toEnd();
    else if (messages.at(-1)?.author !== "agent") setBelow(true);
  }, [messages, outbox]);
  useEffect(() => {
    if (atEnd.current) toEnd();
  }, [typing]);
  // The reply box grows and shrinks; whoever reads the end keeps reading the end.
  useEffect(() => {
    const room = new ResizeObserver(() => atEnd.current && toEnd());
    room.observe(list.current!);
    return () => room.disconnect();
  }, []);

  const known = new Set(messages.map((m) => m.client_id));
  return (
    <div class="messages-frame">
      <div
        ref={list} class="messages" role="log" aria-live="polite" aria-label={desk.say("messages")} tabIndex={0}
        onScroll={() => {
          const box = list.current!;
          atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
          if (atEnd.current) setBelow(false);
        }}
      >
        {messages.map((message, at) => (
          <Entry key={message.seq} desk={desk} chat={chat} message={message} before={messages[at - 1]} />
        ))}
        {outbox.filter((o) => !known.has(o.client_id)).map((o) => <Pending key={o.client_id} desk={desk} chat={chat} one={o} />)}
        {typing && (
          <div class="row is-first">
            <span class="bubble typing" role="img" aria-label={desk.say("typing")}><i /><i /><i /></span>
          </div>
        )}
      </div>
      {below && (
        <button type="button" class="jump" onClick={toEnd}>
          <ChevronDownIcon size={16} /> {desk.say("newBelow")}
        </button>
      )}
    </div>
  );
}

function Entry({ desk, chat, message, before }: Props & { message: Message; before: Message | undefined }) {
  const language = desk.session.language.value;
  const mark = chat.newFrom.value === message.seq && <p class="new-mark"><span>{desk.say("newMark")}</span></p>;
  if (message.author === "system" || message.kind === "notice" || message.kind === "announcement") {
    return (
      <>
        {mark}
        <div class="notice">
          <MessageText text={message.text} language={message.language} />
          <time dateTime={message.at}>{dayAndTime(message.at, language)}</time>
        </div>
      </>
    );
  }
  const ours = message.author !== "customer";
  const mine = message.agent?.number === desk.session.user.value?.number;
  const first = Boolean(mark) || !sameSpeaker(message, before);
  return (
    <>
      {mark}
      <div class={`row is-${message.author} ${ours ? "is-ours" : ""} ${first ? "is-first" : ""}`}>
        <p class={first ? "speaker" : "hidden"}>
          {message.author === "bot" ? <RobotIcon size={14} /> : <PersonIcon size={14} />}
          <Speaker desk={desk} message={message} />
          <time dateTime={message.at}>{dayAndTime(message.at, language)}</time>
        </p>
        <div class="bubble" title={dayAndTime(message.at, language)}>
          <MessageText text={message.text} language={message.language} />
          {message.form && <p class="attached">{desk.say("form", { title: message.form.title })}</p>}
          {message.choices && message.choices.length > 0 && (
            <ul class="offered" aria-label={desk.say("offered")}>
              {message.choices.map((choice) => <li key={choice.id}>{choice.title}</li>)}
            </ul>
          )}
        </div>
        {mine && (
          <span class="tick" title={`${desk.say("sent")} ${timeOf(message.at, language)}`}>
            <CheckIcon size={14} /><span class="hidden">{desk.say("sent")}</span>
          </span>
        )}
      </div>
    </>
  );
}

function Speaker({ desk, message }: { desk: Desk; message: Message }) {
  if (message.author === "customer") return <span>{desk.say("customer")}</span>;
  if (!message.agent) return <span>{desk.say("assistant")} · {desk.say("robot")}</span>;
  return <span>{message.agent.name} {message.agent.number}</span>;
}

function sameSpeaker(a: Message, b: Message | undefined): boolean {
  return (
    b !== undefined && b.author === a.author && b.kind !== "notice" && a.agent?.number === b.agent?.number &&
    Date.parse(a.at) - Date.parse(b.at) < PAUSE
  );
}

function Pending({ desk, chat, one }: Props & { one: Outgoing }) {
  const failed = one.state === "failed";
  const state = one.state === "failed" ? "notSent" : one.state;
  return (
    <>
      <div class={`row is-agent is-ours ${failed ? "is-failed" : "is-pending"}`}>
        <div class="bubble"><MessageText text={one.text} language={chat.held.value.language} /></div>
        <span class="tick">
          {failed ? <WarnIcon size={16} /> : one.state === "sent" ? <CheckIcon size={14} /> : <ClockIcon size={14} />}
          <span class="hidden">{desk.say(state)}</span>
        </span>
      </div>
      {failed && (
        <div class="not-sent" role="alert">
          <span>{one.error?.message ?? desk.say("notSent")}</span>
          {canRetry(one) && !chat.gone.value && (
            <button type="button" onClick={() => chat.retry(one.client_id)}>{desk.say("retry")}</button>
          )}
          <button
            type="button"
            onClick={() => {
              chat.edit(one.client_id);
              desk.toComposer.value += 1;
            }}
          >
            {desk.say("edit")}
          </button>
          <button type="button" onClick={() => chat.discard(one.client_id)}>{desk.say("discard")}</button>
        </div>
      )}
    </>
  );
}
