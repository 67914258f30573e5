/** The parts of a message as OpenAI, axolotl, TRL and this project write them. */
import type { ImagePart, Part, VideoPart } from '../sample.ts';
import { RecordFault } from './dataset-format.ts';
import { decodeBase64, encodeDataUrl, imagePart, inline, mediaName, videoPart } from './media.ts';
import type { MediaQueue } from './placeholders.ts';
import { isObject, type JsonObject } from './record-files.ts';

/** @param media the record's own lists, for parts that name no file */
export function parsePart(part: unknown, folder: string, media: MediaQueue): Part {
  if (!isObject(part)) {
    throw new RecordFault('bad-part', `A part of a message is no object: ${inline(part)}.`);
  }
  switch (part['type']) {
    case 'text':
      if (typeof part['text'] === 'string') return { type: 'text', text: part['text'] };
      throw new RecordFault('bad-part', `A text part has no text: ${inline(part)}.`);
    case 'image':
    case 'image_url':
      return parseImage(part, folder, media);
    case 'video':
    case 'video_url':
      return parseVideo(part, folder, media);
    default:
      throw new RecordFault('unknown-part', `A part has an unknown type: ${inline(part['type'])}.`);
  }
}

/** The first of these fields that is there; `{"url": …}` counts as its url. */
function sourceOf(part: JsonObject, fields: readonly string[]): unknown {
  for (const field of fields) {
    const value = part[field];
    if (value === undefined || value === null) continue;
    return isObject(value) && 'url' in value ? value['url'] : value;
  }
  return undefined;
}

function parseImage(part: JsonObject, folder: string, media: MediaQueue): ImagePart {
  if (typeof part['base64'] === 'string') {
    const text = part['base64'];
    if (/^data:/i.test(text)) return imagePart(text, folder);
    return { type: 'image', bytes: decodeBase64(text) };
  }
  const source = sourceOf(part, ['path', 'url', 'image', 'image_url']);
  return source === undefined ? (media.take('image') as ImagePart) : imagePart(source, folder);
}

const videoSources = ['path', 'url', 'video', 'video_url'] as const;
const videoSampling = ['fps', 'frames', 'timestampsMs'] as const;

function parseVideo(part: JsonObject, folder: string, media: MediaQueue): VideoPart {
  requireKnownVideoKeys(part);
  const source = sourceOf(part, videoSources);
  const video =
    source === undefined ? (media.take('video') as VideoPart) : videoPart(source, folder);
  return { ...video, ...parseSampling(part) };
}

/** A misspelt way to choose frames would otherwise be the default number of them. */
function requireKnownVideoKeys(part: JsonObject): void {
  const known: readonly string[] = ['type', ...videoSources, ...videoSampling];
  const unknown = Object.keys(part).find((key) => !known.includes(key) && part[key] !== null);
  if (unknown === undefined) return;
  throw new RecordFault(
    'unknown-key',
    `A video part has an unknown key: ${inline(unknown)}. Frames are chosen by one of ` +
      `${videoSampling.join(', ')}.`,
  );
}

function parseSampling(part: JsonObject): Pick<VideoPart, 'fps' | 'frames' | 'timestampsMs'> {
  const { fps, frames, timestampsMs } = part;
  const given = [fps, frames, timestampsMs].filter((v) => v !== undefined && v !== null).length;
  if (given > 1) {
    throw new RecordFault('bad-part', 'A video is sampled by one of fps, frames, timestampsMs.');
  }
  if (given === 0) return {};
  if (typeof fps === 'number' && fps > 0) return { fps };
  if (typeof frames === 'number' && Number.isSafeInteger(frames) && frames > 0) return { frames };
  const isMoment = (t: unknown): t is number => typeof t === 'number' && t >= 0;
  if (Array.isArray(timestampsMs) && timestampsMs.length > 0 && timestampsMs.every(isMoment)) {
    return { timestampsMs };
  }
  throw new RecordFault(
    'bad-part',
    'A video needs fps above 0, frames from 1, or timestampsMs from 0: ' +
      `${inline({ fps, frames, timestampsMs })}.`,
  );
}

export function writePart(part: Part, dataFile: string): JsonObject {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image':
      return 'bytes' in part
        ? { type: 'image_url', image_url: { url: encodeDataUrl(part.bytes) } }
        : { type: 'image', path: mediaName(part.path, dataFile) };
    case 'video':
      return { ...part, path: mediaName(part.path, dataFile) };
  }
}
