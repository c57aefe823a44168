/** After the end: a rating, and the way to a new conversation (R14). */

import { useState } from "preact/hooks";

import { StarIcon } from "../shared/icons";
import type { Chat } from "./chat";
import { say } from "./words";

const SCORES = [1, 2, 3, 4, 5];

export function Ending({ chat }: { chat: Chat }) {
  const language = chat.language.value;
  const [score, setScore] = useState(0);
  const [comment, setComment] = useState("");
  const expired = chat.line.value === "expired";
  const ask = !expired && !chat.rated.value;
  return (
    <div class="ending">
      {expired && <p>{say("expired", language)}</p>}
      {chat.rated.value && <p role="status">{say("rated", language)}</p>}
      {ask && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (score) void chat.rate(score, comment);
          }}
        >
          <fieldset class="stars">
            <legend>{say("rate", language)}</legend>
            {SCORES.map((n) => (
              <label key={n} class={n <= score ? "is-on" : ""} title={say("star", language, { n })}>
                <input type="radio" name="score" class="hidden" value={n} checked={n === score} onChange={() => setScore(n)} />
                <StarIcon full={n <= score} />
                <span class="hidden">{say("star", language, { n })}</span>
              </label>
            ))}
          </fieldset>
          {score > 0 && (
            <div class="rating-more">
              <input
                type="text" maxLength={500} value={comment} placeholder={say("comment", language)} aria-label={say("comment", language)}
                onInput={(e) => setComment(e.currentTarget.value)}
              />
              <button type="submit" class="quiet">{say("sendRating", language)}</button>
            </div>
          )}
        </form>
      )}
      <button type="button" class="primary" onClick={() => void chat.begin()}>{say("newChat", language)}</button>
    </div>
  );
}
