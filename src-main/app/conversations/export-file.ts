/** Samples of the project as files that other programs read. */
import { basename } from 'node:path';
import type * as v from 'valibot';
import { datasetFormat } from '../../formats/datasets/index.ts';
import type { DatasetFormat } from '../../formats/datasets/index.ts';
import type { Sample } from '../../formats/sample.ts';
import type {
  conversationsCommands,
  exportLoss,
  ExportResult,
} from '../../ipc/contract/conversations.ts';
import { findSamples } from '../../store/samples.ts';
import type { AppContext } from '../core/context.ts';
import type { JobContext } from '../jobs/jobs.ts';
import { startProjectJob } from '../library/project-jobs.ts';
import type { OpenProject } from '../project/open-project.ts';
import { sampleQuery } from './list-samples.ts';
import { renderSamples } from './read-samples.ts';

type ExportWish = v.InferOutput<
  (typeof conversationsCommands)['conversations.exportCheck']['input']
>;
type ExportLoss = v.InferOutput<typeof exportLoss>;

const listedSamples = 20;

/** Each sample as the format would hold it, or what of it would be lost. */
type Checked = { readonly sampleId: number } & (
  { readonly sample: Sample } | { readonly faults: readonly string[] }
);

async function* checkedSamples(
  project: OpenProject,
  sampleIds: readonly number[],
  { dialect }: ExportWish,
  format: DatasetFormat,
): AsyncGenerator<Checked> {
  for (const batch of renderSamples(project, sampleIds, dialect)) {
    for (const rendered of batch) {
      const { sampleId } = rendered;
      if ('error' in rendered) {
        yield { sampleId, faults: [rendered.error.message] };
        continue;
      }
      const faults = format.cannotRepresent(rendered.sample);
      yield faults.length > 0 ? { sampleId, faults } : { sampleId, sample: rendered.sample };
    }
    await new Promise(setImmediate);
  }
}

/** What is said before a file is written. */
export async function checkExport(
  { projects }: AppContext,
  wish: ExportWish,
): Promise<{ samples: number; losses: ExportLoss[] }> {
  const project = projects.current;
  const ids = findSamples(project.store, sampleQuery(wish.filter));
  const losses = new Map<string, ExportLoss>();
  for await (const checked of checkedSamples(project, ids, wish, datasetFormat(wish.format))) {
    if ('sample' in checked) continue;
    for (const what of checked.faults) {
      const loss = losses.get(what) ?? { what, count: 0, sampleIds: [] };
      losses.set(what, loss);
      loss.count += 1;
      if (loss.sampleIds.length < listedSamples) loss.sampleIds.push(checked.sampleId);
    }
  }
  return { samples: ids.length, losses: [...losses.values()].sort((a, b) => b.count - a.count) };
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
  const format = datasetFormat(wish.format);
  let samples = 0;
  let leftOut = 0;
  job.progress({ total: ids.length });
  async function* fitting(): AsyncGenerator<Sample> {
    for await (const checked of checkedSamples(project, ids, wish, format)) {
      await job.checkpoint();
      job.progress({ done: samples + leftOut });
      if ('sample' in checked) {
        samples += 1;
        yield checked.sample;
      } else leftOut += 1;
    }
  }
  await format.write(wish.path, fitting());
  return { path: wish.path, samples, leftOut };
}
