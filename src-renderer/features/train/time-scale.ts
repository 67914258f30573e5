import { formatDuration } from '../../ui/format.ts';
import { texts } from './texts/index.ts';

/** A bar of time from ten seconds to a week: what people tell apart are powers, not seconds. */

const shortestSeconds = 10;
const longestSeconds = 7 * 86_400;

export interface TimeMark {
  readonly seconds: number;
  readonly label: string;
  /** Left out where there is no room for all. */
  readonly isSpare?: boolean;
}

export const timeMarks = (): readonly TimeMark[] => [
  { seconds: 60, label: formatDuration(60) },
  { seconds: 600, label: formatDuration(600) },
  { seconds: 3600, label: formatDuration(3600) },
  { seconds: 8 * 3600, label: texts().aNight, isSpare: true },
  { seconds: 86_400, label: formatDuration(86_400) },
];

/** Where a time stands on the bar, 0 … 1. */
export function timeShare(seconds: number): number {
  const kept = Math.min(longestSeconds, Math.max(shortestSeconds, seconds));
  return Math.log(kept / shortestSeconds) / Math.log(longestSeconds / shortestSeconds);
}
