/** All runs of the project, kept up to date by events. */
import type { Run } from '../../../src-main/ipc/contract/runs.ts';
import type { ErrorWire } from '../../../src-main/ipc/contract/wire.ts';
import { client, errorWireOf } from '../../api/client.ts';

export interface RunList {
  /** Newest first; undefined until the first answer. */
  readonly runs: readonly Run[] | undefined;
  readonly error: ErrorWire | null;
}

/** To be called while a component is set up. */
export function useRuns(): RunList {
  let runs = $state.raw<readonly Run[] | undefined>(undefined);
  let error = $state.raw<ErrorWire | null>(null);

  $effect(() => {
    const read = (): void => {
      client.call('runs.list', {}).then(
        (list) => {
          runs = list;
          error = null;
        },
        (thrown: unknown) => {
          error = errorWireOf(thrown);
        },
      );
    };
    const stops = [
      client.onConnection((isConnected) => {
        if (isConnected) read();
      }),
      client.on('runs.changed', (run) => {
        const others = (runs ?? []).filter(({ id }) => id !== run.id);
        runs = [run, ...others].sort((a, b) => b.id - a.id);
      }),
      client.on('runs.deleted', ({ runId }) => {
        runs = runs?.filter(({ id }) => id !== runId);
      }),
    ];
    return () => stops.forEach((stop) => stop());
  });

  return {
    get runs() {
      return runs;
    },
    get error() {
      return error;
    },
  };
}
