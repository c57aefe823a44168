/** A file that goes with a message: fetched with the conversation's token, for it is nobody else's. */

import { useState } from "preact/hooks";

import { CheckIcon } from "../shared/icons";
import type { Download } from "../shared/messages";
import type { Chat } from "./chat";
import { say } from "./words";

export function DownloadButton({ chat, download }: { chat: Chat; download: Download }) {
  const language = chat.language.value;
  const [state, setState] = useState<"ready" | "fetching" | "done">("ready");
  const [problem, setProblem] = useState<string>();

  const fetchIt = async () => {
    setState("fetching");
    const refused = await chat.download(download.name);
    setProblem(refused);
    setState(refused ? "ready" : "done");
  };
  if (state === "done") {
    return <p class="downloaded" role="status"><CheckIcon size={14} /> {say("downloaded", language)}</p>;
  }
  return (
    <div class="download">
      <button type="button" class="primary" disabled={state === "fetching"} onClick={() => void fetchIt()}>
        {state === "fetching" ? say("fetching", language) : download.title}
      </button>
      {problem && <p class="wrong" role="alert">{problem}</p>}
    </div>
  );
}
