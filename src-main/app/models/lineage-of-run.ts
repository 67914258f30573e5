/** What a training run of the open project says of the weights that it made. */
import type { LineageFile } from '../../ipc/contract/lineage.ts';
import type { RunRequest } from '../../ipc/contract/runs.ts';
import { findRun, listEvaluations } from '../../store/runs.ts';
import type { RunRow } from '../../store/runs.ts';
import { readSnapshot } from '../datasets/snapshot.ts';
import type { SnapshotFacts } from '../datasets/snapshot.ts';
import type { OpenProject } from '../project/open-project.ts';
import { snapshotDirOf } from '../runs/run-folder.ts';
import { factsOf, folderOf, keptRequestOf } from '../runs/run-view.ts';
import { sourceOf } from './lineage-file.ts';

/** @returns null where the run is gone */
export async function lineageOfRun(
  project: OpenProject,
  runId: number,
  version: string,
): Promise<LineageFile | null> {
  const row = findRun(project.store, runId);
  if (row === undefined) return null;
  const { request, datasetName, modelName } = keptRequestOf(row);
  const { dir, adapter } = request.model;
  const snapshot = await readSnapshot(snapshotDirOf(folderOf(project, row))).catch(() => null);
  return {
    format: 1,
    made: 'trained',
    atMs: row.endedMs ?? row.createdMs,
    program: version,
    sources: [{ ...(await sourceOf(dir, modelNameIn(modelName, dir))), role: 'base' }],
    training: {
      runName: row.name,
      method: request.method,
      startedFrom: adapter === null ? null : await sourceOf(adapter),
      data: dataOf(snapshot, datasetName),
      settings: settingsOf(request),
      steps: factsOf(row).step,
      scores: scoresOf(project, row),
    },
  };
}

const modelNameIn = (modelName: string, dir: string): string | undefined =>
  modelName.includes(' + ') || modelName === '' || dir === '' ? undefined : modelName;

function dataOf(snapshot: SnapshotFacts | null, name: string) {
  const { train = 0, validation = 0 } = snapshot?.counts ?? {};
  return { name, hash: snapshot?.hash ?? null, train, validation };
}

/** Those that a person looks for first; what stands for a default is left out. */
function settingsOf({ method, settings }: RunRequest): { name: string; value: string }[] {
  const { length, learningRate, batchSize, gradientAccumulation, rank, alpha } = settings;
  const { schedule, dropout, dtype, seed, parts } = settings;
  const given: readonly (readonly [string, string | number | null])[] = [
    ['parts', parts.join(', ')],
    length.by === 'epochs' ? ['epochs', length.epochs] : ['steps', length.steps],
    ['learningRate', learningRate],
    ['batchSize', batchSize * gradientAccumulation],
    ['rank', method === 'projector' || method === 'full' ? null : rank],
    ['alpha', method === 'projector' || method === 'full' ? null : alpha],
    ['dropout', dropout === 0 ? null : dropout],
    ['schedule', schedule],
    ['dtype', dtype],
    ['seed', seed],
  ];
  return given.flatMap(([name, value]) => (value === null ? [] : [{ name, value: String(value) }]));
}

function scoresOf({ store }: OpenProject, row: RunRow): { name: string; value: number }[] {
  const losses = listEvaluations(store, row.id).map(({ loss }) => loss);
  const [first] = losses;
  const last = losses.at(-1);
  const { loss, bestLoss } = factsOf(row);
  const scores: readonly (readonly [string, number | null | undefined])[] = [
    ['heldOutFirst', first],
    ['heldOutLast', losses.length > 1 ? last : null],
    ['heldOutBest', bestLoss],
    ['trainLast', loss],
  ];
  return scores.flatMap(([name, value]) => (typeof value === 'number' ? [{ name, value }] : []));
}
