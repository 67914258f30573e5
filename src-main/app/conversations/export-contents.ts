/** What goes into a file of each format: conversations, or the pairs among them. */
import { datasetFormat } from '../../formats/datasets/index.ts';
import { preferenceFaults, writePreferences } from '../../formats/datasets/preferences.ts';
import type { Dialect } from '../../ipc/contract/content.ts';
import type { FileFormat } from '../../ipc/contract/conversations.ts';
import type { OpenProject } from '../project/open-project.ts';
import { renderSamples } from './read-samples.ts';
import { renderPairs } from './render-pairs.ts';

/** One record as the format would hold it, or why there is none. */
export type Checked<T> = { readonly sampleId: number } & (
  { readonly record: T } | { readonly faults: readonly string[] }
);

export interface ExportContents<T> {
  /** Batch by batch, so that the core answers in between. */
  readonly records: () => AsyncGenerator<Checked<T>>;
  readonly write: (path: string, records: AsyncIterable<T>) => Promise<void>;
}

const batchSize = 250;

/** Calls `use` with the contents of the format, whatever their type. */
export function withContents<R>(
  project: OpenProject,
  sampleIds: readonly number[],
  { format, dialect }: { readonly format: FileFormat; readonly dialect: Dialect },
  use: <T>(contents: ExportContents<T>) => R,
): R {
  if (format === 'preference') {
    return use({ records: () => pairs(project, sampleIds, dialect), write: writePreferences });
  }
  const { cannotRepresent, write } = datasetFormat(format);
  return use({
    records: () => conversations(project, sampleIds, dialect, cannotRepresent),
    write,
  });
}

type Conversation = Parameters<ReturnType<typeof datasetFormat>['cannotRepresent']>[0];
type Pair = Parameters<typeof preferenceFaults>[0];

async function* conversations(
  project: OpenProject,
  sampleIds: readonly number[],
  dialect: Dialect,
  faultsOf: (sample: Conversation) => string[],
): AsyncGenerator<Checked<Conversation>> {
  for (const batch of renderSamples(project, sampleIds, dialect)) {
    for (const rendered of batch) {
      const { sampleId } = rendered;
      if ('error' in rendered) yield { sampleId, faults: [rendered.error.message] };
      else yield checked(sampleId, rendered.sample, faultsOf(rendered.sample));
    }
    await new Promise(setImmediate);
  }
}

async function* pairs(
  project: OpenProject,
  sampleIds: readonly number[],
  dialect: Dialect,
): AsyncGenerator<Checked<Pair>> {
  for (let from = 0; from < sampleIds.length; from += batchSize) {
    for (const rendered of renderPairs(project, sampleIds.slice(from, from + batchSize), dialect)) {
      const { sampleId } = rendered;
      if ('none' in rendered) yield { sampleId, faults: ['no second answer'] };
      else if ('error' in rendered) yield { sampleId, faults: [rendered.error.message] };
      else yield checked(sampleId, rendered.pair, preferenceFaults(rendered.pair));
    }
    await new Promise(setImmediate);
  }
}

function checked<T>(sampleId: number, record: T, faults: readonly string[]): Checked<T> {
  return faults.length > 0 ? { sampleId, faults } : { sampleId, record };
}
