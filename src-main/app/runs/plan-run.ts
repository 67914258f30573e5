/** What a run would need, asked before its start. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LensmithError } from '../../base/errors.ts';
import type { RunPlan, RunRequest } from '../../ipc/contract/runs.ts';
import type { AppContext } from '../core/context.ts';
import type { DuplicateFinder } from '../datasets/groups.ts';
import { datasetOf, requireDataset } from '../datasets/handlers.ts';
import { selectSamples } from '../datasets/selection.ts';
import { writeSnapshot } from '../datasets/snapshot.ts';
import type { SnapshotFacts } from '../datasets/snapshot.ts';
import { trainRequestOf } from './run-request.ts';
import { errorInWords, settingWords } from './setting-words.ts';

let lastPlan = 0;

/**
 * Writes the dataset as the run would, and lets the engine open it all and time a few steps.
 * @param isBusy a run is at work: times come out longer than they will be
 */
export async function planRun(
  context: AppContext,
  finder: DuplicateFinder,
  request: RunRequest,
  options: {
    readonly signal: AbortSignal;
    readonly onNote: (note: string) => void;
    readonly isBusy: boolean;
  },
): Promise<RunPlan> {
  const project = context.projects.current;
  const { id, name, filter, settings } = datasetOf(
    requireDataset(project.store, request.datasetId),
  );
  const folder = join(project.cacheDir, 'plans', `${process.pid}-${++lastPlan}`);
  const { signal, onNote } = options;
  try {
    onNote('Gathering the samples');
    const selection = await selectSamples(project, { filter, settings }, finder);
    const asked = { datasetId: id, name, filter, settings, nowMs: context.now() };
    const snapshot = await writeSnapshot(project, asked, selection, folder, signal);
    const { threads } = context.settings.values;
    const places = { snapshotDir: folder, outDir: folder, cacheDir: project.cacheDir, threads };
    const trainRequest = trainRequestOf(request, snapshot, places);
    const plan = await context.workers.engine.run(
      'plan',
      { request: trainRequest },
      { signal, onProgress: ({ note }) => onNote(note) },
    );
    return inWords(plan, snapshot.issues, options.isBusy);
  } catch (error) {
    if (!(error instanceof LensmithError)) throw error;
    throw LensmithError.fromWire(errorInWords(error.toJSON()));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function inWords(plan: RunPlan, issues: SnapshotFacts['issues'], isBusy: boolean): RunPlan {
  const { time } = plan;
  const busy = ' Another run was at work meanwhile, so it may be quicker.';
  return {
    ...plan,
    time: time === null || !isBusy ? time : { ...time, basis: time.basis + busy },
    issues: [...issues, ...plan.issues].map(({ code, message }) => ({ code, message })),
    notes: plan.notes.map(settingWords),
    choices: plan.choices.map(settingWords),
  };
}
