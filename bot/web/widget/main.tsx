/**
 * What a bank embeds: `<script src="https://…/widget.js" defer></script>`.
 *
 * It lives in a shadow root with a constructed style sheet, so a strict policy needs no
 * exception and neither page nor widget can style the other. `data-language="en"` sets the
 * language, `data-server` another service than the one the script came from.
 */

import { render } from "preact";

import tokens from "../shared/tokens.css?inline";
import type { Language } from "../shared/messages";
import { Chat } from "./chat";
import style from "./style.css?inline";
import { Widget } from "./Widget";

const script = document.currentScript as HTMLScriptElement | null;
const server = (script?.dataset["server"] ?? new URL(script?.src ?? location.href).origin).replace(/\/$/, "");
const chat = new Chat(server);

function language(): Language {
  const wanted = script?.dataset["language"] ?? document.documentElement.lang ?? navigator.language;
  return wanted.toLowerCase().startsWith("en") ? "en" : "zh";
}

function mount(): void {
  const host = document.createElement("qiantai-chat");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(tokens + style);
  root.adoptedStyleSheets = [sheet];
  document.body.append(host);
  chat.preferLanguage(language());
  render(<Widget chat={chat} />, root);
  if (chat.open.value) chat.show();
}

/** Once the page's own scripts have run, so that the language they set counts. */
function whenReady(begin: () => void): void {
  if (document.readyState === "complete") {
    begin();
    return;
  }
  const once = new AbortController();
  const first = () => {
    once.abort();
    begin();
  };
  addEventListener("DOMContentLoaded", first, { signal: once.signal });
  addEventListener("load", first, { signal: once.signal });
}

whenReady(mount);

/** Open the chat window. */
export function open(): void {
  chat.show();
}

/** Put the chat window away; the conversation goes on. */
export function close(): void {
  chat.hide();
}
