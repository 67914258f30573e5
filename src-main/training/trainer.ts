/** The training loop: data in order, steps, log, evaluation, checkpoints, the result. */
import { LensmithError, cancelledError, throwIfCancelled } from '../base/errors.ts';
import { DataOrder, prefetch, stepsPerEpoch } from '../data/loader.ts';
import type { DataCursor, StepPlan } from '../data/loader.ts';
import { cancelQueuedWork, memoryStats, resetPeakMemory, synchronize } from '../tensor/device.ts';
import { makeMicroBatch, stepBatch } from './batch.ts';
import type { StepBatch } from './batch.ts';
import type { CheckpointContents, CheckpointStore, TrainerState } from './checkpoint.ts';
import { DivergenceWatch, explainMemory, requireFinite } from './diagnosis.ts';
import { EarlyStopping } from './early-stopping.ts';
import { evaluateHeldOut } from './evaluation.ts';
import type { HeldOutResult } from './evaluation.ts';
import { AdamW, adamWDefaults } from './optimizer.ts';
import { writeResult } from './result.ts';
import { RunLog } from './run-log.ts';
import type { LogLine } from './run-log.ts';
import { SampleLog, sampleLogPath } from './sample-log.ts';
import type { SampleLossValue } from './sample-log.ts';
import { scheduleFactor } from './schedule.ts';
import { requireSameRun } from './settings.ts';
import { StepClock } from './step-clock.ts';
import { runStep, stepSeed } from './step.ts';
import { checkpointsOf, outputPathOf, totalStepsOf } from './training-run.ts';
import type { TrainingResult, TrainingRun } from './training-run.ts';

const isAsked = (signal: AbortSignal | undefined): boolean => signal?.aborted ?? false;

type StepNumbers = Pick<LogLine, 'loss' | 'gradNorm' | 'learningRate'> & {
  readonly sampleLosses: readonly SampleLossValue[];
};

interface Logs {
  readonly steps: RunLog;
  readonly samples: SampleLog;
}

const keptCheckpoints = 2;
const defaultSaveEvery = 500;
/** Epochs of a few steps would spend more time on checkpoints than on learning. */
const fewestStepsBetween = 50;

/**
 * Trains to the end, an early stop, or an error; checkpoints stay in OUT/checkpoints.
 * @throws training/not-finite, training/diverged, training/resume-mismatch,
 *         memory/out-of-memory with settings that would fit, io/disk-full, job/cancelled,
 *         device/lost with the way to go on
 */
export async function train(run: TrainingRun): Promise<TrainingResult> {
  throwIfCancelled(run.signal, 'Training');
  const trainer = new Trainer(run);
  run.signal?.addEventListener('abort', cancelQueuedWork);
  try {
    return await trainer.run();
  } catch (error) {
    if (run.signal?.aborted) throw cancelledError('Training', await adviceToGoOn(run));
    if (error instanceof LensmithError && error.code === 'device/lost') {
      throw lostError(error, await adviceToGoOn(run));
    }
    throw error;
  } finally {
    run.signal?.removeEventListener('abort', cancelQueuedWork);
    // A cancelled device says so once; it is nobody else's error.
    if (run.signal?.aborted) await synchronize().catch(() => undefined);
    trainer[Symbol.dispose]();
  }
}

/** What was on the device is gone with it; what the last checkpoint has is not. */
function lostError(error: LensmithError, advice: string): LensmithError {
  const { code, message, expected, got, hint = '' } = error;
  return new LensmithError(code, message, {
    expected,
    got,
    hint: `${hint} ${advice}`,
    cause: error,
  });
}

async function adviceToGoOn({ outDir }: TrainingRun): Promise<string> {
  const steps = await checkpointsOf(outDir)
    .steps()
    .catch(() => []);
  const last = steps.at(-1);
  return last === undefined
    ? 'There is no checkpoint yet: the same command starts it again.'
    : `Add --resume to the same command to go on after step ${last}.`;
}

class Trainer implements Disposable {
  readonly #run: TrainingRun;
  readonly #optimizer: AdamW;
  readonly #store: CheckpointStore;
  readonly #divergence: DivergenceWatch;
  readonly #totalSteps: number;
  readonly #stepsPerEpoch: number;
  readonly #evaluations: { step: number; loss: number }[] = [];
  #earlyStopping: EarlyStopping;
  #step = 0;
  #savedStep = 0;
  #cursor: DataCursor | null = null;
  #prefetchFailure: unknown = null;

  constructor(run: TrainingRun) {
    const { settings, trainables } = run;
    this.#run = run;
    const { weightDecay, maxGradNorm } = settings;
    this.#optimizer = new AdamW(trainables, { ...adamWDefaults, weightDecay, maxGradNorm });
    this.#store = checkpointsOf(run.outDir);
    this.#divergence = new DivergenceWatch(run.loaded.model.languageModel.config.vocabSize);
    this.#earlyStopping = new EarlyStopping(settings.patience);
    this.#totalSteps = totalStepsOf(settings, run.data.size);
    this.#stepsPerEpoch = stepsPerEpoch({ ...settings, sampleCount: run.data.size });
  }

  async run(): Promise<TrainingResult> {
    const { onEvent, logPath } = this.#run;
    if (this.#run.resume) await this.#restore();
    const { log, lines } = await RunLog.open(logPath, this.#step);
    await using steps = log;
    await using samples = await SampleLog.open(sampleLogPath(logPath), this.#step);
    const logs: Logs = { steps, samples };
    resetPeakMemory();
    onEvent?.({ kind: 'start', totalSteps: this.#totalSteps, resumedFrom: this.#step });
    if (this.#run.evaluatesFirst && this.#step === 0) await this.#evaluateUntaught(logs);
    await this.#loop(logs, lines);
    const paused = this.#isPaused;
    const savedStep = paused ? this.#savedStep : await this.#writeResult();
    return {
      steps: this.#step,
      epochs: this.#step / this.#stepsPerEpoch,
      lines,
      evaluations: this.#evaluations,
      best: this.#earlyStopping.state.best,
      stoppedEarly: this.#step < this.#totalSteps && !paused,
      paused,
      savedStep,
      outputPath: outputPathOf(this.#run),
    };
  }

  async #restore(): Promise<void> {
    const last = (await this.#store.steps()).at(-1);
    if (last === undefined) return;
    const saved = await this.#store.readState(last);
    requireSameRun(saved.fingerprint, this.#run.fingerprint, this.#store.pathOf(last));
    const state = await this.#store.restore(last, this.#contents);
    this.#step = state.step;
    this.#savedStep = state.step;
    this.#cursor = state.cursor;
    this.#divergence.restore(state.divergence);
    this.#evaluations.push(...state.evaluations);
    this.#earlyStopping = new EarlyStopping(this.#run.settings.patience, state.earlyStopping);
  }

  async #loop(logs: Logs, lines: LogLine[]): Promise<void> {
    const { settings, data } = this.#run;
    const order = new DataOrder({ ...settings, sampleCount: data.size }, this.#cursor ?? undefined);
    const batches = prefetch(order, this.#totalSteps - this.#step, (plan) => this.#prepare(plan));
    const clock = new StepClock();
    for await (const { plan, cursor, value } of this.#isOver ? [] : batches) {
      const facts = await this.#update(value, plan);
      this.#step++;
      this.#cursor = cursor;
      const line = this.#logLine(value, facts, clock.lap());
      await logs.steps.append(line);
      await logs.samples.append(this.#step, 'train', facts.sampleLosses);
      lines.push(line);
      const secondsLeft = clock.secondsFor(this.#totalSteps - this.#step);
      this.#run.onEvent?.({ kind: 'step', line, secondsLeft });
      const saved = await this.#afterStep(logs);
      clock.skip();
      // An end that was asked for since then waits for the next step, which gets its checkpoint.
      if (saved && this.#isOver) break;
    }
  }

  /** Before the last step, or at once when nothing is to be done any more. */
  get #isOver(): boolean {
    const { ending } = this.#run;
    return this.#earlyStopping.shouldStop || isAsked(ending?.pause) || isAsked(ending?.finish);
  }

  get #isPaused(): boolean {
    const { ending } = this.#run;
    const isDone = this.#step === this.#totalSteps || this.#earlyStopping.shouldStop;
    return !isDone && isAsked(ending?.pause) && !isAsked(ending?.finish);
  }

  async #prepare(plan: StepPlan): Promise<StepBatch> {
    const { data, features, signal } = this.#run;
    try {
      const microBatches = [];
      for (const indices of plan) {
        const samples = [];
        for (const index of indices) samples.push(await data.prepared(index, signal));
        microBatches.push(await makeMicroBatch(samples, features, signal));
      }
      return stepBatch(microBatches);
    } catch (error) {
      // The device reports a fault to one reader only: the step at work must hear of it too.
      this.#prefetchFailure ??= error;
      throw error;
    }
  }

  /** One step; the weights change only once its loss and gradients are known to be sound. */
  async #update(batch: StepBatch, plan: StepPlan): Promise<StepNumbers> {
    const { loaded, settings, data, signal } = this.#run;
    const step = this.#step + 1;
    try {
      using result = await runStep(loaded.model, batch, {
        recompute: settings.recompute,
        dropoutSeed: stepSeed(settings.seed, step),
      });
      using measured = await this.#optimizer.measure(result.gradients);
      throwIfCancelled(signal, 'Training');
      if (this.#prefetchFailure !== null) throw this.#prefetchFailure;
      const learningRate = this.#learningRate;
      const sampleIds = plan.flat().map((index) => data.idOf(index));
      const facts = { step, loss: result.loss, gradNorm: measured.norm, learningRate, sampleIds };
      await requireFinite(facts, result);
      this.#divergence.observe(facts);
      const sampleLosses = await result.sampleLosses();
      const factor = this.#scheduleFactor;
      this.#optimizer.apply(measured, ({ part }) => settings.learningRates[part] * factor);
      return { ...facts, sampleLosses };
    } catch (error) {
      throw explainMemory(error, this.#run, batch);
    }
  }

  get #scheduleFactor(): number {
    const { schedule, warmupSteps } = this.#run.settings;
    return scheduleFactor({ schedule, warmupSteps, totalSteps: this.#totalSteps }, this.#step);
  }

  /** Of the language model, or of the part that trains when it rests. */
  get #learningRate(): number {
    const { learningRates, parts } = this.#run.settings;
    const part = parts.includes('llm') ? 'llm' : (parts[0] ?? 'llm');
    return learningRates[part] * this.#scheduleFactor;
  }

  #logLine(
    batch: StepBatch,
    { loss, gradNorm, learningRate }: StepNumbers,
    seconds: number,
  ): LogLine {
    return {
      step: this.#step,
      loss,
      learningRate,
      gradNorm,
      supervisedTokens: batch.supervisedTokens,
      tokens: batch.tokens,
      tokensPerSecond: Math.round((batch.tokens / seconds) * 10) / 10,
      peakMemoryBytes: memoryStats().peakBytes,
    };
  }

  /** @returns whether the step got a checkpoint */
  async #afterStep(logs: Logs): Promise<boolean> {
    const { evalEvery, saveEvery, heldOut } = this.#run;
    const last = this.#step === this.#totalSteps;
    const epochEnds = this.#step % this.#stepsPerEpoch === 0;
    const due = (every: number | null): boolean =>
      every === null ? epochEnds : this.#step % every === 0;
    let better = false;
    if (heldOut !== null && (last || due(evalEvery))) better = await this.#evaluate(heldOut, logs);
    const spaced = this.#step - this.#savedStep >= fewestStepsBetween;
    const byDefault = (epochEnds && spaced) || this.#step % defaultSaveEvery === 0;
    const regular = saveEvery === null ? byDefault : due(saveEvery);
    if (!(last || better || regular || this.#isOver)) return false;
    await logs.steps.sync();
    await logs.samples.sync();
    const path = await this.#store.save(this.#state, this.#contents);
    this.#savedStep = this.#step;
    throwIfCancelled(this.#run.signal, 'Training');
    const best = this.#earlyStopping.state.best;
    await this.#store.prune(keptCheckpoints, best === null ? [] : [best.step]);
    this.#run.onEvent?.({ kind: 'checkpoint', step: this.#step, path });
    return true;
  }

  /** Told, and never among those that choose the best weights: nothing was learnt yet. */
  async #evaluateUntaught(logs: Logs): Promise<void> {
    const { heldOut, onEvent } = this.#run;
    if (heldOut === null) return;
    const { loss, answers } = await this.#answersOf(heldOut, logs);
    onEvent?.({ kind: 'evaluation', step: 0, best: false, loss, answers });
  }

  async #evaluate(heldOut: NonNullable<TrainingRun['heldOut']>, logs: Logs): Promise<boolean> {
    const { loss, answers } = await this.#answersOf(heldOut, logs);
    const best = this.#earlyStopping.observe(this.#step, loss);
    this.#evaluations.push({ step: this.#step, loss });
    this.#run.onEvent?.({ kind: 'evaluation', step: this.#step, best, loss, answers });
    return best;
  }

  async #answersOf(
    { subject, data }: NonNullable<TrainingRun['heldOut']>,
    logs: Logs,
  ): Promise<HeldOutResult> {
    const { features, answersShown, signal, onEvent } = this.#run;
    onEvent?.({ kind: 'evaluating', step: this.#step });
    const result = await evaluateHeldOut(subject, data.samples, features, answersShown, signal);
    throwIfCancelled(signal, 'Training');
    await logs.samples.append(this.#step, 'held-out', result.sampleLosses);
    return result;
  }

  get #state(): TrainerState {
    return {
      step: this.#step,
      cursor: this.#cursor as DataCursor,
      earlyStopping: this.#earlyStopping.state,
      evaluations: this.#evaluations,
      divergence: this.#divergence.state,
      fingerprint: this.#run.fingerprint,
    };
  }

  get #contents(): CheckpointContents {
    const { loaded, trainables, settings } = this.#run;
    return { loaded, trainables, optimizer: this.#optimizer, lora: settings.lora };
  }

  /** @returns the step whose weights it holds */
  async #writeResult(): Promise<number> {
    const best = this.#earlyStopping.state.best;
    const step = this.#run.keep === 'best' && best !== null ? best.step : this.#step;
    if (step !== this.#step) await this.#store.restoreWeights(step, this.#contents);
    await writeResult(this.#run);
    return step;
  }

  [Symbol.dispose](): void {
    this.#optimizer[Symbol.dispose]();
  }
}
