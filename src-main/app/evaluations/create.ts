/** Makes the row of an evaluation, and its own copy of what it answers. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { basename, isAbsolute, join, normalize } from 'node:path';
import { writeError } from '../../base/atomic-file.ts';
import { LensmithError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';
import { metrics, metricsByIds } from '../../eval/metrics/index.ts';
import type { Metric } from '../../eval/metrics/index.ts';
import type { ModelRef } from '../../ipc/contract/content.ts';
import type { SplitName } from '../../ipc/contract/datasets.ts';
import type {
  EvaluationData,
  EvaluationRequest,
  MetricFacts,
} from '../../ipc/contract/evaluations.ts';
import { deleteEvaluation, insertEvaluation, updateEvaluation } from '../../store/evaluations.ts';
import { listRunOutputs } from '../../store/run-results.ts';
import { findRun } from '../../store/runs.ts';
import type { RunRow } from '../../store/runs.ts';
import type { AppContext } from '../core/context.ts';
import type { DuplicateFinder } from '../datasets/groups.ts';
import { datasetOf, requireDataset } from '../datasets/handlers.ts';
import { selectSamples } from '../datasets/selection.ts';
import { readSnapshot, snapshotFile, writeSnapshot } from '../datasets/snapshot.ts';
import type { SnapshotFacts } from '../datasets/snapshot.ts';
import { modelLabel } from '../models/known-models.ts';
import type { OpenProject } from '../project/open-project.ts';
import { snapshotDirOf } from '../runs/run-folder.ts';
import { folderOf, keptRequestOf } from '../runs/run-view.ts';
import { evaluationDir } from './records.ts';
import type { EvaluationFacts } from './records.ts';

export function allMetrics(): MetricFacts[] {
  return metrics.map(metricFacts);
}

function metricFacts(metric: Metric): MetricFacts {
  const { id, title, kind } = metric;
  return { id, title, kind, isBinary: metric.kind === 'answer' && metric.isBinary };
}

/**
 * @returns the id of an evaluation that waits
 * @throws eval/unknown-metric, evaluations/nothing-to-answer, evaluations/no-file, runs/missing,
 *         datasets/missing, writeError's
 */
export async function createEvaluation(
  context: AppContext,
  project: OpenProject,
  finder: DuplicateFinder,
  request: EvaluationRequest,
): Promise<number> {
  const asked = metricsByIds(request.metrics).map(metricFacts);
  const [baseName, tunedName] = [
    await modelLabel(context, request.base),
    await modelLabel(context, request.tuned),
  ];
  const nowMs = context.now();
  const id = insertEvaluation(project.store, {
    name: request.name === '' ? `${tunedName} against ${baseName}` : request.name,
    requestJson: JSON.stringify(request),
    factsJson: '{}',
    voteSeed: new Random(nowMs % 2 ** 32).below(2 ** 31),
    createdMs: nowMs,
  });
  const folder = evaluationDir(project, id);
  try {
    const data = await writeData(context, project, finder, request.data, folder);
    const facts: EvaluationFacts = {
      baseName,
      tunedName,
      ...data,
      metrics: asked,
      dataHash: null,
      issues: [],
      trainedPaths: trainedOn(project, request.tuned),
      headline: null,
    };
    updateEvaluation(project.store, id, { factsJson: JSON.stringify(facts) });
    return id;
  } catch (error) {
    deleteEvaluation(project.store, id);
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

type Data = Pick<EvaluationFacts, 'dataName' | 'dataPath' | 'dataset'>;

async function writeData(
  context: AppContext,
  project: OpenProject,
  finder: DuplicateFinder,
  data: EvaluationData,
  folder: string,
): Promise<Data> {
  if (data.from === 'file') return ofFile(data.path);
  const { split } = data;
  if (data.from === 'run') {
    const run = requireRun(project, data.runId);
    const from = snapshotDirOf(folderOf(project, run));
    const snapshot = await readSnapshot(from);
    requireSamples(snapshot, split);
    const dataPath = join(folder, `${split}.jsonl`);
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw writeError(error, folder);
    });
    await copyFile(snapshotFile(from, split), dataPath);
    const { datasetName } = keptRequestOf(run);
    return { dataName: `${datasetName}, ${split}`, dataPath, dataset: specOf(snapshot) };
  }
  const dataset = datasetOf(requireDataset(project.store, data.datasetId));
  const { name, filter, settings } = dataset;
  const selection = await selectSamples(project, { filter, settings }, finder);
  const asked = { datasetId: dataset.id, name, filter, settings, nowMs: context.now() };
  const own = join(folder, 'data');
  const snapshot = await writeSnapshot(project, asked, selection, own);
  requireSamples(snapshot, split);
  const dataPath = snapshotFile(own, split);
  return { dataName: `${name}, ${split}`, dataPath, dataset: specOf(snapshot) };
}

function ofFile(given: string): Data {
  const path = normalize(given.trim());
  if (isAbsolute(path) && existsSync(path)) {
    return { dataName: basename(path), dataPath: path, dataset: null };
  }
  throw new LensmithError('evaluations/no-file', `There is no file ${given}.`, {
    expected: 'the whole path of a dataset file on this machine',
    hint: 'LLaVA JSON, ShareGPT and messages JSONL are read.',
  });
}

const specOf = ({ datasetId, filter, settings }: SnapshotFacts): EvaluationFacts['dataset'] => ({
  id: datasetId,
  filter,
  settings,
});

/** What a model was trained on by runs of this project: the last one, and those it went on from. */
function trainedOn(
  project: OpenProject,
  { dir, adapter }: ModelRef,
  met: readonly number[] = [],
): string[] {
  const outputs = listRunOutputs(project.store);
  const made = outputs.find(({ outputPath }) => outputPath === (adapter ?? dir));
  if (made === undefined || met.includes(made.runId)) return [];
  const run = requireRun(project, made.runId);
  const path = snapshotFile(snapshotDirOf(folderOf(project, run)), 'train');
  const before = trainedOn(project, keptRequestOf(run).request.model, [...met, run.id]);
  return existsSync(path) ? [path, ...before] : before;
}

function requireRun({ store }: OpenProject, id: number): RunRow {
  const row = findRun(store, id);
  if (row !== undefined) return row;
  throw new LensmithError('runs/missing', 'This run is no longer there.', { got: `run ${id}` });
}

function requireSamples({ counts }: SnapshotFacts, split: SplitName): void {
  if (counts[split] > 0) return;
  throw new LensmithError('evaluations/nothing-to-answer', `There is no sample for ${split}.`, {
    got: `${counts.train} for train, ${counts.validation} for validation, ${counts.test} for test`,
    hint: 'Choose another side, or give it a share of the dataset’s split.',
  });
}
