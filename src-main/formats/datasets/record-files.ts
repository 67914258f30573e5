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

/** Reads a file whose records are objects; `parse` gives the messages of one. */
export async function* readObjects(
  path: string,
  parse: (record: JsonObject, folder: string) => Message[],
  options: ReadOptions = {},
): AsyncGenerator<DatasetItem> {
  const file = resolve(path);
  for await (const record of readJsonRecords(file)) {
    const issue = (code: string, message: string): { issue: DatasetIssue } => ({
      issue: { code, file, line: record.line, message },
    });
    if ('fault' in record) {
      yield issue(record.fault.code, record.fault.message);
      continue;
    }
    try {
      const sample = parseSample(record.value, file, record.line, parse);
      if (options.requireMedia !== false) await requireMedia(sample);
      yield { sample };
    } catch (error) {
      if (!(error instanceof RecordFault)) throw error;
      yield issue(error.code, error.message);
    }
  }
}

function parseSample(
  value: unknown,
  file: string,
  line: number,
  parse: (record: JsonObject, folder: string) => Message[],
): Sample {
  if (!isObject(value)) {
    throw new RecordFault('bad-record', `The record is no object: ${inline(value)}.`);
  }
  refuseUnsupported(value);
  const messages = parse(value, dirname(file));
  if (messages.length === 0) throw new RecordFault('bad-record', 'The conversation is empty.');
  const id = value['id'];
  if (id !== undefined && id !== null && typeof id !== 'string' && typeof id !== 'number') {
    throw new RecordFault('bad-record', `The id is no text or number: ${inline(id)}.`);
  }
  return {
    id: id === undefined || id === null ? `${basename(file)}:${line}` : String(id),
    messages,
    source: { file, line },
  };
}

async function requireMedia(sample: Sample): Promise<void> {
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

/** Writes one JSON value per sample, as lines or as an array, by the extension of `path`. */
export async function writeObjects(
  path: string,
  samples: Iterable<Sample> | AsyncIterable<Sample>,
  format: Pick<DatasetFormat, 'id' | 'cannotRepresent'>,
  toRecord: (sample: Sample) => JsonObject,
): Promise<void> {
  const asLines = /\.(jsonl|ndjson)$/i.test(path);
  async function* chunks(): AsyncGenerator<string> {
    let count = 0;
    for await (const sample of samples) {
      refuseLoss(sample, format);
      const json = JSON.stringify(toRecord(sample));
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
