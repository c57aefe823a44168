/** The conversation as a text file, for the customer to keep. */

import { dayAndTime } from "../shared/times";
import type { Chat } from "./chat";
import { save } from "./save";
import { say } from "./words";

export function transcript(chat: Chat): void {
  const language = chat.language.value;
  const lines = chat.messages.value.map((message) => {
    const who =
      message.author === "customer"
        ? say("you", language)
        : message.agent
          ? `${message.agent.name} ${message.agent.number}`
          : message.author === "bot"
            ? `${say("assistant", language)} (${say("robot", language)})`
            : say("bank", language);
    return `[${dayAndTime(message.at, language)}] ${who}\n${message.text}\n`;
  });
  const name = `${say("bank", language)}-${new Date().toISOString().slice(0, 10)}.txt`;
  save(new Blob([lines.join("\n")], { type: "text/plain;charset=utf-8" }), name);
}
