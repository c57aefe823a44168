/** The place in the line, how long it may take, and the way out of it (R11). */

import type { Chat } from "./chat";
import { toMessages } from "./focus";
import { say } from "./words";

export function QueueBar({ chat }: { chat: Chat }) {
  const language = chat.language.value;
  const place = chat.queue.value;
  return (
    <div class="queue-bar" role="status">
      <span class="queue-dot" aria-hidden="true" />
      <span class="queue-place">
        <strong>{place ? say("place", language, { n: place.position }) : say("waiting", language)}</strong>
        <span>{wait()}</span>
      </span>
      <button
        type="button"
        onClick={(event) => {
          toMessages(event.currentTarget);
          void chat.leaveLine();
        }}
      >
        {say("leaveLine", language)}
      </button>
    </div>
  );

  function wait(): string {
    if (!place || place.wait_low_s === null || place.wait_high_s === null) return say("unknownWait", language);
    if (place.wait_high_s <= 60) return say("soon", language);
    const low = Math.max(1, Math.floor(place.wait_low_s / 60));
    const high = Math.max(low + 1, Math.ceil(place.wait_high_s / 60));
    return say("range", language, { low, high });
  }
}
