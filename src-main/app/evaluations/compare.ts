/** Two models by a metric: over all samples, over slices, sample by sample. */
import { LensmithError } from '../../base/errors.ts';
import { pairedBootstrap, pairedMeans, wilsonInterval } from '../../eval/statistics.ts';
import type { PairedScores } from '../../eval/statistics.ts';
import type {
  Comparison,
  Estimate,
  MetricFacts,
  MetricRow,
  Outcome,
  SliceGroup,
  SliceRow,
} from '../../ipc/contract/evaluations.ts';
import type { SampleRecord } from './records.ts';

/** From here on an answer counts as right; for metrics of 0 and 1 that is 1. */
const rightFrom = 0.5;

/** @throws evaluations/unknown-metric */
export function metricOf(metrics: readonly MetricFacts[], id: string): MetricFacts {
  const metric = metrics.find((one) => one.id === id);
  if (metric !== undefined) return metric;
  throw new LensmithError('evaluations/unknown-metric', `The evaluation has no metric "${id}".`, {
    expected: metrics.map((one) => one.id).join(', '),
  });
}

/** The one that lists and counts go by: the first that compares answers, or else the loss. */
export function leadingMetric(metrics: readonly MetricFacts[]): MetricFacts | undefined {
  return metrics.find(({ kind }) => kind === 'answer') ?? metrics[0];
}

/** Scores of the samples that both models were scored on. */
function pairsOf(samples: readonly SampleRecord[], { id, kind }: MetricFacts): PairedScores {
  const pairs = { base: [] as number[], tuned: [] as number[], weights: [] as number[] };
  for (const { base, tuned } of samples) {
    const [a, b] = [base?.scores[id], tuned?.scores[id]];
    if (a === undefined || b === undefined) continue;
    pairs.base.push(a);
    pairs.tuned.push(b);
    pairs.weights.push(kind === 'loss' ? (base?.tokens ?? 0) : 1);
  }
  return pairs;
}

/** @returns null where nothing is scored by the metric on both sides */
export function compare(samples: readonly SampleRecord[], metric: MetricFacts): Comparison | null {
  const pairs = pairsOf(samples, metric);
  const means = pairedMeans(pairs);
  if (means === null) return null;
  const n = pairs.weights.length;
  const intervals = pairedBootstrap(pairs);
  const isRate =
    metric.isBinary && [...pairs.base, ...pairs.tuned].every((value) => value === 0 || value === 1);
  const sideOf = (side: 'base' | 'tuned'): Estimate =>
    isRate
      ? rate(pairs[side])
      : { value: means[side], interval: intervals?.[side] ?? null, method: methodOf(intervals) };
  return {
    n,
    base: sideOf('base'),
    tuned: sideOf('tuned'),
    difference: {
      value: means.tuned - means.base,
      interval: intervals?.difference ?? null,
      method: methodOf(intervals),
    },
  };
}

const methodOf = (intervals: object | null): 'bootstrap' | null =>
  intervals === null ? null : 'bootstrap';

function rate(values: readonly number[]): Estimate {
  const right = values.filter((value) => value === 1).length;
  const interval = wilsonInterval(right, values.length);
  return { value: right / values.length, interval, method: 'wilson' };
}

export function summaryOf(
  samples: readonly SampleRecord[],
  metrics: readonly MetricFacts[],
): MetricRow[] {
  return metrics.flatMap((metric) => {
    const found = compare(samples, metric);
    return found === null ? [] : [{ metric, ...found }];
  });
}

/** A row a slice; one that holds all samples says no more than the whole and is left out. */
export function slicesOf(samples: readonly SampleRecord[], metric: MetricFacts): SliceRow[] {
  const groups = new Map<string, { group: SliceGroup; name: string; samples: SampleRecord[] }>();
  for (const sample of samples) {
    for (const { group, name } of sample.facts.slices) {
      const key = `${group}\n${name}`;
      const known = groups.get(key);
      if (known === undefined) groups.set(key, { group, name, samples: [sample] });
      else known.samples.push(sample);
    }
  }
  return [...groups.values()].flatMap(({ group, name, samples: own }) => {
    if (own.length === samples.length) return [];
    const found = compare(own, metric);
    return found === null ? [] : [{ group, name, ...found }];
  });
}

/** @returns null where one of the models has no score */
export function outcomeOf({ base, tuned }: SampleRecord, metric: MetricFacts): Outcome | null {
  const [a, b] = [base?.scores[metric.id], tuned?.scores[metric.id]];
  if (a === undefined || b === undefined) return null;
  if (metric.kind === 'loss') return b < a ? 'fixed' : b > a ? 'regressed' : 'both-right';
  const [wasRight, isRight] = [a >= rightFrom, b >= rightFrom];
  if (wasRight) return isRight ? 'both-right' : 'regressed';
  return isRight ? 'fixed' : 'both-wrong';
}

/** How far a sample is from right, for lists that begin with the worst; unscored ones stand last. */
export function badness({ tuned }: SampleRecord, metric: MetricFacts): number {
  const score = tuned?.scores[metric.id];
  if (score === undefined) return -Infinity;
  return metric.kind === 'loss' ? score : 1 - score;
}

/** Worst answers of the tuned model first; of equal ones those of the higher loss. */
export function worstFirst(samples: readonly SampleRecord[], metric: MetricFacts): SampleRecord[] {
  const lossOf = ({ tuned }: SampleRecord): number => tuned?.scores['loss'] ?? 0;
  return samples.toSorted(
    (a, b) =>
      badness(b, metric) - badness(a, metric) || lossOf(b) - lossOf(a) || a.position - b.position,
  );
}
