import type { Job } from '../../src-main/ipc/contract/jobs.ts';
import { client, errorWireOf } from '../api/client.ts';
import { coreJob } from '../core-words/core-words.ts';
import { toasts } from '../ui/toasts.svelte.ts';
import { texts } from './texts/index.ts';

type JobAct = 'jobs.cancel' | 'jobs.pause' | 'jobs.resume' | 'jobs.dismiss';

const activeStates: readonly Job['state'][] = ['queued', 'running', 'paused'];

export const isActive = ({ state }: Job): boolean => activeStates.includes(state);

/** Share done of all active jobs that know their total; undefined where none does. */
export function overallShare(jobs: readonly Job[]): number | undefined {
  const shares = jobs
    .filter(isActive)
    .flatMap(({ done, total }) =>
      total === null || total === 0 ? [] : [Math.min(1, done / total)],
    );
  if (shares.length === 0) return undefined;
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

/** Everything long that goes on or ended and was not dismissed, latest first. */
class JobStore {
  #told: readonly Job[] = $state.raw([]);
  readonly list: readonly Job[] = $derived(this.#told.map(coreJob));

  constructor() {
    client.on('jobs.changed', (job) => this.#put(job));
    client.on('jobs.dismissed', ({ jobId }) => {
      this.#told = this.#told.filter(({ id }) => id !== jobId);
    });
    client.onConnection((isConnected) => {
      if (isConnected) void this.#read();
    });
  }

  get active(): readonly Job[] {
    return this.list.filter(isActive);
  }

  get failed(): readonly Job[] {
    return this.list.filter(({ state }) => state === 'failed');
  }

  async act(act: JobAct, jobId: string): Promise<void> {
    try {
      await client.call(act, { jobId });
    } catch (thrown) {
      toasts.show(errorWireOf(thrown).message, { tone: 'error' });
    }
  }

  #put(job: Job): void {
    const before = this.#told.find(({ id }) => id === job.id);
    if (job.state === 'failed' && before !== undefined && before.state !== 'failed') {
      const { title, error } = coreJob(job);
      const why = error?.message ?? texts().jobFailed;
      toasts.show(texts().jobFailedAs(title, why), { tone: 'error' });
    }
    this.#told =
      before === undefined
        ? [job, ...this.#told]
        : this.#told.map((one) => (one.id === job.id ? job : one));
  }

  async #read(): Promise<void> {
    try {
      const jobs = await client.call('jobs.list', {});
      this.#told = jobs.toSorted((a, b) => b.startedMs - a.startedMs);
    } catch (thrown) {
      toasts.show(errorWireOf(thrown).message, { tone: 'error' });
    }
  }
}

export const jobs = new JobStore();
