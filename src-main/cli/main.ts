/** Entry of the command line, bundled to out/main/cli.js. */
import { examineDevicesBy } from '../tensor/device.ts';
import { deviceExaminer } from '../worker/examine-device.ts';
import { Interrupts, exitStatus, releaseDevice, run } from './run.ts';

const interrupts = new Interrupts();

process.on('SIGINT', () => {
  if (!interrupts.interrupt()) process.exit(exitStatus.interrupted);
});

// A reader that went away (`lensmith … | head`) is no fault of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitStatus.ok);
  throw error;
});

examineDevicesBy(deviceExaminer());
process.exitCode = await run(
  process.argv.slice(2),
  { input: () => process.stdin, out: process.stdout, err: process.stderr },
  interrupts,
);
releaseDevice();
