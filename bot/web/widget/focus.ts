/** What was pressed goes away; the focus stays in the window, without calling up a phone's keyboard. */
export function toMessages(pressed: Element): void {
  pressed.closest(".window")?.querySelector<HTMLElement>(".messages")?.focus({ preventScroll: true });
}
