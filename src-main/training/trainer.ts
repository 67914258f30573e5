/** The training loop: data in order, steps, log, evaluation, checkpoints, the result. */
import { LensmithError, cancelledError, throwIfCancelled } from '../base/errors.ts';
import { DataOrder, prefetch, stepsPerEpoch } from '../data/loader.ts';
import type { DataCursor, StepPlan } from '../data/loader.ts';
import type { PreparedSample } from '../data/processor.ts';
import { cancelQueuedWork, memoryStats, resetPeakMemory, synchronize } from '../tensor/device.ts';
import { makeMicroBatch, stepBatch } from './batch.ts';
import type { StepBatch } from './batch.ts';
import { Cadence } from './cadence.ts';
import type { CheckpointContents, CheckpointStore, TrainerState } from './checkpoint.ts';
import { Evaluations } from './evaluations.ts';
import { writeResult } from './result.ts';
import { RunLog } from './run-log.ts';
import type { LogLine } from './run-log.ts';
import { SampleLog, sampleLogPath } from './sample-log.ts';
import { requireSameRun } from './settings.ts';
import { StepClock } from './step-clock.ts';
import { checkpointsOf, outputPathOf, totalStepsOf } from './training-run.ts';
import type { TrainingResult, TrainingRun } from './training-run.ts';
import { Updater } from './updater.ts';
import type { StepNumbers } from './updater.ts';

const isAsked = (signal: AbortSignal | undefined): boolean => signal?.aborted ?? false;

interface Logs {
  readonly steps: RunLog;
  readonly samples: SampleLog;
}

const keptCheckpoints = 2;

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
    hint: `${hint} ${advice}`.trim(),
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
  readonly #updater: Updater;
  readonly #evaluations: Evaluations;
  readonly #cadence: Cadence;
  readonly #store: CheckpointStore;
  readonly #totalSteps: number;
  readonly #stepsPerEpoch: number;
  #step = 0;
  #savedStep = 0;
  #cursor: DataCursor | null = null;
  #prefetchFailure: unknown = null;
  readonly #notes: string[] = [];

  constructor(run: TrainingRun) {
    const { settings, data, outDir } = run;
    this.#run = run;
    this.#store = checkpointsOf(outDir);
    this.#totalSteps = totalStepsOf(settings, data.size);
    this.#stepsPerEpoch = stepsPerEpoch({ ...settings, sampleCount: data.size });
    this.#updater = new Updater(run, this.#totalSteps, (text) => this.#note(text));
    this.#evaluations = new Evaluations(run);
    this.#cadence = new Cadence(run, this.#totalSteps, this.#stepsPerEpoch);
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
    if (this.#run.evaluatesFirst && this.#step === 0) {
      await this.#evaluations.beforeTheFirstStep(samples);
    }
    await this.#loop(logs, lines);
    const paused = this.#isPaused;
    const savedStep = paused ? this.#savedStep : await this.#writeResult();
    return {
      steps: this.#step,
      epochs: this.#step / this.#stepsPerEpoch,
      lines,
      notes: this.#notes,
      evaluations: this.#evaluations.state.evaluations,
      best: this.#evaluations.best,
      stoppedEarly: this.#step < this.#totalSteps && !paused,
      paused,
      savedStep,
      outputPath: outputPathOf(this.#run),
    };
  }

  #note(text: string): void {
    this.#notes.push(text);
    this.#run.onEvent?.({ kind: 'note', text });
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
    this.#updater.divergence.restore(state.divergence);
    this.#evaluations.restore(state);
  }

  async #loop(logs: Logs, lines: LogLine[]): Promise<void> {
    const { settings, data } = this.#run;
    const order = new DataOrder({ ...settings, sampleCount: data.size }, this.#cursor ?? undefined);
    const batches = prefetch(order, this.#totalSteps - this.#step, (plan) => this.#prepare(plan));
    const clock = new StepClock();
    for await (const { plan, cursor, value } of this.#isOver ? [] : batches) {
      const facts = await this.#updater.update(
        value,
        plan,
        this.#step,
        () => this.#prefetchFailure,
      );
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
    return this.#evaluations.shouldStop || isAsked(ending?.pause) || isAsked(ending?.finish);
  }

  get #isPaused(): boolean {
    const { ending } = this.#run;
    const isDone = this.#step === this.#totalSteps || this.#evaluations.shouldStop;
    return !isDone && isAsked(ending?.pause) && !isAsked(ending?.finish);
  }

  async #prepare(plan: StepPlan): Promise<StepBatch> {
    const { data, features, signal } = this.#run;
    try {
      const microBatches = [];
      for (const indices of plan) {
        const samples: PreparedSample[] = [];
        for (const index of indices) samples.push(await data.prepared(index, signal));
        const make = () => makeMicroBatch(samples, features, signal);
        microBatches.push(await this.#updater.optimizer.withRoom(make));
      }
      return stepBatch(microBatches);
    } catch (error) {
      // The device reports a fault to one reader only: the step at work must hear of it too.
      this.#prefetchFailure ??= error;
      throw error;
    }
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
    const step = this.#step;
    const isDue = this.#cadence.evaluatesAfter(step);
    const isBest = isDue && (await this.#evaluations.after(step, logs.samples));
    const saves = isBest || this.#cadence.savesAfter(step, this.#savedStep) || this.#isOver;
    if (!saves) return false;
    await logs.steps.sync();
    await logs.samples.sync();
    const path = await this.#store.save(this.#state, this.#contents);
    this.#savedStep = step;
    throwIfCancelled(this.#run.signal, 'Training');
    const { best } = this.#evaluations;
    await this.#store.prune(keptCheckpoints, best === null ? [] : [best.step]);
    this.#run.onEvent?.({ kind: 'checkpoint', step, path });
    return true;
  }

  get #state(): TrainerState {
    return {
      step: this.#step,
      cursor: this.#cursor as DataCursor,
      ...this.#evaluations.state,
      divergence: this.#updater.divergence.state,
      fingerprint: this.#run.fingerprint,
    };
  }

  get #contents(): CheckpointContents {
    const { loaded, trainables, settings } = this.#run;
    return { loaded, trainables, optimizer: this.#updater.optimizer, lora: settings.lora };
  }

  /** @returns the step whose weights it holds */
  async #writeResult(): Promise<number> {
    const { best } = this.#evaluations;
    const step = this.#run.keep === 'best' && best !== null ? best.step : this.#step;
    if (step !== this.#step) await this.#store.restoreWeights(step, this.#contents);
    await writeResult(this.#run);
    return step;
  }

  [Symbol.dispose](): void {
    this.#updater[Symbol.dispose]();
  }
}
