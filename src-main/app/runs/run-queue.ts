/** The runs of a project at work: one at a time, others behind it. */
import { LensmithError, asLensmithError } from '../../base/errors.ts';
import { nextQueuePosition, queuedRuns, updateRun } from '../../store/runs.ts';
import type { RunRow } from '../../store/runs.ts';
import type { AppContext } from '../core/context.ts';
import type { OpenProject } from '../project/open-project.ts';
import { trainRequestFor } from './create-run.ts';
import { RunAtWork } from './run-at-work.ts';
import type { SittingEnd } from './run-at-work.ts';
import { stateWords } from './run-records.ts';
import type { RunRecords } from './run-records.ts';
import { queueOf } from './run-view.ts';

/** So long may a pause take when the project closes; a step of a large model takes seconds. */
const closingMs = 20_000;

/** What the run at work ends as, when a person asked for its end. */
type Wanted = 'paused' | 'stopped' | null;

export class RunQueue {
  readonly #context: AppContext;
  readonly #project: OpenProject;
  readonly #records: RunRecords;
  #atWork: RunAtWork | null = null;
  #wanted: Wanted = null;
  /** When the run at work has ended and its row says so. */
  #ended: Promise<void> = Promise.resolve();
  #isBeginning = false;
  #isClosing = false;

  constructor(context: AppContext, project: OpenProject, records: RunRecords) {
    this.#context = context;
    this.#project = project;
    this.#records = records;
  }

  get atWork(): RunAtWork | null {
    return this.#atWork;
  }

  /** Begins with the first that waits and can begin, unless one is at work. */
  async pump(): Promise<void> {
    while (this.#isFree) {
      const [next] = queuedRuns(this.#project.store);
      if (next === undefined) return;
      await this.#begin(next, 'train');
    }
  }

  /** Goes on from the last checkpoint: now, or behind the run at work. @throws runs/not-now */
  async resume(id: number): Promise<void> {
    const row = this.#records.row(id);
    if (row.state === 'running' || row.state === 'done') throw notNow(row, 'go on');
    const { store } = this.#project;
    const last = row.state === 'queued' ? row.queuePosition : nextQueuePosition(store);
    updateRun(store, id, { state: 'queued', queuePosition: last });
    if (this.#isFree) await this.#begin(this.#records.row(id), 'train');
    else this.#records.tell(id);
  }

  /** @throws runs/not-now */
  async pause(id: number): Promise<void> {
    await this.#ask(id, 'paused', 'pause');
  }

  /**
   * @param keep writes the weights of the last step as the result
   * @throws runs/not-now, runs/busy
   */
  async stop(id: number, keep: boolean): Promise<void> {
    const row = this.#records.row(id);
    if (this.#atWork?.id === id) return this.#ask(id, 'stopped', keep ? 'finish' : 'pause');
    if (row.state === 'done') throw notNow(row, 'be stopped');
    if (!keep) return this.#records.settle(id, 'stopped');
    if (!this.#isFree) throw busy();
    await this.#begin(row, 'finish');
  }

  /** Puts those that wait in this order. */
  reorder(ids: readonly number[]): void {
    const { store } = this.#project;
    const waiting = queueOf(this.#project);
    const named = ids.filter((id) => waiting.includes(id));
    const order = [...named, ...waiting.filter((id) => !named.includes(id))];
    store.transaction(() => {
      const first = nextQueuePosition(store);
      order.forEach((id, i) => updateRun(store, id, { queuePosition: first + i }));
    });
    for (const id of order) this.#records.tell(id);
  }

  /** @throws runs/not-now for the run at work */
  requireAtRest(id: number): void {
    if (this.#atWork?.id === id) throw notNow(this.#records.row(id), 'be deleted');
  }

  /** The run at work gets its checkpoint, or its process is ended when that takes too long. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#atWork === null) return;
    const timer = setTimeout(() => this.#context.workers.training.stop(), closingMs);
    try {
      this.#wanted ??= 'paused';
      await this.#atWork.ask('pause', 'pausing').catch(() => undefined);
      await this.#ended;
    } finally {
      clearTimeout(timer);
    }
  }

  get #isFree(): boolean {
    return this.#atWork === null && !this.#isBeginning && !this.#isClosing;
  }

  async #ask(id: number, wanted: 'paused' | 'stopped', how: 'pause' | 'finish'): Promise<void> {
    const atWork = this.#atWork;
    const isPause = wanted === 'paused';
    if (atWork?.id !== id) throw notNow(this.#records.row(id), isPause ? 'pause' : 'stop');
    this.#wanted = wanted;
    atWork.say(isPause ? 'Pause asked for' : 'Stop asked for');
    await atWork.ask(how, isPause ? 'pausing' : 'stopping');
  }

  async #begin(row: RunRow, task: 'train' | 'finish'): Promise<void> {
    const { store } = this.#project;
    this.#isBeginning = true;
    try {
      const resume = row.startedMs !== null;
      const request = { ...(await trainRequestFor(this.#context, this.#project, row)), resume };
      // The project may have been closed meanwhile: the run then waits for its next opening.
      if (this.#isClosing) return;
      const startedMs = row.startedMs ?? this.#context.now();
      updateRun(store, row.id, { state: 'running', errorJson: null, startedMs, endedMs: null });
      const options = { finishAtOnce: task === 'finish' };
      const current = this.#records.row(row.id);
      const atWork = new RunAtWork(this.#context, this.#project, current, request, options);
      this.#atWork = atWork;
      this.#wanted = task === 'finish' ? 'stopped' : null;
      this.#ended = atWork.end.then((end) => this.#onEnd(atWork.id, end));
      this.#records.tell(row.id);
    } catch (thrown) {
      if (this.#isClosing) return;
      this.#records.settle(row.id, 'failed', asLensmithError(thrown));
    } finally {
      this.#isBeginning = false;
    }
  }

  async #onEnd(id: number, end: SittingEnd): Promise<void> {
    const wanted = this.#wanted;
    this.#atWork = null;
    this.#wanted = null;
    if (end.kind === 'failed') this.#settleFailed(id, end.error, wanted);
    else if (end.kind === 'paused') this.#records.settle(id, wanted ?? 'paused');
    else {
      updateRun(this.#project.store, id, { resultJson: JSON.stringify(end.result) });
      const isCut = wanted === 'stopped' && end.result.stoppedEarly;
      this.#records.settle(id, isCut ? 'stopped' : 'done');
    }
    this.#context.events.emit('runs.ended', this.#records.view(id));
    // A person who pauses wants the machine: the queue waits until something is resumed.
    if (wanted !== 'paused') await this.pump();
  }

  #settleFailed(id: number, error: LensmithError, wanted: Wanted): void {
    const isKilled = error.code === 'worker/ended' || error.code === 'job/cancelled';
    if (isKilled && wanted !== null) this.#records.settle(id, wanted);
    else this.#records.settle(id, isKilled ? 'interrupted' : 'failed', error);
  }
}

function notNow(row: RunRow, what: string): LensmithError {
  return new LensmithError('runs/not-now', `${row.name} cannot ${what} now.`, {
    got: `its state: ${stateWords[row.state].toLowerCase()}`,
  });
}

function busy(): LensmithError {
  return new LensmithError('runs/busy', 'Another run is at work.', {
    hint: 'Pause it first: writing a result needs the memory that it uses.',
  });
}
