/** How long to wait before coming back, in milliseconds: longer each time, never all pages at once. */
export function pauseMs(failures: number): number {
  const longest = Math.min(500 * 2 ** failures, 10_000);
  return longest / 2 + Math.random() * (longest / 2);
}
