/** A training run in a process of its own, to be killed: argv holds the request as JSON. */
import { runTraining } from '../../src-main/app/train/train.ts';
import type { TrainRequest } from '../../src-main/app/train/train-request.ts';
import { asLensmithError } from '../../src-main/base/errors.ts';

const say = (event: unknown): void => void process.stdout.write(`${JSON.stringify(event)}\n`);

process.on('SIGXFSZ', () => undefined); // the write that met the limit reports it as an error
try {
  await runTraining(JSON.parse(process.argv[2] as string) as TrainRequest, {
    onProgress(event) {
      if (event.kind === 'step') say({ kind: 'step', step: event.line.step });
      else if (event.kind !== 'reading' && event.kind !== 'plan') say(event);
    },
  });
  say({ kind: 'done' });
} catch (error) {
  say({ kind: 'error', error: asLensmithError(error).toJSON() });
  process.exitCode = 1;
}
