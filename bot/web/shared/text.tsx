/** A message's text: lines as they are, numbered steps as rows that hang. Text only, never markup. */

const STEP = /^(\d{1,2})\.\s+(.*)$/;

export function MessageText({ text, language }: { text: string; language: string }) {
  return (
    <div class="text" lang={language === "zh" ? "zh-CN" : "en"}>
      {text.split("\n").map((line, index) => {
        const step = STEP.exec(line);
        return step ? (
          <p key={index} class="step">
            <span class="step-number">{step[1]}.</span>
            <span>{step[2]}</span>
          </p>
        ) : (
          <p key={index}>{line || " "}</p>
        );
      })}
    </div>
  );
}
