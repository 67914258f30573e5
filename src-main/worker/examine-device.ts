/** Has a process of its own find out whether a graphics device can be trusted, and remembers it. */
import { spawnSync } from 'node:child_process';
import type { SpawnSyncReturns } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../base/package-root.ts';
import { cacheFolder, isProblem, remembering } from '../tensor/device-trust.ts';
import type { DeviceExaminer, DeviceProblem } from '../tensor/device-trust.ts';

/** Some seconds, but a slow driver may have to compile its kernels on a busy machine. */
const longestMs = 180_000;

/** @param entry file of the process, as device-check.ts; by default the one of the bundle */
export function deviceExaminer(
  entry: string = join(packageRoot(), 'out', 'main', 'device-check.js'),
): DeviceExaminer {
  return remembering(({ id }) => examine(entry, id), cacheFolder(process.env));
}

function examine(entry: string, device: string): DeviceProblem | null {
  const ended = spawnSync(process.execPath, [entry, device], {
    encoding: 'utf8',
    timeout: longestMs,
    windowsHide: true,
  });
  return verdictOf(ended);
}

export type Ended = Pick<SpawnSyncReturns<string>, 'status' | 'signal' | 'stdout' | 'stderr'> & {
  readonly error?: Error;
};

/** What the end of such a process says of the device. */
export function verdictOf({ status, signal, stdout, stderr, error }: Ended): DeviceProblem | null {
  if (error !== undefined) return { kind: 'unchecked', what: error.message };
  // Who runs out of memory or is told to stop says nothing of the driver.
  if (signal === 'SIGKILL' || signal === 'SIGTERM') return { kind: 'unchecked', what: signal };
  if (signal !== null) return { kind: 'ends', what: signal };
  try {
    const { problem } = JSON.parse(stdout) as { problem: unknown };
    if (problem === null || isProblem(problem)) return problem;
  } catch {
    // Below: it printed no verdict.
  }
  const lastLine = stderr.trim().split('\n').at(-1) ?? '';
  return { kind: 'unchecked', what: lastLine === '' ? `exit status ${status}` : lastLine };
}
