/**
 * Conversations as turns `{"from": "human", "value": "<image>\nQ"}`: the common
 * part of LLaVA's and ShareGPT's records. Reading accepts the fields of both,
 * because files in the wild mix them; writing keeps to one dialect.
 */
import { mediaParts, type MediaPart, type Message, type Role, type Sample } from '../sample.ts';
import { RecordFault } from './dataset-format.ts';
import { imagePart, inline, mediaName, videoPart } from './media.ts';
import {
  countPlaceholders,
  hasPlaceholder,
  joinPlaceholders,
  MediaQueue,
  splitPlaceholders,
  textFaults,
} from './placeholders.ts';
import { isObject, listField, type JsonObject } from './record-files.ts';

const roles: Readonly<Record<string, Role>> = {
  human: 'user',
  user: 'user',
  gpt: 'assistant',
  assistant: 'assistant',
  system: 'system',
};

interface Turn {
  readonly role: Role;
  readonly value: string;
}

/** @throws RecordFault */
export function parseTurns(record: JsonObject, folder: string): Message[] {
  const turns = readTurns(record['conversations']);
  const system = record['system'];
  if (typeof system === 'string' && system !== '') turns.unshift({ role: 'system', value: system });
  else if (system !== undefined && system !== null && system !== '') {
    throw new RecordFault('bad-record', `The system prompt is no text: ${inline(system)}.`);
  }
  const media = openMedia(record, turns, folder);
  const messages = turns.map(({ role, value }): Message => {
    if (role === 'user') return { role, content: splitPlaceholders(value, media) };
    if (hasPlaceholder(value)) {
      throw new RecordFault(
        'misplaced-placeholder',
        `An <image> or <video> mark in a ${role} turn.`,
      );
    }
    return { role, content: value === '' ? [] : [{ type: 'text', text: value }] };
  });
  media.finish();
  return messages;
}

function readTurns(conversations: unknown): Turn[] {
  if (!Array.isArray(conversations)) {
    throw new RecordFault('bad-record', 'The record has no list "conversations".');
  }
  return conversations.map((turn: unknown): Turn => {
    const from = isObject(turn) ? turn['from'] : undefined;
    const value = isObject(turn) ? turn['value'] : undefined;
    if (typeof from !== 'string' || typeof value !== 'string') {
      throw new RecordFault('bad-turn', `A turn is not {"from", "value"}: ${inline(turn)}.`);
    }
    if (/^(function_call|observation|tool)$/.test(from)) {
      throw new RecordFault(
        'tools-unsupported',
        `A turn is from "${from}"; tools are not supported.`,
      );
    }
    const role = Object.hasOwn(roles, from) ? roles[from] : undefined;
    if (role === undefined) {
      throw new RecordFault('unknown-role', `A turn is from nobody known: ${inline(from)}.`);
    }
    return { role, value };
  });
}

function openMedia(record: JsonObject, turns: readonly Turn[], folder: string): MediaQueue {
  const images = listField(record, 'image', 'images').map((source) => imagePart(source, folder));
  const videos = listField(record, 'video', 'videos').map((source) => videoPart(source, folder));
  const marks = countPlaceholders(turns.map(({ value }) => value).join('\n'));
  // LLaVA-Video-178K marks its clips by <image>.
  const imagesAreVideos = images.length === 0 && marks.video === 0 && marks.image > 0;
  requireCounts('image', imagesAreVideos ? videos : images, marks.image);
  if (!imagesAreVideos) requireCounts('video', videos, marks.video);
  return new MediaQueue(images, videos, imagesAreVideos);
}

function requireCounts(mark: string, media: readonly MediaPart[], marks: number): void {
  if (media.length === marks) return;
  throw new RecordFault(
    'placeholder-mismatch',
    `The turns hold ${marks} <${mark}> marks for ${media.length} files; each file needs one mark.`,
  );
}

/** Why a sample would come back changed from turns with media listed beside them. */
export function turnFaults(sample: Sample): string[] {
  const faults = new Set<string>();
  for (const { role, content } of sample.messages) {
    for (const fault of textFaults(content)) faults.add(fault);
    if (role !== 'user' && content.some((part) => part.type !== 'text')) {
      faults.add(`media in a ${role} message`);
    }
  }
  for (const part of mediaParts(sample)) {
    if ('bytes' in part) faults.add('an image without a file');
    else if (part.type === 'video' && hasSampling(part)) faults.add('how a video is sampled');
  }
  if (sample.messages.length === 0) faults.add('a conversation without messages');
  return [...faults];
}

function hasSampling(part: MediaPart): boolean {
  return 'fps' in part || 'frames' in part || 'timestampsMs' in part;
}

export function writeTurns(messages: readonly Message[]): { from: string; value: string }[] {
  const names: Readonly<Record<Role, string>> = {
    user: 'human',
    assistant: 'gpt',
    system: 'system',
  };
  return messages.map(({ role, content }) => ({
    from: names[role],
    value: joinPlaceholders(content),
  }));
}

/** The names of a sample's images or videos, in the order of their marks. */
export function mediaNames(sample: Sample, kind: 'image' | 'video', dataFile: string): string[] {
  return mediaParts(sample).flatMap((part) =>
    part.type === kind && 'path' in part ? [mediaName(part.path, dataFile)] : [],
  );
}
