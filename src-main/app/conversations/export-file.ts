/** Samples of the project as files that other programs read. */
import { basename } from 'node:path';
import type * as v from 'valibot';
import type {
  conversationsCommands,
  ExportLoss,
  ExportResult,
} from '../../ipc/contract/conversations.ts';
import { countPairs, findSamples } from '../../store/samples.ts';
import type { AppContext } from '../core/context.ts';
import type { JobContext } from '../jobs/jobs.ts';
import { startProjectJob } from '../library/project-jobs.ts';
import type { OpenProject } from '../project/open-project.ts';
import { withContents } from './export-contents.ts';
import type { ExportContents } from './export-contents.ts';
import { sampleQuery } from './list-samples.ts';

type ExportWish = v.InferOutput<
  (typeof conversationsCommands)['conversations.exportCheck']['input']
>;
type ExportCheck = v.InferOutput<
  (typeof conversationsCommands)['conversations.exportCheck']['output']
>;

const listedSamples = 20;

/** What is said before a file is written. */
export async function checkExport(
  { projects }: AppContext,
  wish: ExportWish,
): Promise<ExportCheck> {
  const project = projects.current;
  const ids = findSamples(project.store, sampleQuery(wish.filter));
  const losses = await withContents(project, ids, wish, lossesOf);
  const secondAnswers = wish.format === 'preference' ? 0 : countPairs(project.store, ids);
  return { samples: ids.length, losses, secondAnswers };
}

async function lossesOf<T>({ records }: ExportContents<T>): Promise<ExportLoss[]> {
  const losses = new Map<string, ExportLoss>();
  for await (const checked of records()) {
    if ('record' in checked) continue;
    for (const what of checked.faults) {
      const loss = losses.get(what) ?? { what, count: 0, sampleIds: [] };
      losses.set(what, loss);
      loss.count += 1;
      if (loss.sampleIds.length < listedSamples) loss.sampleIds.push(checked.sampleId);
    }
  }
  return [...losses.values()].sort((a, b) => b.count - a.count);
}

/** @returns the job's id */
export function startExport(
  context: AppContext,
  wish: ExportWish & { readonly path: string },
): string {
  const project = context.projects.current;
  return startProjectJob(context, project, {
    kind: 'export-samples',
    title: `Export samples to ${basename(wish.path)}`,
    run: (job) => exportSamples(project, wish, job),
    resultFor: (result) => result,
  }).id;
}

async function exportSamples(
  project: OpenProject,
  wish: ExportWish & { readonly path: string },
  job: JobContext,
): Promise<ExportResult> {
  // Oldest first, as they were written.
  const ids = findSamples(project.store, sampleQuery(wish.filter)).reverse();
  job.progress({ total: ids.length });
  const counts = await withContents(project, ids, wish, (contents) =>
    writeContents(contents, wish.path, job),
  );
  return { path: wish.path, ...counts };
}

async function writeContents<T>(
  { records, write }: ExportContents<T>,
  path: string,
  job: JobContext,
): Promise<{ samples: number; leftOut: number }> {
  const counts = { samples: 0, leftOut: 0 };
  const seen = new Set<number>();
  async function* fitting(): AsyncGenerator<T> {
    for await (const checked of records()) {
      await job.checkpoint();
      seen.add(checked.sampleId);
      job.progress({ done: seen.size });
      if ('record' in checked) {
        counts.samples += 1;
        yield checked.record;
      } else counts.leftOut += 1;
    }
  }
  await write(path, fitting());
  return counts;
}
