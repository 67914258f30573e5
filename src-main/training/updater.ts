/** One update of the weights: forward, backward, the checks, the optimiser. */
import { throwIfCancelled } from '../base/errors.ts';
import type { StepPlan } from '../data/loader.ts';
import type { StepBatch } from './batch.ts';
import { DivergenceWatch, explainMemory, requireFinite } from './diagnosis.ts';
import { AdamW, adamWDefaults } from './optimizer.ts';
import type { LogLine } from './run-log.ts';
import type { SampleLossValue } from './sample-log.ts';
import { scheduleFactor } from './schedule.ts';
import { runStep, stepSeed } from './step.ts';
import type { TrainingRun } from './training-run.ts';

export type StepNumbers = Pick<LogLine, 'loss' | 'gradNorm' | 'learningRate'> & {
  readonly sampleLosses: readonly SampleLossValue[];
};

export class Updater implements Disposable {
  readonly optimizer: AdamW;
  readonly divergence: DivergenceWatch;
  readonly #run: TrainingRun;
  readonly #totalSteps: number;

  constructor(run: TrainingRun, totalSteps: number) {
    const { weightDecay, maxGradNorm } = run.settings;
    this.optimizer = new AdamW(run.trainables, { ...adamWDefaults, weightDecay, maxGradNorm });
    this.divergence = new DivergenceWatch(run.loaded.model.languageModel.config.vocabSize);
    this.#run = run;
    this.#totalSteps = totalSteps;
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
    const { loaded, settings, data, signal } = this.#run;
    const step = done + 1;
    try {
      using result = await runStep(loaded.model, batch, {
        recompute: settings.recompute,
        dropoutSeed: stepSeed(settings.seed, step),
      });
      using measured = await this.optimizer.measure(result.gradients);
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
      throw explainMemory(error, this.#run, batch);
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
