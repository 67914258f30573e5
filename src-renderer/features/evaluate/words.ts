/** Scores and slices in words. */
import type {
  Comparison,
  Interval,
  MetricFacts,
  MetricRow,
  Slice,
} from '../../../src-main/ipc/contract/evaluations.ts';
import { formatCount, formatLoss, formatPercent } from '../../ui/format.ts';
import { texts } from './texts/index.ts';

export const metricName = ({ id, title }: MetricFacts): string => texts().metricNames[id] ?? title;
export const metricHint = ({ id }: MetricFacts): string => texts().metricHints[id] ?? '';

/** 0.413 of a loss, 72% of a score from 0 to 1. */
export function scoreWords({ kind }: Pick<MetricFacts, 'kind'>, value: number): string {
  return kind === 'loss' ? formatLoss(value) : formatPercent(value);
}

const signed = (value: number, words: string): string => (value > 0 ? `+${words}` : words);

/** What training changed: +12 points, −0.41. */
export function differenceWords(metric: Pick<MetricFacts, 'kind'>, value: number): string {
  const size = Math.abs(value);
  const sign = value < 0 ? '−' : '';
  if (metric.kind === 'loss') return signed(value, `${sign}${formatLoss(size)}`);
  const points = formatCount(100 * size);
  // Less than half a point is none, whatever its sign.
  return texts().points(points === '0' ? '0' : signed(value, `${sign}${points}`));
}

export function intervalWords(
  metric: Pick<MetricFacts, 'kind'>,
  interval: Interval | null,
): string {
  if (interval === null) return '';
  const { low, high } = interval;
  return texts().interval(scoreWords(metric, low), scoreWords(metric, high));
}

/** Whether training helped: told only where the interval of the difference leaves out zero. */
export function verdictOf(
  { kind }: Pick<MetricFacts, 'kind'>,
  { difference: { interval } }: Pick<Comparison, 'difference'>,
): 'better' | 'worse' | 'open' {
  if (interval === null || (interval.low <= 0 && interval.high >= 0)) return 'open';
  return interval.low > 0 === (kind === 'answer') ? 'better' : 'worse';
}

export const sliceName = ({ group, name }: Slice): string =>
  texts().sliceNames[`${group} ${name}`] ?? name;

/** The metric that a page begins with: the first that compares answers. */
export const leadingOf = (rows: readonly MetricFacts[]): MetricFacts | undefined =>
  rows.find(({ kind }) => kind === 'answer') ?? rows[0];

export const headlineWords = ({ metric, base, tuned }: MetricRow): string =>
  `${scoreWords(metric, base.value)} → ${scoreWords(metric, tuned.value)}`;
