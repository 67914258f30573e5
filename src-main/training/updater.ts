/** One update of the weights: forward, backward, the checks, the optimiser. */
import { LensmithError, throwIfCancelled } from '../base/errors.ts';
import type { StepPlan } from '../data/loader.ts';
import type { StepBatch } from './batch.ts';
import { DivergenceWatch, explainMemory, requireFinite } from './diagnosis.ts';
import type { ExplainedRun } from './diagnosis.ts';
import { AdamW, optimizerSettings } from './optimizer.ts';
import type { MeasuredGradients } from './optimizer.ts';
import type { LogLine } from './run-log.ts';
import type { SampleLossValue } from './sample-log.ts';
import { scheduleFactor } from './schedule.ts';
import { runStep, stepSeed } from './step.ts';
import type { StepResult } from './step.ts';
import type { TrainingRun } from './training-run.ts';

export type StepNumbers = Pick<LogLine, 'loss' | 'gradNorm' | 'learningRate'> & {
  readonly sampleLosses: readonly SampleLossValue[];
};

export const leavesDeviceNote =
  "The device is full: the optimiser's state lies in the machine's memory from now on, which makes each step a little longer.";

export const recomputesNote =
  'There is no room to keep activations: those of all layers are computed twice from now on, which makes each step longer.';

/** What an update needs of a run. */
export type UpdatedRun = ExplainedRun &
  Pick<TrainingRun, 'signal'> & { readonly data: Pick<TrainingRun['data'], 'idOf'> };

/** Of one step, before anything has changed. */
interface StepGradients extends Disposable {
  readonly result: StepResult;
  readonly measured: MeasuredGradients;
}

export class Updater implements Disposable {
  readonly optimizer: AdamW;
  readonly divergence: DivergenceWatch;
  readonly #run: UpdatedRun;
  readonly #totalSteps: number;
  readonly #note: (text: string) => void;
  #recompute: number;

  /** @param note told of what is done otherwise than was planned */
  constructor(run: UpdatedRun, totalSteps: number, note: (text: string) => void) {
    this.optimizer = new AdamW(run.trainables, {
      ...optimizerSettings(run.settings),
      onLeaveDevice: () => note(leavesDeviceNote),
    });
    this.divergence = new DivergenceWatch(run.loaded.model.languageModel.config.vocabSize);
    this.#run = run;
    this.#totalSteps = totalSteps;
    this.#note = note;
    this.#recompute = run.settings.recompute;
  }

  /**
   * The weights change only once the loss and the gradients are known to be sound.
   * @param done    updates before this one
   * @param failure what went wrong beside it, which ends it too; null for nothing
   */
  async update(
    batch: StepBatch,
    plan: StepPlan,
    done: number,
    failure: () => unknown,
  ): Promise<StepNumbers> {
    const { settings, data, signal } = this.#run;
    const step = done + 1;
    try {
      using gradients = await this.#withRecomputation(() =>
        this.optimizer.withRoom(() => this.#gradients(batch, step)),
      );
      const { result, measured } = gradients;
      throwIfCancelled(signal, 'Training');
      const beside = failure();
      if (beside !== null) throw beside;
      const factor = this.#scheduleFactor(done);
      const learningRate = this.#loggedRate * factor;
      const sampleIds = plan.flat().map((index) => data.idOf(index));
      const facts = { step, loss: result.loss, gradNorm: measured.norm, learningRate, sampleIds };
      await requireFinite(facts, result);
      this.divergence.observe(facts);
      const sampleLosses = await result.sampleLosses();
      this.optimizer.apply(measured, ({ part }) => settings.learningRates[part] * factor);
      return { ...facts, sampleLosses };
    } catch (error) {
      // As it was tried last: advice must not be what has just failed.
      const tried = { ...settings, recompute: this.#recompute };
      throw explainMemory(error, { ...this.#run, settings: tried }, batch);
    }
  }

  /** Once more, computing all activations twice, where some were kept because they should have fitted. */
  async #withRecomputation<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const isFull = error instanceof LensmithError && error.code === 'memory/out-of-memory';
      const { recomputableLayers } = this.#run.loaded.model.languageModel;
      const isLast = this.#recompute >= recomputableLayers;
      if (!isFull || isLast || !this.#run.settings.recomputeWhenFull) throw error;
      this.#recompute = recomputableLayers;
      this.#note(recomputesNote);
      return work();
    }
  }

  async #gradients(batch: StepBatch, step: number): Promise<StepGradients> {
    const { loaded, settings } = this.#run;
    const result = await runStep(loaded.model, batch, {
      recompute: this.#recompute,
      dropoutSeed: stepSeed(settings.seed, step),
    });
    try {
      const measured = await this.optimizer.measure(result.gradients);
      return {
        result,
        measured,
        [Symbol.dispose]() {
          measured[Symbol.dispose]();
          result[Symbol.dispose]();
        },
      };
    } catch (error) {
      result[Symbol.dispose]();
      throw error;
    }
  }

  #scheduleFactor(done: number): number {
    const { schedule, warmupSteps } = this.#run.settings;
    return scheduleFactor({ schedule, warmupSteps, totalSteps: this.#totalSteps }, done);
  }

  /** Of the language model, or of the part that trains when it rests. */
  get #loggedRate(): number {
    const { learningRates, parts } = this.#run.settings;
    return learningRates[parts.includes('llm') ? 'llm' : (parts[0] ?? 'llm')];
  }

  [Symbol.dispose](): void {
    this.optimizer[Symbol.dispose]();
  }
}
