/** How sure a score is: intervals that hold the true value in 95 of 100 such experiments. */
import { Random } from '../base/random.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Quantile of the normal distribution that leaves 2.5 % on each side. */
const z = 1.959963984540054;

/**
 * Wilson score interval of a rate:
 * (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n), p = successes / n.
 * @returns null without trials
 * @source Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference"
 */
export function wilsonInterval(successes: number, n: number): Interval | null {
  if (n === 0) return null;
  const p = successes / n;
  const centre = p + (z * z) / (2 * n);
  const spread = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  const clamp = (value: number): number => Math.min(1, Math.max(0, value));
  return { low: clamp((centre - spread) / scale), high: clamp((centre + spread) / scale) };
}

/** Scores of two models on the same samples, in the same order. */
export interface PairedScores {
  readonly base: readonly number[];
  readonly tuned: readonly number[];
  /** How much each sample counts; of a loss its tokens. */
  readonly weights: readonly number[];
}

export interface PairedIntervals {
  readonly base: Interval;
  readonly tuned: Interval;
  /** Of tuned − base. */
  readonly difference: Interval;
}

/** Larger sets need fewer draws for ends as steady. */
const drawnAtMost = 1_000_000;
const [fewestDraws, mostDraws] = [200, 1000];

/**
 * Weighted means: Σ w·score / Σ w.
 * @returns null without samples
 */
export function pairedMeans({ base, tuned, weights }: PairedScores): {
  readonly base: number;
  readonly tuned: number;
} | null {
  let [sumBase, sumTuned, sum] = [0, 0, 0];
  for (const [i, weight] of weights.entries()) {
    sumBase += weight * (base[i] as number);
    sumTuned += weight * (tuned[i] as number);
    sum += weight;
  }
  return sum === 0 ? null : { base: sumBase / sum, tuned: sumTuned / sum };
}

/**
 * Percentile bootstrap over samples: both models are drawn with the same samples each time, so that
 * what is hard for both leaves the interval of their difference narrow. The same scores give the
 * same intervals.
 * @returns null below two samples
 * @source Efron 1979; paired as Koehn 2004, "Statistical Significance Tests for Machine Translation Evaluation"
 */
export function pairedBootstrap(scores: PairedScores, seed = 0): PairedIntervals | null {
  const n = scores.weights.length;
  if (n < 2) return null;
  const draws = Math.min(mostDraws, Math.max(fewestDraws, Math.ceil(drawnAtMost / n)));
  const random = new Random(seed);
  const means = { base: new Float64Array(draws), tuned: new Float64Array(draws) };
  for (let draw = 0; draw < draws; draw++) {
    let [base, tuned, sum] = [0, 0, 0];
    for (let k = 0; k < n; k++) {
      const i = random.uint32() % n;
      const weight = scores.weights[i] as number;
      base += weight * (scores.base[i] as number);
      tuned += weight * (scores.tuned[i] as number);
      sum += weight;
    }
    means.base[draw] = base / sum;
    means.tuned[draw] = tuned / sum;
  }
  const difference = means.tuned.map((value, i) => value - (means.base[i] as number));
  return {
    base: middle95(means.base),
    tuned: middle95(means.tuned),
    difference: middle95(difference),
  };
}

function middle95(values: Float64Array): Interval {
  const sorted = values.slice().sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] as number;
  return { low: at(0.025), high: at(0.975) };
}
