/** The folder that a run writes into. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeError } from '../../base/atomic-file.ts';
import { LensmithError } from '../../base/errors.ts';
import { checkpointsOf } from '../../training/training-run.ts';
import type { TrainRequest } from './train-request.ts';

/** What a run leaves in its folder; cached features may stay for the next one. */
const results: readonly string[] = ['checkpoints', 'adapter', 'model'];

/**
 * A folder with an earlier run's results is only used when that was asked for.
 * @throws training/output-exists, io/not-writable
 */
export async function claimOutput(outDir: string, request: TrainRequest): Promise<void> {
  if (request.resume === true) return;
  const names = await readdir(outDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw writeError(error, outDir);
  });
  const found = names.filter((name) => results.includes(name));
  if (found.length === 0) return;
  if (request.overwrite !== true) {
    throw new LensmithError('training/output-exists', `${outDir} holds an earlier run.`, {
      expected: 'a new or empty folder',
      got: found.join(', '),
      hint: 'Add --resume to go on with it, --overwrite to replace it, or choose another --out.',
    });
  }
  for (const name of found) await rm(join(outDir, name), { recursive: true, force: true });
}

/** Going on and starting anew must not look the same to who asked for the former. */
export async function resumptionNotes(outDir: string): Promise<string[]> {
  const steps = await checkpointsOf(outDir).steps();
  if (steps.length > 0) return [];
  return [`There is no checkpoint in ${outDir} to go on from: the run starts at its first step.`];
}
