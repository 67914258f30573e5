import { LensmithError } from '../../base/errors.ts';
import { readJsonRecords } from '../json-records.ts';
import type { Sample } from '../sample.ts';
import { shorten } from '../weights/safetensors-layout.ts';
import type { DatasetFormat, DatasetIssue, DatasetItem, ReadOptions } from './dataset-format.ts';
import { llava } from './llava.ts';
import { messages } from './messages.ts';
import { sharegpt } from './sharegpt.ts';

export type { DatasetFormat, DatasetIssue, DatasetItem, ReadOptions } from './dataset-format.ts';
export { readConversation } from './messages.ts';

/** Every dialect; a new one is a file and a line here. */
export const datasetFormats: readonly DatasetFormat[] = [llava, sharegpt, messages];

/** Enough to meet a record with media in a file that begins with plain texts. */
const sniffedRecords = 50;

/** @throws formats/dataset-format-unknown */
export function datasetFormat(id: string): DatasetFormat {
  const format = datasetFormats.find((candidate) => candidate.id === id);
  if (format !== undefined) return format;
  throw new LensmithError('formats/dataset-format-unknown', `There is no dataset format "${id}".`, {
    expected: datasetFormats.map((candidate) => candidate.id).join(', '),
    got: id,
  });
}

/**
 * The dialect that suits the file's first records best.
 * @throws formats/dataset-unknown, formats/dataset-empty, formats/file-not-found
 */
export async function detectDatasetFormat(path: string): Promise<DatasetFormat> {
  const scores = new Map<DatasetFormat, number>(datasetFormats.map((format) => [format, 0]));
  let seen = 0;
  let fault: string | undefined;
  let fields: string | undefined;
  for await (const record of readJsonRecords(path)) {
    if ('fault' in record) fault ??= `line ${record.line}: ${record.fault.message}`;
    else {
      fields ??= describe(record.value);
      for (const [format, score] of scores) scores.set(format, score + format.sniff(record.value));
    }
    if (++seen >= sniffedRecords) break;
  }
  if (seen === 0) {
    throw new LensmithError('formats/dataset-empty', `${path} holds no records.`);
  }
  let best: DatasetFormat | undefined;
  for (const [format, score] of scores) {
    if (score > (best === undefined ? 0 : (scores.get(best) ?? 0))) best = format;
  }
  if (best !== undefined) return best;
  throw new LensmithError(
    'formats/dataset-unknown',
    `${path} is in no dataset format known here.`,
    {
      expected: 'records with "conversations" (LLaVA, ShareGPT) or "messages"',
      got: fields ?? fault,
    },
  );
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return shorten(JSON.stringify(value), 120);
  if (Array.isArray(value)) return 'records that are lists';
  return `records with the fields ${shorten(Object.keys(value).join(', '))}`;
}

/**
 * Streams a dataset: each record as a sample or as an issue with file and line.
 * @param options.format a format's id; detected from the first records otherwise
 * @throws the codes of detectDatasetFormat and datasetFormat
 */
export async function* readDataset(
  path: string,
  options: ReadOptions & { readonly format?: string } = {},
): AsyncGenerator<DatasetItem> {
  const format =
    options.format === undefined ? await detectDatasetFormat(path) : datasetFormat(options.format);
  yield* format.read(path, options);
}

/** The whole dataset in memory (paths, not pictures). */
export async function loadDataset(
  path: string,
  options: ReadOptions & { readonly format?: string } = {},
): Promise<{ samples: Sample[]; issues: DatasetIssue[] }> {
  const samples: Sample[] = [];
  const issues: DatasetIssue[] = [];
  for await (const item of readDataset(path, options)) {
    if ('sample' in item) samples.push(item.sample);
    else issues.push(item.issue);
  }
  return { samples, issues };
}
