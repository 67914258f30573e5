/** Says why a run cannot go on. */
import { LensmithError } from '../base/errors.ts';
import { tailTokens } from '../data/packing.ts';
import type { StepBatch } from './batch.ts';
import { outOfMemory } from './memory-plan.ts';
import type { StepResult } from './step.ts';
import type { TrainingRun } from './training-run.ts';

export interface StepFacts {
  /** From 1. */
  readonly step: number;
  readonly loss: number;
  readonly gradNorm: number;
  readonly learningRate: number;
  readonly sampleIds: readonly string[];
}

/** @throws training/not-finite naming the step, the samples and what to try */
export async function requireFinite(facts: StepFacts, result: StepResult): Promise<void> {
  if (Number.isFinite(facts.loss) && Number.isFinite(facts.gradNorm)) return;
  const losses = await result.sampleLosses();
  const broken = losses.filter(({ loss }) => !Number.isFinite(loss)).map(({ id }) => id);
  const all = broken.length === losses.length;
  throw new LensmithError(
    'training/not-finite',
    `Training stopped in step ${facts.step}: the ${Number.isFinite(facts.loss) ? 'gradient' : 'loss'} is no longer a number.`,
    {
      expected: 'a finite loss and gradient norm',
      got: [
        `loss ${facts.loss}, gradient norm ${facts.gradNorm}, learning rate ${facts.learningRate}`,
        broken.length > 0
          ? `not finite in: ${names(broken)}`
          : `samples: ${names(facts.sampleIds)}`,
      ].join('; '),
      hint:
        broken.length > 0 && !all
          ? 'Look at the named samples; the weights were not changed by this step.'
          : 'Lower the learning rate or add warm-up steps; the weights were not changed by this step. ' +
            'When it is the first step, the model itself holds values that are not finite.',
    },
  );
}

export type ExplainedRun = Pick<
  TrainingRun,
  'loaded' | 'trainables' | 'settings' | 'memoryLimitBytes'
>;

/** A lack of memory with what the step needs and what would fit; other errors as they are. */
export function explainMemory(error: unknown, run: ExplainedRun, batch: StepBatch): unknown {
  if (!(error instanceof LensmithError) || error.code !== 'memory/out-of-memory') return error;
  const { loaded, trainables, settings, memoryLimitBytes } = run;
  const largest = (of: (micro: StepBatch['microBatches'][number]) => number): number =>
    Math.max(...batch.microBatches.map(of));
  const shape = {
    tokens: largest(({ packed }) => packed.inputIds.length),
    supervisedTokens: largest(({ packed }) => packed.rows.length),
    tailTokens: largest(({ packed }) => tailTokens(packed)),
    images: largest(({ packed }) => packed.imageCounts.reduce((sum, count) => sum + count, 0)),
    recompute: settings.recompute,
  };
  return outOfMemory(loaded, trainables, shape, settings, memoryLimitBytes, error);
}

function names(ids: readonly string[]): string {
  return ids.length <= 8
    ? ids.join(', ')
    : `${ids.slice(0, 8).join(', ')} and ${ids.length - 8} more`;
}

const patienceSteps = 5;

/**
 * Notices a loss that runs away: five steps in a row above three times the best
 * smoothed loss so far and above twice that of guessing blindly, ln V.
 */
export class DivergenceWatch {
  readonly #guessing: number;
  #smoothed: number | null = null;
  #best = Infinity;
  #above = 0;

  constructor(vocabSize: number) {
    this.#guessing = Math.log(vocabSize);
  }

  /** @throws training/diverged */
  observe(facts: StepFacts): void {
    const { loss } = facts;
    this.#smoothed = this.#smoothed === null ? loss : 0.8 * this.#smoothed + 0.2 * loss;
    const runaway = loss > 3 * this.#best && loss > 2 * this.#guessing;
    this.#above = runaway ? this.#above + 1 : 0;
    if (!runaway) this.#best = Math.min(this.#best, this.#smoothed);
    if (this.#above < patienceSteps) return;
    throw new LensmithError(
      'training/diverged',
      `Training stopped in step ${facts.step}: the loss runs away.`,
      {
        expected: `a loss near its best so far, ${this.#best.toPrecision(4)}`,
        got: `${loss.toPrecision(4)} after ${patienceSteps} rising steps, gradient norm ${facts.gradNorm.toPrecision(4)}, learning rate ${facts.learningRate}`,
        hint: 'Lower the learning rate, add warm-up steps, or clip gradients with --max-grad-norm 1; resume from the last checkpoint.',
      },
    );
  }

  get state(): readonly [smoothed: number | null, best: number | null, above: number] {
    return [this.#smoothed, Number.isFinite(this.#best) ? this.#best : null, this.#above];
  }

  restore([smoothed, best, above]: readonly [number | null, number | null, number]): void {
    this.#smoothed = smoothed;
    this.#best = best ?? Infinity;
    this.#above = above;
  }
}
