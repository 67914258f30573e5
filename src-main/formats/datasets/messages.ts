/**
 * Conversations as messages: `{"messages": [{"role", "content"}]}`, one a line
 * or in an array. Content is a text or a list of parts: `{"type": "text"}`,
 * `{"type": "image", "path" | "url" | "base64"}`, OpenAI's `image_url` with data
 * URLs, `{"type": "video", "path", "fps" | "frames" | "timestampsMs"}`. Media may
 * also stand in the columns `image(s)` and `video(s)` (TRL, ms-swift).
 */
import { resolve } from 'node:path';
import { LensmithError } from '../../base/errors.ts';
import { mediaParts, type Message, type Part, type Role, type Sample } from '../sample.ts';
import { RecordFault, type DatasetFormat, type ReadOptions } from './dataset-format.ts';
import { imagePart, inline, videoPart } from './media.ts';
import { parsePart, writePart } from './message-parts.ts';
import { hasPlaceholder, MediaQueue, splitPlaceholders } from './placeholders.ts';
import {
  isObject,
  jsonExtensions,
  listField,
  readObjects,
  writeObjects,
  type JsonObject,
} from './record-files.ts';

const roles: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
};

/** @throws RecordFault */
export function parseMessages(record: JsonObject, folder: string): Message[] {
  const list = record['messages'];
  if (!Array.isArray(list)) {
    throw new RecordFault('bad-record', 'The record has no list "messages".');
  }
  const media = new MediaQueue(
    listField(record, 'image', 'images').map((source) => imagePart(source, folder)),
    listField(record, 'video', 'videos').map((source) => videoPart(source, folder)),
  );
  const messages = list.map((message: unknown) => parseMessage(message, folder, media));
  if (!list.some(placesMedia)) placeBeforeFirstQuestion(messages, media);
  media.finish();
  return messages;
}

/** Whether a message says itself where the record's media belong. */
function placesMedia(message: unknown): boolean {
  const content = (message as JsonObject)['content'];
  if (typeof content === 'string') return hasPlaceholder(content);
  return Array.isArray(content) && content.some((part: JsonObject) => part['type'] !== 'text');
}

/** TRL's rule for media columns beside plain texts. */
function placeBeforeFirstQuestion(messages: Message[], media: MediaQueue): void {
  const first = messages.findIndex(({ role }) => role === 'user');
  const message = messages[first];
  if (message === undefined) return;
  messages[first] = { role: 'user', content: [...media.takeAll(), ...message.content] };
}

function parseMessage(message: unknown, folder: string, media: MediaQueue): Message {
  if (!isObject(message)) {
    throw new RecordFault('bad-message', `A message is no object: ${inline(message)}.`);
  }
  const name = message['role'];
  if (name === 'tool' || name === 'function' || message['tool_calls'] || message['function_call']) {
    throw new RecordFault('tools-unsupported', 'The conversation uses tools.');
  }
  const role = typeof name === 'string' && Object.hasOwn(roles, name) ? roles[name] : undefined;
  if (role === undefined) {
    throw new RecordFault('unknown-role', `A message has an unknown role: ${inline(name)}.`);
  }
  if (role === 'assistant' && (message['weight'] === 0 || message['train'] === false)) {
    throw new RecordFault(
      'loss-weight-unsupported',
      'An answer is marked as not to be learnt; every assistant message is learnt here.',
    );
  }
  return { role, content: parseContent(message['content'], role, folder, media) };
}

function parseContent(content: unknown, role: Role, folder: string, media: MediaQueue): Part[] {
  if (Array.isArray(content)) return content.map((part) => parsePart(part, folder, media));
  if (typeof content !== 'string') {
    throw new RecordFault('bad-message', `Content is no text or list: ${inline(content)}.`);
  }
  if (role !== 'user' && hasPlaceholder(content)) {
    throw new RecordFault('misplaced-placeholder', `An <image> or <video> mark in a ${role} text.`);
  }
  return splitPlaceholders(content, media);
}

function writeContent(content: readonly Part[], dataFile: string): unknown {
  const [only, second] = content;
  const isPlain = only?.type === 'text' && second === undefined && only.text !== '';
  // A list of parts keeps marks as the texts they are.
  if (isPlain && !hasPlaceholder(only.text)) return only.text;
  return content.map((part) => writePart(part, dataFile));
}

export const messages: DatasetFormat = {
  id: 'messages',
  extensions: jsonExtensions,
  sniff: (record) => (isObject(record) && Array.isArray(record['messages']) ? 1 : 0),
  read: (path, options) => readObjects(path, parseMessages, options),
  write: (path, samples) =>
    writeObjects(path, samples, messages, (sample) => ({
      id: sample.id,
      messages: sample.messages.map(({ role, content }) => ({
        role,
        content: writeContent(content, path),
      })),
    })),
  cannotRepresent: (sample) => [
    ...(sample.messages.length === 0 ? ['a conversation without messages'] : []),
    ...(mediaParts(sample).some((part) => 'bytes' in part && part.bytes.byteLength === 0)
      ? ['an image without bytes']
      : []),
  ],
};

/**
 * The one conversation of a JSON file, as `--conversation` takes it.
 * @throws formats/one-conversation when there are none or several; the code of
 *         the record's fault; formats/file-not-found
 */
export async function readConversation(path: string, options?: ReadOptions): Promise<Sample> {
  const found: Sample[] = [];
  for await (const item of messages.read(path, options)) {
    if ('issue' in item) {
      const { code, file, line, message } = item.issue;
      throw new LensmithError(code, `${file}:${line}: ${message}`, {
        hint: 'A conversation is {"messages": [{"role": "user", "content": [{"type": "image", "path": "a.png"}, {"type": "text", "text": "…"}]}]}, with paths relative to its file.',
      });
    }
    found.push(item.sample);
    if (found.length > 1) break;
  }
  const [sample] = found;
  if (sample !== undefined && found.length === 1) return sample;
  throw new LensmithError(
    'formats/one-conversation',
    `${resolve(path)} does not hold exactly one conversation.`,
    { expected: 'one object with "messages"', got: sample === undefined ? 'none' : 'several' },
  );
}
