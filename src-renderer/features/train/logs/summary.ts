import type { ParsedLog } from './parse-log.ts';

/** A run in one row; undefined where the log does not say. */
export interface Summary {
  readonly steps: number;
  readonly firstLoss: number | undefined;
  readonly lastLoss: number | undefined;
  readonly best: { readonly loss: number; readonly step: number } | undefined;
  readonly medianTokensPerSecond: number | undefined;
  readonly peakMemoryBytes: number | undefined;
}

/** The middle of the finite values (the mean of the middle two), undefined where there is none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

export function summarize({ steps, metrics }: ParsedLog): Summary {
  let best: Summary['best'];
  metrics.loss.forEach((loss, i) => {
    if (best === undefined || loss < best.loss) best = { loss, step: steps[i] ?? 0 };
  });
  const peak = metrics.peakMemoryBytes.reduce((most, bytes) => (bytes > most ? bytes : most), -1);
  return {
    steps: steps.length,
    firstLoss: metrics.loss[0],
    lastLoss: metrics.loss.at(-1),
    best,
    medianTokensPerSecond: median(metrics.tokensPerSecond),
    peakMemoryBytes: peak < 0 ? undefined : peak,
  };
}
