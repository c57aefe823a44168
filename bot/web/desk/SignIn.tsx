/** The way in: user, password and the code of the moment. A refusal keeps what was filled in. */

import { useEffect, useRef, useState } from "preact/hooks";

import { SproutIcon } from "../shared/icons";
import type { Desk } from "./desk";
import { Field } from "./Field";
import type { Word } from "./words";

const REASONS = { idle: "outIdle", elsewhere: "outElsewhere", byYou: "outByYou" } as const;

interface Wrong {
  field: "user" | "password" | "code" | "";
  message: string;
}

export function SignIn({ desk }: { desk: Desk }) {
  const { session } = desk;
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<Wrong | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const reason = session.reason.value;

  const focus = (name: string) => {
    const input = form.current?.elements.namedItem(name) as HTMLInputElement | null;
    input?.focus();
    input?.select();
  };
  useEffect(() => focus("user"), []);

  const refuse = (field: Wrong["field"], message: string) => {
    setWrong({ field, message });
    // The code is what has changed since the last try.
    focus(field || "code");
  };
  const missing = (): [Wrong["field"], Word] | null => {
    if (!user.trim()) return ["user", "needUser"];
    if (!password) return ["password", "needPassword"];
    return /^\d{6}$/.test(code.replace(/\s/g, "")) ? null : ["code", "needCode"];
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const gap = missing();
    if (gap) {
      refuse(gap[0], desk.say(gap[1]));
      return;
    }
    setBusy(true);
    setWrong(null);
    const error = await session.signIn(user.trim(), password, code.replace(/\s/g, ""));
    setBusy(false);
    if (error) refuse("", error.message);
  };
  const problem = (field: Wrong["field"]) => (wrong?.field === field ? wrong.message : undefined);

  return (
    <main class="sign-in">
      <form ref={form} class="sign-in-card" noValidate onSubmit={(event) => void submit(event)} aria-labelledby="sign-in-title">
        <div class="sign-in-mark"><SproutIcon size={32} /></div>
        <h1 id="sign-in-title">{desk.say("desk")}</h1>
        <p class="soft">{desk.say("bank")}</p>
        {reason && !wrong && <p class="panel is-warn" role="status">{desk.say(REASONS[reason])}</p>}
        {wrong?.field === "" && <p class="panel is-bad" role="alert">{wrong.message}</p>}
        <Field name="user" label={desk.say("user")} problem={problem("user")}>
          {(props) => (
            <input
              {...props} type="text" autocomplete="username" autocapitalize="none" spellcheck={false} maxLength={64}
              value={user} onInput={(e) => setUser(e.currentTarget.value)}
            />
          )}
        </Field>
        <Field name="password" label={desk.say("password")} problem={problem("password")}>
          {(props) => (
            <input
              {...props} type="password" autocomplete="current-password" maxLength={200}
              value={password} onInput={(e) => setPassword(e.currentTarget.value)}
            />
          )}
        </Field>
        <Field name="code" label={desk.say("code")} hint={desk.say("codeHint")} problem={problem("code")}>
          {(props) => (
            <input
              {...props} type="text" class="code" inputMode="numeric" autocomplete="one-time-code" maxLength={7}
              value={code} onInput={(e) => setCode(e.currentTarget.value)}
            />
          )}
        </Field>
        <button type="submit" class="button is-primary is-large" aria-disabled={busy}>
          {desk.say(busy ? "signingIn" : "signIn")}
        </button>
      </form>
      <button
        type="button" class="button is-plain" lang={session.language.value === "zh" ? "en" : "zh-CN"}
        onClick={() => session.speak(session.language.value === "zh" ? "en" : "zh")}
      >
        {desk.say("otherLanguage")}
      </button>
    </main>
  );
}
