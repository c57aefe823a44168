/** The chat window: who speaks, the line, what was said, and where to write. */

import { useEffect, useRef, useState } from "preact/hooks";

import { ChevronDownIcon, MoreIcon, PersonIcon, SproutIcon } from "../shared/icons";
import type { Chat } from "./chat";
import { Composer } from "./Composer";
import { Ending } from "./Ending";
import { Messages } from "./Messages";
import { QueueBar } from "./QueueBar";
import { transcript } from "./transcript";
import { say } from "./words";

export function Window({ chat }: { chat: Chat }) {
  const language = chat.language.value;
  const owner = chat.owner.value;
  const line = chat.line.value;
  const frame = useRef<HTMLElement>(null);
  useKeyboardRoom(frame);

  const over = owner === "closed" || line === "expired";
  return (
    <section
      ref={frame} class="window" role="dialog" aria-label={say("window", language)}
      onKeyDown={(event) => event.key === "Escape" && chat.hide()}
    >
      <Header chat={chat} />
      <LineBar chat={chat} />
      {owner === "queue" && <QueueBar chat={chat} />}
      <Messages chat={chat} />
      {over ? <Ending chat={chat} /> : <Composer chat={chat} />}
    </section>
  );
}

function Header({ chat }: { chat: Chat }) {
  const language = chat.language.value;
  const owner = chat.owner.value;
  const agent = chat.agent.value;
  const name = agent ? agent.name : say("assistant", language);
  const role = agent ? `${say("person", language)} · ${agent.number}` : say("robot", language);
  const there = owner !== "closed" && chat.line.value === "up";
  return (
    <div class="header">
      <span class={`avatar ${agent ? "is-person" : ""}`}>{agent ? <PersonIcon size={24} /> : <SproutIcon size={24} />}</span>
      <div class="who">
        <h2>{name}</h2>
        <p>
          <span class={`presence ${there ? "is-there" : ""}`} aria-hidden="true" />
          {role}
          {there && <span class="hidden">{say("online", language)}</span>}
        </p>
      </div>
      {owner === "bot" && (
        <button type="button" class="to-person" title={say("toPerson", language)} onClick={() => chat.say(say("toPerson", language))}>
          <PersonIcon size={18} />
          <span>{say("toPersonShort", language)}</span>
        </button>
      )}
      <Menu chat={chat} />
      <button type="button" class="round" aria-label={say("close", language)} onClick={() => chat.hide()}>
        <ChevronDownIcon size={22} />
      </button>
    </div>
  );
}

function Menu({ chat }: { chat: Chat }) {
  const language = chat.language.value;
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!open) return;
    box.current?.querySelector<HTMLButtonElement>("[role=menuitem]")?.focus();
    const away = (event: Event) => !event.composedPath().includes(box.current!) && setOpen(false);
    addEventListener("pointerdown", away);
    return () => removeEventListener("pointerdown", away);
  }, [open]);

  const keys = (event: KeyboardEvent) => {
    const items = [...(box.current?.querySelectorAll<HTMLButtonElement>("[role=menuitem]") ?? [])];
    const at = items.indexOf((box.current?.getRootNode() as ShadowRoot).activeElement as HTMLButtonElement);
    if (event.key === "ArrowDown") items[(at + 1) % items.length]?.focus();
    else if (event.key === "ArrowUp") items[(at - 1 + items.length) % items.length]?.focus();
    else if (event.key === "Escape" && open) setOpen(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const item = (label: string, act: () => void) => (
    <button
      type="button" role="menuitem"
      onClick={() => {
        setOpen(false);
        act();
      }}
    >
      {label}
    </button>
  );
  return (
    <div class="menu" ref={box} onKeyDown={keys}>
      <button
        type="button" class="round" aria-label={say("menu", language)} aria-haspopup="menu"
        aria-expanded={open} onClick={() => setOpen(!open)}
      >
        <MoreIcon size={22} />
      </button>
      {open && (
        <div role="menu" class="menu-items" aria-label={say("menu", language)}>
          {item(say("otherLanguage", language), () => chat.speak(language === "zh" ? "en" : "zh"))}
          {item(say("download", language), () => transcript(chat))}
          {chat.owner.value !== "closed" && item(say("end", language), () => void chat.end())}
        </div>
      )}
    </div>
  );
}

function LineBar({ chat }: { chat: Chat }) {
  const language = chat.language.value;
  const line = chat.line.value;
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (line !== "down" && line !== "opening") return;
    // A cut of a moment is nobody's business.
    const timer = setTimeout(() => setLate(true), 1_200);
    return () => clearTimeout(timer);
  }, [line]);

  if (line === "unreachable") {
    return (
      <div class="line-bar is-bad" role="alert">
        <span>{say("cannotOpen", language)}</span>
        <button type="button" onClick={() => chat.reconnect()}>{say("again", language)}</button>
      </div>
    );
  }
  if (!late) return null;
  return (
    <div class="line-bar" role="status">
      <span>{say(line === "down" ? "reconnecting" : "connecting", language)}</span>
    </div>
  );
}

/** On a phone the window is as high as what the keyboard leaves of the screen. */
function useKeyboardRoom(frame: { current: HTMLElement | null }): void {
  useEffect(() => {
    const view = window.visualViewport;
    if (!view) return;
    const fit = () => {
      frame.current?.style.setProperty("--room", `${view.height}px`);
      frame.current?.style.setProperty("--room-top", `${view.offsetTop}px`);
    };
    fit();
    view.addEventListener("resize", fit);
    view.addEventListener("scroll", fit);
    return () => {
      view.removeEventListener("resize", fit);
      view.removeEventListener("scroll", fit);
    };
  }, []);
}
