/** One sitting of a run: the task in the training process, and what it tells. */
import { asLensmithError } from '../../base/errors.ts';
import type { LensmithError } from '../../base/errors.ts';
import type { RunEvaluation, RunProgress, RunResult } from '../../ipc/contract/runs.ts';
import { dropEvaluationsAfter, putEvaluation, updateRun } from '../../store/runs.ts';
import type { RunRow } from '../../store/runs.ts';
import type { AppContext } from '../core/context.ts';
import type { OpenProject } from '../project/open-project.ts';
import type { EndOfTraining, TrainTaskEvent } from '../train/train-task.ts';
import type { TrainRequest } from '../train/train-request.ts';
import { ProgressFeed } from './progress-feed.ts';
import { runAnswers } from './run-answers.ts';
import { noteRunEntry } from './run-folder.ts';
import { factsOf, folderOf, planOf } from './run-view.ts';
import type { RunFacts } from './run-view.ts';

/** How a sitting ended. */
export type SittingEnd =
  | { readonly kind: 'paused' }
  | { readonly kind: 'done'; readonly result: RunResult }
  | { readonly kind: 'failed'; readonly error: LensmithError };

/** The row of a run is brought up to its steps this often. */
const keepEveryMs = 5000;

export class RunAtWork {
  readonly id: number;
  /** Never rejects. */
  readonly end: Promise<SittingEnd>;
  readonly #context: AppContext;
  readonly #project: OpenProject;
  readonly #row: RunRow;
  readonly #feed: ProgressFeed;
  readonly #startedMs: number;
  readonly #secondsBefore: number;
  #facts: RunFacts;
  #keptMs: number;

  constructor(
    context: AppContext,
    project: OpenProject,
    row: RunRow,
    request: TrainRequest,
    options: { readonly finishAtOnce: boolean },
  ) {
    this.id = row.id;
    this.#context = context;
    this.#project = project;
    this.#row = row;
    this.#facts = factsOf(row);
    this.#secondsBefore = this.#facts.seconds;
    this.#startedMs = this.#keptMs = context.now();
    const emit = (progress: RunProgress): void => context.events.emit('runs.progress', progress);
    const { step, totalSteps, loss, tokensPerSecond, peakMemoryBytes } = this.#facts;
    const known = { step, totalSteps, loss, tokensPerSecond, peakMemoryBytes };
    const nothing = { isEvaluating: false, secondsLeft: null, reading: null };
    this.#feed = new ProgressFeed(
      { runId: row.id, name: row.name, phase: 'preparing', ...known, ...nothing },
      emit,
      context.now,
    );
    this.#feed.flush();
    this.end = this.#work(request, options.finishAtOnce);
  }

  get progress(): RunProgress {
    return this.#feed.state;
  }

  /** Asks for an orderly end; `end` tells when it came. */
  async ask(how: EndOfTraining, phase: 'pausing' | 'stopping'): Promise<void> {
    this.#feed.set({ phase });
    await this.#context.workers.training.run('endTraining', { runId: this.id, how });
  }

  async #work(request: TrainRequest, finishAtOnce: boolean): Promise<SittingEnd> {
    try {
      const output = await this.#context.workers.training.run(
        'train',
        { runId: this.id, request, finishAtOnce },
        { onProgress: (event) => this.#take(event) },
      );
      if (output.kind === 'paused') return { kind: 'paused' };
      return { kind: 'done', result: output.result };
    } catch (thrown) {
      return { kind: 'failed', error: asLensmithError(thrown) };
    } finally {
      this.#feed.flush();
      this.keep();
    }
  }

  /** Brings the row up to the last step. */
  keep(): void {
    this.#keptMs = this.#context.now();
    const seconds = this.#secondsBefore + (this.#keptMs - this.#startedMs) / 1000;
    this.#facts = { ...this.#facts, seconds };
    updateRun(this.#project.store, this.id, { progressJson: JSON.stringify(this.#facts) });
  }

  say(text: string): void {
    noteRunEntry(folderOf(this.#project, this.#row), { atMs: this.#context.now(), text });
  }

  #take(event: TrainTaskEvent): void {
    switch (event.kind) {
      case 'reading':
        this.#feed.set({ reading: { done: event.done, total: event.total } });
        return;
      case 'plan':
        return this.#takePlan(event.plan);
      case 'start':
        return this.#begin(event.totalSteps, event.resumedFrom);
      case 'step':
        return this.#takeStep(event);
      case 'note':
        return this.say(event.text);
      case 'evaluating':
        this.#setPhase('evaluating');
        return;
      case 'evaluation':
        return this.#takeEvaluation(event);
      case 'checkpoint':
        this.say(`Checkpoint of step ${event.step}`);
        this.keep();
    }
  }

  /** An end that was asked for stays on the screen until it comes, with what it waits for. */
  #setPhase(phase: 'training' | 'evaluating'): void {
    const now = this.#feed.state.phase;
    const isEnding = now === 'pausing' || now === 'stopping';
    const isEvaluating = phase === 'evaluating';
    this.#feed.set(isEnding ? { isEvaluating } : { phase, isEvaluating });
  }

  #takePlan(plan: Extract<TrainTaskEvent, { kind: 'plan' }>['plan']): void {
    const before = planOf(this.#row);
    // Only the estimate before the start has timed steps.
    const { time = null, measuredPeakBytes = null } = before ?? {};
    const whole = { ...plan, time, measuredPeakBytes };
    updateRun(this.#project.store, this.id, { planJson: JSON.stringify(whole) });
    for (const note of [...plan.notes, ...plan.choices]) this.say(note);
    for (const { message } of plan.issues) this.say(`Left out: ${message}`);
    if (plan.unsupervised > 0) this.say(`Left out: ${plan.unsupervised} samples without an answer`);
  }

  #begin(totalSteps: number, resumedFrom: number): void {
    dropEvaluationsAfter(this.#project.store, this.id, resumedFrom);
    this.#facts = { ...this.#facts, totalSteps, step: resumedFrom };
    this.say(resumedFrom === 0 ? 'Training began' : `Training goes on after step ${resumedFrom}`);
    this.#setPhase('training');
    this.#feed.set({ totalSteps, step: resumedFrom, reading: null });
  }

  #takeStep({ line, secondsLeft }: Extract<TrainTaskEvent, { kind: 'step' }>): void {
    const { step, loss, tokensPerSecond } = line;
    const peak = Math.max(this.#facts.peakMemoryBytes ?? 0, line.peakMemoryBytes);
    this.#facts = { ...this.#facts, step, loss, tokensPerSecond, peakMemoryBytes: peak };
    this.#setPhase('training');
    const known = { step, loss, tokensPerSecond, peakMemoryBytes: peak };
    this.#feed.set({ ...known, secondsLeft }, line);
    if (this.#context.now() - this.#keptMs >= keepEveryMs) this.keep();
  }

  #takeEvaluation(event: Extract<TrainTaskEvent, { kind: 'evaluation' }>): void {
    const { step, loss } = event;
    const answers = runAnswers(this.#project, event.answers);
    const evaluation: RunEvaluation = { step, loss, answers };
    const { store } = this.#project;
    putEvaluation(store, this.id, { step, loss, answersJson: JSON.stringify(answers) });
    if (event.best) this.#facts = { ...this.#facts, bestLoss: loss };
    this.say(
      `Held-out loss ${loss.toFixed(4)} at step ${step}${event.best ? ', the best yet' : ''}`,
    );
    this.#context.events.emit('runs.evaluated', { runId: this.id, evaluation });
    this.#setPhase('training');
  }
}
