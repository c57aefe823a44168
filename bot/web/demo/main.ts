/** The demo page in English when asked for, and its own way into the chat. */

declare const Qiantai: { open(): void };

if (new URLSearchParams(location.search).get("lang") === "en") {
  document.documentElement.lang = "en";
  for (const element of document.querySelectorAll<HTMLElement>("[data-en]")) {
    element.textContent = element.dataset["en"]!;
  }
  for (const element of document.querySelectorAll<HTMLElement>("[data-en-label]")) {
    element.setAttribute("aria-label", element.dataset["enLabel"]!);
  }
  for (const element of document.querySelectorAll<HTMLElement>("[data-en-href]")) {
    element.setAttribute("href", element.dataset["enHref"]!);
  }
}

document.querySelector(".ask")?.addEventListener("click", () => Qiantai.open());
