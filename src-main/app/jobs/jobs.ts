import { randomUUID } from 'node:crypto';
import { LensmithError, asLensmithError, cancelledError } from '../../base/errors.ts';
import type { Job } from '../../ipc/contract/jobs.ts';
import type { EventHub } from '../core/events.ts';

/** What the work of a job is given. */
export interface JobContext {
  readonly signal: AbortSignal;
  progress(facts: { done?: number; total?: number | null; note?: string }): void;
  /** Between two steps: waits while the job is paused. @throws job/cancelled */
  checkpoint(): Promise<void>;
}

export interface JobRequest<T> {
  readonly kind: string;
  readonly title: string;
  readonly canPause?: boolean;
  readonly run: (context: JobContext) => Promise<T>;
  /** What of the result the windows get to see. */
  readonly resultFor?: (result: T) => unknown;
}

interface Entry {
  job: Job;
  readonly controller: AbortController;
  /** Those that wait for the end of a pause. */
  waiting: (() => void)[];
  lastToldMs: number;
  timer: NodeJS.Timeout | null;
}

const tellEveryMs = 100;

/** Everything long: told to the windows, paused, cancelled, and kept until it is dismissed. */
export class Jobs {
  readonly #entries = new Map<string, Entry>();
  readonly #events: EventHub;
  readonly #now: () => number;

  constructor(events: EventHub, now: () => number) {
    this.#events = events;
    this.#now = now;
  }

  get list(): Job[] {
    return [...this.#entries.values()].map(({ job }) => job);
  }

  /** Begins at once. @returns the job's id, and its end, which rejects as the work does */
  start<T>(request: JobRequest<T>): { readonly id: string; readonly end: Promise<T> } {
    const entry = this.#enter(request);
    const { id } = entry.job;
    const end = this.#run(entry, request);
    // Who began it may not wait for it; the job itself says how it ended.
    end.catch(() => undefined);
    return { id, end };
  }

  cancel(id: string): void {
    const entry = this.#entry(id);
    entry.controller.abort();
    this.#wake(entry);
  }

  /** The program ends: nothing long may keep it. */
  cancelAll(): void {
    for (const id of this.#entries.keys()) this.cancel(id);
  }

  pause(id: string): void {
    const entry = this.#entry(id);
    if (entry.job.state === 'running' && entry.job.canPause) this.#set(entry, { state: 'paused' });
  }

  resume(id: string): void {
    const entry = this.#entry(id);
    if (entry.job.state !== 'paused') return;
    this.#set(entry, { state: 'running' });
    this.#wake(entry);
  }

  dismiss(id: string): void {
    const { state } = this.#entry(id).job;
    if (state === 'running' || state === 'paused' || state === 'queued') return;
    this.#entries.delete(id);
    this.#events.emit('jobs.dismissed', { jobId: id });
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry !== undefined) return entry;
    throw new LensmithError('job/unknown', 'This job is no longer on the list.', { got: id });
  }

  #enter<T>({ kind, title, canPause }: JobRequest<T>): Entry {
    const job: Job = {
      id: randomUUID(),
      kind,
      title,
      state: 'running',
      done: 0,
      total: null,
      note: '',
      canPause: canPause ?? false,
      error: null,
      startedMs: this.#now(),
      result: null,
    };
    const entry: Entry = {
      job,
      controller: new AbortController(),
      waiting: [],
      lastToldMs: 0,
      timer: null,
    };
    this.#entries.set(job.id, entry);
    this.#tell(entry);
    return entry;
  }

  async #run<T>(entry: Entry, { run, resultFor }: JobRequest<T>): Promise<T> {
    const { signal } = entry.controller;
    try {
      const result = await run({
        signal,
        progress: (facts) => this.#set(entry, facts, false),
        checkpoint: async () => {
          while (entry.job.state === 'paused' && !signal.aborted) {
            await new Promise<void>((wake) => entry.waiting.push(wake));
          }
          if (signal.aborted) throw cancelledError(entry.job.title);
        },
      });
      this.#set(entry, { state: 'done', result: resultFor?.(result) ?? null });
      return result;
    } catch (thrown) {
      const error = asLensmithError(thrown);
      const isCancelled = error.code === 'job/cancelled';
      this.#set(
        entry,
        isCancelled ? { state: 'cancelled' } : { state: 'failed', error: error.toJSON() },
      );
      throw error;
    }
  }

  #wake(entry: Entry): void {
    const { waiting } = entry;
    entry.waiting = [];
    for (const wake of waiting) wake();
  }

  #set(entry: Entry, facts: Partial<Job>, isUrgent = true): void {
    entry.job = { ...entry.job, ...facts };
    const dueMs = entry.lastToldMs + tellEveryMs - this.#now();
    if (isUrgent || dueMs <= 0) this.#tell(entry);
    else entry.timer ??= setTimeout(() => this.#tell(entry), dueMs);
  }

  #tell(entry: Entry): void {
    if (entry.timer !== null) clearTimeout(entry.timer);
    entry.timer = null;
    entry.lastToldMs = this.#now();
    this.#events.emit('jobs.changed', entry.job);
  }
}
