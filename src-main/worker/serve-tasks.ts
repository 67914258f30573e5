/** The worker's end: runs tasks that come by message, several at once, until the parent goes. */
import { LensmithError, asLensmithError } from '../base/errors.ts';
import type { TaskTable } from '../app/workers/worker-client.ts';
import type { FromWorker, ToWorker } from './messages.ts';

export function serveTasks(tasks: TaskTable): void {
  const running = new Map<number, AbortController>();
  const send = (message: FromWorker): void => {
    process.send?.(message);
  };

  const run = async ({ id, task, input }: Extract<ToWorker, { kind: 'run' }>): Promise<void> => {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const work = Object.hasOwn(tasks, task) ? tasks[task] : undefined;
      if (work === undefined) throw new LensmithError('worker/unknown-task', `No task ${task}.`);
      const report = (progress: unknown): void => send({ kind: 'progress', id, progress });
      const output = await work(input as never, { signal: controller.signal, report } as never);
      send({ kind: 'done', id, output });
    } catch (thrown) {
      if (!(thrown instanceof LensmithError)) console.error(thrown);
      send({ kind: 'failed', id, error: asLensmithError(thrown).toJSON() });
    } finally {
      running.delete(id);
    }
  };

  process.on('message', (message: ToWorker) => {
    if (message.kind === 'cancel') running.get(message.id)?.abort();
    else void run(message);
  });
  // A worker without a core has nobody to work for.
  process.on('disconnect', () => process.exit(0));
  // Ctrl+C reaches the whole group; the core decides when its workers end.
  process.on('SIGINT', () => undefined);
}
