/** What can be done to a run, with its words when it fails. */
import type { Run } from '../../../src-main/ipc/contract/runs.ts';
import { client, errorWireOf } from '../../api/client.ts';
import { toasts } from '../../ui/toasts.svelte.ts';

async function told(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (thrown) {
    const { message, hint } = errorWireOf(thrown);
    toasts.show(hint === undefined ? message : `${message} ${hint}`, { tone: 'error' });
    return false;
  }
}

export const runActs = {
  pause: ({ id }: Run) => told(client.call('runs.pause', { runId: id })),
  resume: ({ id }: Run) => told(client.call('runs.resume', { runId: id })),
  stop: ({ id }: Run, keep: boolean) => told(client.call('runs.stop', { runId: id, keep })),
  remove: ({ id }: Run) => told(client.call('runs.delete', { runId: id })),
  rename: ({ id }: Run, name: string) => told(client.call('runs.update', { runId: id, name })),
  note: ({ id }: Run, notes: string) => told(client.call('runs.update', { runId: id, notes })),
  /** Lets a run that waits go before the one that is ahead of it. */
  sooner: (run: Run, queue: readonly Run[]) => {
    const ids = queue.map(({ id }) => id);
    const at = ids.indexOf(run.id);
    if (at > 0) ids.splice(at - 1, 2, run.id, ids[at - 1] ?? run.id);
    return told(client.call('runs.reorder', { runIds: ids }));
  },
};
