/** Where a model or adapter comes from, and whether that is still so. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Lineage, LineageFile, LineageSource } from '../../ipc/contract/lineage.ts';
import type { ModelEntry } from '../../ipc/contract/models.ts';
import { readDataset } from '../../store/datasets.ts';
import { findRun } from '../../store/runs.ts';
import type { AppContext } from '../core/context.ts';
import { keptRequestOf } from '../runs/run-view.ts';
import { readLineage } from './lineage-file.ts';
import { lineageOfRun } from './lineage-of-run.ts';
import { weightsHash } from './weights-hash.ts';

/** @param entries of the list */
export async function lineageOf(
  { projects, version }: Pick<AppContext, 'projects' | 'version'>,
  entries: readonly ModelEntry[],
  dir: string,
): Promise<Lineage> {
  const runId = entries.find((entry) => entry.dir === dir)?.runId ?? null;
  const project = projects.currentOrNull;
  const ofRun = runId === null || project === null ? null : { project, runId };
  const file =
    (await readLineage(dir)) ??
    (ofRun === null ? null : await lineageOfRun(ofRun.project, ofRun.runId, version));
  const request = ofRun === null ? null : findRun(ofRun.project.store, ofRun.runId);
  const datasetId =
    request === null || request === undefined ? null : keptRequestOf(request).request.datasetId;
  const isThere =
    project !== null && datasetId !== null && readDataset(project.store, datasetId) !== undefined;
  return {
    file,
    sources: await Promise.all((file?.sources ?? []).map((one) => standOf(one, entries))),
    runId,
    datasetId: isThere ? datasetId : null,
    made: await madeFrom(dir, entries),
  };
}

async function standOf(
  source: LineageSource,
  entries: readonly ModelEntry[],
): Promise<Lineage['sources'][number]> {
  const dir = existsSync(source.dir) ? source.dir : elsewhere(source, entries);
  const name = entries.find((entry) => entry.dir === dir)?.name ?? source.name;
  if (dir === null) return { dir, name, state: 'missing' };
  const now = await weightsHash(dir);
  if (now === null || source.hash === null) return { dir, name, state: 'unknown' };
  return { dir, name, state: now === source.hash ? 'same' : 'changed' };
}

/** A folder that was moved mostly keeps its name. */
function elsewhere({ dir }: LineageSource, entries: readonly ModelEntry[]): string | null {
  const moved = entries.find((one) => !one.isMissing && basename(one.dir) === basename(dir));
  return moved?.dir ?? null;
}

async function madeFrom(dir: string, entries: readonly ModelEntry[]): Promise<Lineage['made']> {
  const others = entries.filter((entry) => entry.dir !== dir && !entry.isMissing);
  const files = await Promise.all(
    others.map(async (entry) => ({ entry, file: await readLineage(entry.dir) })),
  );
  return files.flatMap(({ entry, file }) =>
    file !== null && isFrom(file, dir)
      ? [{ dir: entry.dir, name: entry.name, how: file.made }]
      : [],
  );
}

function isFrom({ sources, training }: LineageFile, dir: string): boolean {
  return sources.some((source) => source.dir === dir) || training?.startedFrom?.dir === dir;
}
