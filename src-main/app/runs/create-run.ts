import { mkdir, rm } from 'node:fs/promises';
import type { RunPlan, RunRequest } from '../../ipc/contract/runs.ts';
import { deleteRun, findRun, insertRun, updateRun } from '../../store/runs.ts';
import type { RunRow } from '../../store/runs.ts';
import type { AppContext } from '../core/context.ts';
import type { DuplicateFinder } from '../datasets/groups.ts';
import { datasetOf, requireDataset } from '../datasets/handlers.ts';
import { selectSamples } from '../datasets/selection.ts';
import { readSnapshot, writeSnapshot } from '../datasets/snapshot.ts';
import type { OpenProject } from '../project/open-project.ts';
import type { TrainRequest } from '../train/train-request.ts';
import { folderNameOf, snapshotDirOf } from './run-folder.ts';
import { modelNameOf, trainRequestOf } from './run-request.ts';
import type { KeptRequest } from './run-request.ts';
import { folderOf, keptRequestOf } from './run-view.ts';

/**
 * Makes the row and the folder of a run that waits, with the dataset as it is now: what a person
 * edits later changes no run that was asked for.
 * @throws datasets/missing, runs/nothing-to-train-on, runs/adapter-needs-lora, writeError's
 */
export async function createRun(
  context: AppContext,
  project: OpenProject,
  finder: DuplicateFinder,
  request: RunRequest,
  plan: RunPlan | null,
): Promise<number> {
  const { store } = project;
  const dataset = datasetOf(requireDataset(store, request.datasetId));
  const { name: datasetName, filter, settings } = dataset;
  const selection = await selectSamples(project, { filter, settings }, finder);
  const nowMs = context.now();
  const kept: KeptRequest = { request, datasetName, modelName: modelNameOf(request.model) };
  const id = insertRun(store, {
    name: request.name,
    requestJson: JSON.stringify(kept),
    planJson: plan === null ? null : JSON.stringify(plan),
    createdMs: nowMs,
  });
  const name = request.name === '' ? `Run ${id}` : request.name;
  updateRun(store, id, { name, folder: folderNameOf(id, name) });
  const row = findRun(store, id) as RunRow;
  const folder = folderOf(project, row);
  try {
    await mkdir(folder, { recursive: true });
    const asked = { datasetId: dataset.id, name: datasetName, filter, settings, nowMs };
    await writeSnapshot(project, asked, selection, snapshotDirOf(folder));
    await trainRequestFor(context, project, row);
  } catch (error) {
    deleteRun(store, id);
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return id;
}

/** What the trainer is given for a run, from its row and its snapshot. */
export async function trainRequestFor(
  { settings }: AppContext,
  project: OpenProject,
  row: RunRow,
): Promise<TrainRequest> {
  const outDir = folderOf(project, row);
  const snapshotDir = snapshotDirOf(outDir);
  const { threads } = settings.values;
  const places = { snapshotDir, outDir, cacheDir: project.cacheDir, threads };
  return trainRequestOf(keptRequestOf(row).request, await readSnapshot(snapshotDir), places);
}
