/**
 * Records of JSON files, one after another, with the line of each: arrays,
 * JSON lines and single documents. Memory holds one record, so files may be of
 * any size. A broken record is reported and the following ones are still read.
 */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { LensmithError } from '../base/errors.ts';
import {
  ArraySplitter,
  isSpace,
  newline,
  RecordBytes,
  type JsonRecord,
} from './json-array-splitter.ts';

export type { JsonRecord } from './json-array-splitter.ts';

/**
 * @param path read as JSON lines when its name ends so or when its first line
 *   is a whole JSON value; else as an array; else as one document
 * @throws formats/file-not-found, formats/file-unreadable, formats/not-utf8
 */
export async function* readJsonRecords(path: string): AsyncGenerator<JsonRecord> {
  const head = await readHead(path);
  const chunks = createReadStream(path, { start: head.start, highWaterMark: 1 << 18 });
  const bytes: AsyncIterable<Buffer> = chunks;
  const first = head.text.trimStart();
  if (first.startsWith('[')) yield* splitArray(bytes);
  else if (/\.(jsonl|ndjson)$/i.test(path) || isWholeLine(first)) yield* splitLines(bytes);
  else yield* singleDocument(bytes);
}

async function readHead(path: string): Promise<{ text: string; start: number }> {
  const buffer = Buffer.alloc(1 << 16);
  let length: number;
  try {
    // Before opening: opening a pipe would wait for its writer.
    if (!(await stat(path)).isFile()) throw new Error('no regular file');
    const file = await open(path, 'r');
    try {
      length = (await file.read(buffer, 0, buffer.byteLength, 0)).bytesRead;
    } finally {
      await file.close();
    }
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new LensmithError(
      missing ? 'formats/file-not-found' : 'formats/file-unreadable',
      missing ? `${path} does not exist.` : `${path} cannot be read.`,
      {
        got: (error as Error).message,
        hint: missing
          ? 'Check the spelling; a relative path begins at the folder the command runs in.'
          : 'Check that it is a file and that you may read it.',
        cause: error,
      },
    );
  }
  const bytes = buffer.subarray(0, length);
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new LensmithError('formats/not-utf8', `${path} is UTF-16 text.`, {
      expected: 'UTF-8',
      hint: 'Save the file as UTF-8.',
    });
  }
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  return { text: bytes.subarray(start).toString('utf8'), start };
}

function isWholeLine(text: string): boolean {
  const end = text.indexOf('\n');
  if (end < 0) return false;
  try {
    JSON.parse(text.slice(0, end));
    return true;
  } catch {
    return false;
  }
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<JsonRecord> {
  const record = new RecordBytes();
  let line = 1;
  let blank = true;
  for await (const chunk of chunks) {
    let start = 0;
    while (start < chunk.byteLength) {
      const at = chunk.indexOf(newline, start);
      const end = at < 0 ? chunk.byteLength : at;
      const piece = chunk.subarray(start, end);
      blank &&= piece.every(isSpace);
      record.line = line;
      if (!blank) record.add(piece);
      if (at >= 0) {
        line++;
        if (!blank) yield record.take();
        blank = true;
      }
      start = end + 1;
    }
  }
  if (!blank) yield record.take();
}

async function* singleDocument(chunks: AsyncIterable<Buffer>): AsyncGenerator<JsonRecord> {
  const record = new RecordBytes();
  let line = 1;
  let blank = true;
  for await (const chunk of chunks) {
    let start = 0;
    for (; blank && start < chunk.byteLength; start++) {
      const byte = chunk[start] as number;
      if (byte === newline) line++;
      if (!isSpace(byte)) break;
    }
    if (start < chunk.byteLength) {
      blank = false;
      record.line = line;
      record.add(chunk.subarray(start));
    }
  }
  if (!blank) yield record.take();
}

async function* splitArray(chunks: AsyncIterable<Buffer>): AsyncGenerator<JsonRecord> {
  const splitter = new ArraySplitter();
  for await (const chunk of chunks) yield* splitter.push(chunk);
  yield* splitter.end();
}
