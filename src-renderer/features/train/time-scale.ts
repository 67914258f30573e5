/** A bar of time from ten seconds to a week: what people tell apart are powers, not seconds. */

const shortestSeconds = 10;
const longestSeconds = 7 * 86_400;

export const timeMarks: readonly { readonly seconds: number; readonly label: string }[] = [
  { seconds: 60, label: '1 min' },
  { seconds: 600, label: '10 min' },
  { seconds: 3600, label: '1 h' },
  { seconds: 8 * 3600, label: 'a night' },
  { seconds: 86_400, label: '1 d' },
];

/** Where a time stands on the bar, 0 … 1. */
export function timeShare(seconds: number): number {
  const kept = Math.min(longestSeconds, Math.max(shortestSeconds, seconds));
  return Math.log(kept / shortestSeconds) / Math.log(longestSeconds / shortestSeconds);
}
