import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '../../../src-main/ipc/contract/jobs.ts';
import type { Rpc } from './rpc.ts';

const everyMs = 50;

/** The jobs of a kind, or all, as they are now; of those that were dismissed nothing is known. */
export async function jobsNow(rpc: Rpc, kind?: string): Promise<Job[]> {
  const jobs = await rpc.call<Job[]>('jobs.list');
  return jobs.filter((job) => kind === undefined || job.kind === kind);
}

/** Waits until a job of this kind looks as asked for. The test's own time limit ends the wait. */
export async function jobWhere(
  rpc: Rpc,
  kind: string,
  matches: (job: Job) => boolean,
): Promise<Job> {
  for (;;) {
    const found = (await jobsNow(rpc, kind)).find(matches);
    if (found !== undefined) return found;
    await sleep(everyMs);
  }
}

/** Waits until at least one job of this kind is there and all of them have ended. */
export async function jobsEnded(rpc: Rpc, kind?: string): Promise<Job[]> {
  for (;;) {
    const jobs = await jobsNow(rpc, kind);
    const isOver = ({ state }: Job): boolean => ['done', 'failed', 'cancelled'].includes(state);
    if (jobs.length > 0 && jobs.every(isOver)) return jobs;
    await sleep(everyMs);
  }
}
