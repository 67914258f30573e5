/** What every dialect in JSON files shares: streaming records in and out. */
import { access } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { writeStreamAtomic } from '../../base/atomic-file.ts';
import { LensmithError } from '../../base/errors.ts';
import { readJsonRecords } from '../json-records.ts';
import { mediaParts, type Message, type Sample } from '../sample.ts';
import {
  RecordFault,
  type DatasetFormat,
  type DatasetItem,
  type DatasetIssue,
  type ReadOptions,
} from './dataset-format.ts';
import { inline } from './media.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export const jsonExtensions = ['.json', '.jsonl', '.ndjson'] as const;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where a record stands: line (from 1) of its first character. */
export interface RecordPlace {
  readonly file: string;
  readonly line: number;
}

export type RecordItem<T> = { readonly value: T } | { readonly issue: DatasetIssue };

/** Reads a file whose records are objects; one that `parse` finds fault with is an issue. */
export async function* readRecords<T>(
  path: string,
  parse: (record: JsonObject, place: RecordPlace) => Promise<T>,
): AsyncGenerator<RecordItem<T>> {
  const file = resolve(path);
  for await (const record of readJsonRecords(file)) {
    const { line } = record;
    const issue = (code: string, message: string): { issue: DatasetIssue } => ({
      issue: { code, file, line, message },
    });
    if ('fault' in record) {
      yield issue(record.fault.code, record.fault.message);
      continue;
    }
    try {
      if (!isObject(record.value)) {
        throw new RecordFault('bad-record', `The record is no object: ${inline(record.value)}.`);
      }
      yield { value: await parse(record.value, { file, line }) };
    } catch (error) {
      if (!(error instanceof RecordFault)) throw error;
      yield issue(error.code, error.message);
    }
  }
}

/** Reads conversations; `parse` gives the messages of one. */
export async function* readObjects(
  path: string,
  parse: (record: JsonObject, folder: string) => Message[],
  options: ReadOptions = {},
): AsyncGenerator<DatasetItem> {
  const records = readRecords(path, async (record, place) => {
    const sample = parseSample(record, place, parse);
    if (options.requireMedia !== false) await requireMedia(sample);
    return sample;
  });
  for await (const item of records) yield 'value' in item ? { sample: item.value } : item;
}

function parseSample(
  record: JsonObject,
  place: RecordPlace,
  parse: (record: JsonObject, folder: string) => Message[],
): Sample {
  refuseUnsupported(record);
  const messages = parse(record, dirname(place.file));
  if (messages.length === 0) throw new RecordFault('bad-record', 'The conversation is empty.');
  return { id: recordId(record, place), messages, source: place };
}

/** Its own, or `FILE:LINE`. */
export function recordId(record: JsonObject, { file, line }: RecordPlace): string {
  const id = record['id'];
  if (id === undefined || id === null) return `${basename(file)}:${line}`;
  if (typeof id === 'string' || typeof id === 'number') return String(id);
  throw new RecordFault('bad-record', `The id is no text or number: ${inline(id)}.`);
}

/** @throws RecordFault formats/media-missing */
export async function requireMedia(sample: Pick<Sample, 'messages'>): Promise<void> {
  for (const part of mediaParts(sample)) {
    if (!('path' in part)) continue;
    await access(part.path).catch(() => {
      throw new RecordFault('media-missing', `The ${part.type} does not exist: ${part.path}`);
    });
  }
}

const isFilled = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== '' &&
  value !== '[]' && // tools are often a list in a text
  !(Array.isArray(value) && value.length === 0) &&
  !(isObject(value) && Object.keys(value).length === 0);

/** Fields that change what a record teaches; reading past them would teach something else. */
const unsupportedFields: readonly (readonly [code: string, what: string, fields: string[]])[] = [
  [
    'preference-record',
    'is a preference record, not a conversation to learn',
    ['chosen', 'rejected', 'rejected_response', 'kto_tag'],
  ],
  ['tools-unsupported', 'uses tools, which are not supported', ['tools']],
  ['audio-unsupported', 'has audio, which is not supported', ['audio', 'audios']],
];

function refuseUnsupported(record: JsonObject): void {
  for (const [code, what, fields] of unsupportedFields) {
    const field = fields.find((name) => isFilled(record[name]));
    if (field !== undefined) throw new RecordFault(code, `The record ${what} (field "${field}").`);
  }
  const objects = record['objects'];
  if (isObject(objects) && (isFilled(objects['bbox']) || isFilled(objects['ref']))) {
    throw new RecordFault('regions-unsupported', 'The record marks regions (field "objects").');
  }
}

/** A field that holds one name or a list of them; absent and null give none. */
export function listField(record: JsonObject, ...names: string[]): unknown[] {
  const filled = names.filter((name) => isFilled(record[name]));
  const name = filled[0];
  if (name === undefined) return [];
  if (filled.length > 1) {
    throw new RecordFault(
      'bad-record',
      `The fields ${filled.join(' and ')} contradict each other.`,
    );
  }
  const value = record[name];
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

/** Writes one JSON value per sample; one that the format cannot hold unchanged is refused. */
export async function writeObjects(
  path: string,
  samples: Iterable<Sample> | AsyncIterable<Sample>,
  format: Pick<DatasetFormat, 'id' | 'cannotRepresent'>,
  toRecord: (sample: Sample) => JsonObject,
): Promise<void> {
  async function* records(): AsyncGenerator<JsonObject> {
    for await (const sample of samples) {
      refuseLoss(sample, format);
      yield toRecord(sample);
    }
  }
  await writeRecords(path, records());
}

/** Writes values as lines or as an array, by the extension of `path`; all of it or nothing. */
export async function writeRecords(
  path: string,
  records: AsyncIterable<JsonObject>,
): Promise<void> {
  const asLines = /\.(jsonl|ndjson)$/i.test(path);
  async function* chunks(): AsyncGenerator<string> {
    let count = 0;
    for await (const record of records) {
      const json = JSON.stringify(record);
      if (asLines) yield `${json}\n`;
      else yield `${count === 0 ? '[' : ','}\n${json}`;
      count++;
    }
    if (!asLines) yield count === 0 ? '[]\n' : '\n]\n';
  }
  await writeStreamAtomic(path, chunks());
}

function refuseLoss(sample: Sample, format: Pick<DatasetFormat, 'id' | 'cannotRepresent'>): void {
  const losses = format.cannotRepresent(sample);
  if (losses.length === 0) return;
  throw new LensmithError(
    'formats/cannot-represent',
    `The ${format.id} format cannot hold the sample ${sample.id} unchanged.`,
    {
      got: losses.join('; '),
      hint: 'Write the messages format, which holds everything, or leave such samples out.',
    },
  );
}
