/**
 * Preference pairs as TRL's DPO trainer reads them: `{"prompt": messages, "chosen": messages,
 * "rejected": messages, "images": [path]}`, where chosen and rejected are the answer alone (or, with
 * the prompt left out, the whole conversation twice); texts in place of messages are read too. In
 * prompts `{"type": "image"}` marks the place of the next of `images`.
 *
 * Not one of `datasetFormats`: a pair is no conversation to learn word by word, and training that
 * read the better half of it would pass over what was said to be worse.
 * @source https://huggingface.co/docs/trl/dataset_formats (preference)
 */
import { dirname } from 'node:path';
import { readJsonRecords } from '../json-records.ts';
import { mediaParts } from '../sample.ts';
import type { Message, Part, Sample } from '../sample.ts';
import { RecordFault } from './dataset-format.ts';
import { inline, mediaName } from './media.ts';
import { parseMessages } from './messages.ts';
import { isObject, readRecords, recordId, requireMedia, writeRecords } from './record-files.ts';
import type { JsonObject, RecordItem, RecordPlace } from './record-files.ts';

/** A conversation whose last message is the answer that was chosen, and the one that was not. */
export interface PreferencePair extends Sample {
  readonly rejected: readonly Part[];
}

/** Whether a file's first readable record is a pair. @throws formats/file-not-found */
export async function isPreferenceFile(path: string): Promise<boolean> {
  for await (const record of readJsonRecords(path)) {
    if ('fault' in record) continue;
    const { value } = record;
    return isObject(value) && value['chosen'] !== undefined && value['rejected'] !== undefined;
  }
  return false;
}

/** Streams pairs; a bad record is an issue, and the next one follows. @throws formats/file-not-found */
export function readPreferences(path: string): AsyncGenerator<RecordItem<PreferencePair>> {
  return readRecords(path, async (record, place) => {
    const pair = parsePair(record, place);
    await requireMedia(pair);
    return pair;
  });
}

function parsePair(record: JsonObject, place: RecordPlace): PreferencePair {
  const [chosen, rejected] = [sideOf(record, 'chosen'), sideOf(record, 'rejected')];
  const given = record['prompt'];
  const prompt = given === undefined || given === null ? chosen.slice(0, -1) : promptOf(given);
  const answers = [chosen, rejected].map((side) =>
    given === undefined || given === null ? afterPrompt(side, prompt) : onlyOne(side),
  ) as [unknown, unknown];
  const folder = dirname(place.file);
  const { image, images, video, videos } = record;
  const columns = { image, images, video, videos };
  const messages = parseMessages({ ...columns, messages: [...prompt, answers[0]] }, folder);
  const [other] = parseMessages({ messages: [answers[1]] }, folder);
  if (messages.at(-1)?.role !== 'assistant' || other?.role !== 'assistant') {
    throw new RecordFault('bad-preference', 'A side of the pair is not said by the assistant.');
  }
  return { id: recordId(record, place), messages, rejected: other.content, source: place };
}

function sideOf(record: JsonObject, name: string): unknown[] {
  const side = record[name];
  if (typeof side === 'string') return [{ role: 'assistant', content: side }];
  if (Array.isArray(side) && side.length > 0) return side as unknown[];
  throw new RecordFault('bad-preference', `"${name}" is no text and no messages: ${inline(side)}.`);
}

function promptOf(prompt: unknown): unknown[] {
  if (typeof prompt === 'string') return [{ role: 'user', content: prompt }];
  if (Array.isArray(prompt)) return prompt as unknown[];
  throw new RecordFault(
    'bad-preference',
    `"prompt" is no text and no messages: ${inline(prompt)}.`,
  );
}

function onlyOne(side: readonly unknown[]): unknown {
  if (side.length === 1) return side[0];
  throw new RecordFault(
    'bad-preference',
    `Each side of a pair is one answer; here are ${side.length} messages.`,
  );
}

/** @throws RecordFault where both sides do not go on from the same conversation */
function afterPrompt(side: readonly unknown[], prompt: readonly unknown[]): unknown {
  const own = side.slice(0, -1);
  if (JSON.stringify(own) === JSON.stringify(prompt)) return side.at(-1);
  throw new RecordFault('bad-preference', 'The two conversations differ before the last answer.');
}

/** Why a pair would come back changed; empty where it does not. */
export function preferenceFaults({ messages, rejected }: PreferencePair): string[] {
  const media = mediaParts({ messages });
  const answers = [...(messages.at(-1)?.content ?? []), ...rejected];
  return [
    ...(media.some((part) => part.type === 'video') ? ['a video'] : []),
    ...(media.some((part) => 'bytes' in part) ? ['an image inside the record'] : []),
    ...(answers.some((part) => part.type !== 'text') ? ['a picture in an answer'] : []),
  ];
}

/**
 * Writes a file as a whole, pairs for which `preferenceFaults` finds nothing. Content is a list of
 * parts everywhere: the columns of a table that mixes lists and texts cannot be read at all.
 */
export async function writePreferences(
  path: string,
  pairs: AsyncIterable<PreferencePair>,
): Promise<void> {
  async function* records(): AsyncGenerator<JsonObject> {
    for await (const pair of pairs) yield recordOf(pair, path);
  }
  await writeRecords(path, records());
}

function recordOf({ id, messages, rejected }: PreferencePair, dataFile: string): JsonObject {
  const images = mediaParts({ messages }).flatMap((part) =>
    'path' in part ? [mediaName(part.path, dataFile)] : [],
  );
  const answer = (content: readonly Part[]) => [messageOf({ role: 'assistant', content })];
  return {
    id,
    prompt: messages.slice(0, -1).map(messageOf),
    chosen: answer(messages.at(-1)?.content ?? []),
    rejected: answer(rejected),
    images,
  };
}

const messageOf = ({ role, content }: Message): JsonObject => ({
  role,
  content: content.map((part) =>
    part.type === 'text' ? { type: 'text', text: part.text } : { type: 'image' },
  ),
});
