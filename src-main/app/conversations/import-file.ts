/** Files of training data into the project: their media into the library, their records as samples. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { RecordFault } from '../../formats/datasets/dataset-format.ts';
import { readDataset } from '../../formats/datasets/index.ts';
import type { DatasetIssue } from '../../formats/datasets/index.ts';
import { isPreferenceFile, readPreferences } from '../../formats/datasets/preferences.ts';
import { mediaParts } from '../../formats/sample.ts';
import type { MediaPart } from '../../formats/sample.ts';
import type { ImportResult } from '../../ipc/contract/conversations.ts';
import type { Edit } from '../../store/journal.ts';
import { lastSamplePosition } from '../../store/samples.ts';
import type { AppContext } from '../core/context.ts';
import type { JobContext } from '../jobs/jobs.ts';
import { importPaths } from '../library/import-paths.ts';
import { startProjectJob } from '../library/project-jobs.ts';
import type { OpenProject } from '../project/open-project.ts';
import { insertSample } from './edit-samples.ts';
import { fromFormat } from './from-format.ts';
import type { FoundSample, ReadSample } from './from-format.ts';

/** Written at a time, so that the core answers in between. */
const batchSize = 500;
const listedIssues = 1000;

/** @returns the job's id */
export function startImport(context: AppContext, path: string): string {
  const project = context.projects.current;
  return startProjectJob(context, project, {
    kind: 'import-samples',
    title: `Import samples from ${basename(path)}`,
    run: async (job) => (await importSamples(context, project, job, { paths: [path] })).result,
    resultFor: (result) => result,
  }).id;
}

export interface SampleImport {
  readonly paths: readonly string[];
  /** Media into the project's folder; left out: as the settings say. */
  readonly copy?: boolean;
  /** Written with the samples, which then are all there or none. */
  readonly alongside?: (edit: Edit, itemsOf: ImportedSamples['itemsOf']) => void;
}

export interface ImportedSamples {
  readonly result: ImportResult;
  /** Items of each file's samples. */
  readonly itemsOf: ReadonlyMap<string, ReadonlySet<number>>;
}

/** All samples of an import are one act in the library's undo. */
export async function importSamples(
  context: AppContext,
  project: OpenProject,
  job: JobContext,
  request: SampleImport,
): Promise<ImportedSamples> {
  const read = await readAll(request.paths, job);
  const media = new ImportedMedia(context, project);
  await media.add(read.samples, job, request.copy);
  const issues = [...read.issues];
  const found: (FoundSample & { readonly file: string })[] = [];
  for (const sample of read.samples) {
    try {
      const { file } = sample.source;
      found.push({ ...fromFormat(sample, (part) => media.itemOf(part)), file });
    } catch (error) {
      if (!(error instanceof RecordFault)) throw error;
      issues.push({ ...sample.source, code: error.code, message: error.message });
    }
  }
  const itemsOf = new Map<string, Set<number>>();
  for (const { file, items } of found) {
    const ids = itemsOf.get(file) ?? new Set();
    itemsOf.set(file, ids);
    for (const { itemId } of items) ids.add(itemId);
  }
  const { alongside } = request;
  const last = alongside && ((edit: Edit) => alongside(edit, itemsOf));
  await write(context, project, job, found, last);
  const result: ImportResult = {
    samples: found.length,
    items: media.added,
    issueCount: issues.length,
    issues: issues.slice(0, listedIssues),
  };
  return { result, itemsOf };
}

async function readAll(
  paths: readonly string[],
  job: JobContext,
): Promise<{ samples: ReadSample[]; issues: DatasetIssue[] }> {
  const samples: ReadSample[] = [];
  const issues: DatasetIssue[] = [];
  for (const path of paths) {
    for await (const item of recordsOf(path)) {
      if ('sample' in item) samples.push(item.sample);
      else issues.push(item.issue);
      const read = samples.length + issues.length;
      if (read % batchSize !== 0) continue;
      job.progress({ note: `${read} records read` });
      await job.checkpoint();
    }
  }
  return { samples, issues };
}

/** Conversations or preference pairs, by what the file begins with. */
async function* recordsOf(
  path: string,
): AsyncGenerator<{ readonly sample: ReadSample } | { readonly issue: DatasetIssue }> {
  if (!(await isPreferenceFile(path))) return yield* readDataset(path);
  for await (const item of readPreferences(path)) {
    yield 'value' in item ? { sample: item.value } : item;
  }
}

/** The media of samples on their way into the library. */
class ImportedMedia {
  readonly #context: AppContext;
  readonly #project: OpenProject;
  readonly #items = new Map<string, number>();
  added = 0;

  constructor(context: AppContext, project: OpenProject) {
    this.#context = context;
    this.#project = project;
  }

  itemOf(part: MediaPart): number | undefined {
    return this.#items.get('path' in part ? part.path : hashOf(part.bytes));
  }

  async add(samples: readonly ReadSample[], job: JobContext, copy?: boolean): Promise<void> {
    const files = new Set<string>();
    const embedded = new Map<string, Uint8Array>();
    for (const part of samples.flatMap(mediaParts)) {
      if ('path' in part) files.add(part.path);
      else embedded.set(hashOf(part.bytes), part.bytes);
    }
    job.progress({ note: 'Adding pictures and videos to the library' });
    if (files.size > 0) await this.#import([...files], job, copy);
    if (embedded.size > 0) await this.#importEmbedded(embedded, job);
  }

  async #import(paths: readonly string[], job: JobContext, copy?: boolean): Promise<void> {
    const { jobId, end } = importPaths(this.#context, this.#project, {
      paths,
      title: 'Add pictures and videos of the samples',
      ...(copy === undefined ? {} : { copy }),
    });
    const cancel = (): void => this.#context.jobs.cancel(jobId);
    job.signal.addEventListener('abort', cancel, { once: true });
    try {
      const { report, itemIds } = await end;
      this.added += report.addedIds.length;
      for (const [path, itemId] of itemIds) this.#items.set(path, itemId);
    } finally {
      job.signal.removeEventListener('abort', cancel);
    }
  }

  /** Pictures inside the file get files of their own in the project. */
  async #importEmbedded(embedded: ReadonlyMap<string, Uint8Array>, job: JobContext): Promise<void> {
    const folder = join(this.#project.cacheDir, `embedded-${randomUUID()}`);
    const hashes = new Map([...embedded.keys()].map((hash) => [join(folder, hash), hash]));
    await mkdir(folder, { recursive: true });
    try {
      for (const [path, hash] of hashes) await writeFile(path, embedded.get(hash) as Uint8Array);
      await this.#import([...hashes.keys()], job, true);
      for (const [path, hash] of hashes) {
        const itemId = this.#items.get(path);
        if (itemId !== undefined) this.#items.set(hash, itemId);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** @param last written with the samples, in one transaction, however many there are */
async function write(
  { now }: AppContext,
  { store }: OpenProject,
  job: JobContext,
  samples: readonly FoundSample[],
  last?: (edit: Edit) => void,
): Promise<void> {
  const label = `Import ${samples.length} samples`;
  const act = randomUUID();
  const atOnce = last === undefined ? batchSize : Math.max(1, samples.length);
  let position = lastSamplePosition(store);
  job.progress({ total: samples.length, note: 'Writing samples' });
  for (let from = 0; from < samples.length; from += atOnce) {
    await job.checkpoint();
    const batch = samples.slice(from, from + atOnce);
    const createdMs = now();
    store.journal.edit(
      'library',
      label,
      (edit) => {
        for (const sample of batch) {
          position += 1;
          // Training data that others curated count as such until somebody says otherwise.
          const facts = { source: 'import', status: 'reviewed', position, createdMs } as const;
          insertSample(edit, { ...sample, ...facts });
        }
        last?.(edit);
      },
      act,
    );
    job.progress({ done: from + batch.length });
    await new Promise(setImmediate);
  }
}
