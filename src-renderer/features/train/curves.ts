/** From the lines of runs to the curves of charts. */
import type { RunEvaluation, RunLine } from '../../../src-main/ipc/contract/runs.ts';
import type { Curve } from '../../charts/aligned.ts';
import { formatBytes, formatCount, formatNumber } from '../../ui/format.ts';
import type { MetricName } from './logs/parse-log.ts';
import { texts } from './texts/index.ts';

/** A run as it is drawn: of the project, or of a log file. */
export interface DrawnRun {
  readonly id: string;
  readonly name: string;
  readonly look: number;
  readonly steps: readonly number[];
  readonly metrics: Readonly<Record<MetricName, readonly number[]>>;
  readonly evaluations: readonly Pick<RunEvaluation, 'step' | 'loss'>[];
}

export function metricsOf(lines: readonly RunLine[]): DrawnRun['metrics'] {
  return {
    loss: lines.map(({ loss }) => loss),
    learningRate: lines.map(({ learningRate }) => learningRate),
    gradNorm: lines.map(({ gradNorm }) => gradNorm),
    supervisedTokens: lines.map(({ supervisedTokens }) => supervisedTokens),
    tokens: lines.map(({ tokens }) => tokens),
    tokensPerSecond: lines.map(({ tokensPerSecond }) => tokensPerSecond),
    peakMemoryBytes: lines.map(({ peakMemoryBytes }) => peakMemoryBytes),
  };
}

export function metricCurves(runs: readonly DrawnRun[], metric: MetricName): Curve[] {
  return runs.map(({ id, name, look, steps, metrics }) => ({
    ...{ id, name, look },
    xs: steps,
    ys: metrics[metric],
  }));
}

/** The loss of training, and that of held-out samples as dots: in a colour of its own in one run. */
export function lossCurves(runs: readonly DrawnRun[]): Curve[] {
  const dots = runs
    .filter(({ evaluations }) => evaluations.length > 0)
    .map(({ id, name, look, evaluations }) => ({
      id: `${id} held out`,
      name: runs.length === 1 ? texts().heldOutTitle : texts().heldOutOf(name),
      look: runs.length === 1 ? 1 : look,
      xs: evaluations.map(({ step }) => step),
      ys: evaluations.map(({ loss }) => loss),
      isDots: true,
    }));
  return [...metricCurves(runs, 'loss'), ...dots];
}

/** The charts beneath the loss. */
export const smallCharts = (): readonly {
  readonly metric: MetricName;
  readonly title: string;
  readonly format: (value: number) => string;
}[] => [
  { metric: 'learningRate', title: texts().settingTitles.learningRate, format: formatNumber },
  { metric: 'gradNorm', title: texts().gradientNorm, format: formatNumber },
  { metric: 'tokensPerSecond', title: texts().tokensASecond, format: formatCount },
  { metric: 'peakMemoryBytes', title: texts().memory, format: formatBytes },
];
