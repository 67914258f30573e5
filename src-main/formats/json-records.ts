/**
 * Records of JSON files, one after another, with the line of each: arrays,
 * JSON lines and single documents. Memory holds one record, so files may be of
 * any size. A broken record is reported and the following ones are still read.
 */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { LensmithError } from '../base/errors.ts';
import { shorten } from './weights/safetensors-layout.ts';

export type JsonRecord =
  | { readonly line: number; readonly value: unknown }
  | { readonly line: number; readonly fault: { readonly code: string; readonly message: string } };

/** Texts beyond this cannot be one JavaScript string with room to parse it. */
const maxRecordBytes = 256 * 1024 * 1024;

const newline = 0x0a;
const quote = 0x22;
const backslash = 0x5c;
const isSpace = (byte: number): boolean =>
  byte === 0x20 || byte === newline || byte === 0x0d || byte === 0x09;
const isOpening = (byte: number): boolean => byte === 0x7b || byte === 0x5b;
const isClosing = (byte: number): boolean => byte === 0x7d || byte === 0x5d;

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
  let length = 0;
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
      { got: (error as Error).message, cause: error },
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

/** Collects the bytes of one record across chunks, up to the limit. */
class Collector {
  readonly #pieces: Buffer[] = [];
  #sizeBytes = 0;
  line = 0;

  get isEmpty(): boolean {
    return this.#sizeBytes === 0;
  }

  add(piece: Buffer): void {
    this.#sizeBytes += piece.byteLength;
    if (this.#sizeBytes <= maxRecordBytes) this.#pieces.push(piece);
    else this.#pieces.length = 0;
  }

  /** The record as a parsed value or a fault; the collector is empty afterwards. */
  take(): JsonRecord {
    const sizeBytes = this.#sizeBytes;
    const pieces = this.#pieces.splice(0);
    this.#sizeBytes = 0;
    if (sizeBytes > maxRecordBytes) {
      return this.fault('json-too-large', `The record has more than ${maxRecordBytes} bytes.`);
    }
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces));
      return { line: this.line, value: JSON.parse(text) as unknown };
    } catch (error) {
      const what = error instanceof TypeError ? 'The record is no UTF-8 text' : 'Broken JSON';
      return this.fault('json-syntax', `${what}: ${shorten((error as Error).message)}`);
    }
  }

  fault(code: string, message: string): JsonRecord {
    return { line: this.line, fault: { code: `formats/${code}`, message } };
  }
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<JsonRecord> {
  const record = new Collector();
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
  const record = new Collector();
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

/** Where the splitter stands between and in the elements of an array. */
type ArrayState = 'before-array' | 'before-element' | 'in-element' | 'after-element' | 'after-array';

async function* splitArray(chunks: AsyncIterable<Buffer>): AsyncGenerator<JsonRecord> {
  const splitter = new ArraySplitter();
  for await (const chunk of chunks) yield* splitter.push(chunk);
  yield* splitter.end();
}

/**
 * Cuts the elements of one JSON array by counting brackets outside strings.
 * UTF-8 needs no decoding for that: its longer characters hold no ASCII bytes.
 */
class ArraySplitter {
  #state: ArrayState = 'before-array';
  #line = 1;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #commaLine = 0;
  readonly #record = new Collector();

  *push(chunk: Buffer): Generator<JsonRecord> {
    let start = 0; // of the present element's bytes in this chunk
    for (let i = 0; i < chunk.byteLength; i++) {
      const byte = chunk[i] as number;
      if (byte === newline) this.#line++;
      if (this.#state === 'in-element') {
        const past = this.#advance(byte);
        if (past === undefined) continue;
        this.#record.add(chunk.subarray(start, i + past));
        yield this.#record.take();
        this.#state = 'after-element';
        if (past === 1) continue; // the byte belonged to the element
      }
      if (isSpace(byte)) continue;
      const fault = this.#between(byte);
      if (fault !== undefined) yield fault;
      if ((this.#state as ArrayState) === 'in-element') start = i;
    }
    if (this.#state === 'in-element') this.#record.add(chunk.subarray(start));
  }

  *end(): Generator<JsonRecord> {
    if (this.#state === 'after-array') return;
    if (this.#state === 'in-element') {
      yield this.#record.fault(
        'json-unclosed',
        'The file ends inside this record, or a bracket in it is not closed; what follows it is not read.',
      );
      return;
    }
    yield this.#fault('json-unclosed', 'The file ends before the closing bracket of its list.');
  }

  /** Takes one byte of an element; the count of bytes to keep (1 or 0) when the element ends with it. */
  #advance(byte: number): 0 | 1 | undefined {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === backslash) this.#escaped = true;
      else if (byte === quote) {
        this.#inString = false;
        return this.#depth === 0 ? 1 : undefined;
      }
      // A raw line break in a string is an error that JSON.parse will report;
      // ending the string here lets the reader find the next record again.
      if (byte === newline) this.#inString = this.#escaped = false;
      return undefined;
    }
    if (byte === quote) this.#inString = true;
    else if (isOpening(byte)) this.#depth++;
    else if (isClosing(byte)) {
      if (this.#depth === 0) return 0; // the array's own bracket after a bare value
      return --this.#depth === 0 ? 1 : undefined;
    } else if (this.#depth === 0 && (byte === 0x2c || isSpace(byte))) return 0;
    return undefined;
  }

  /** Takes a byte outside elements; a fault when it does not belong there. */
  #between(byte: number): JsonRecord | undefined {
    switch (this.#state) {
      case 'before-array':
        this.#state = 'before-element'; // the caller has seen the opening bracket
        return undefined;
      case 'before-element':
      case 'after-element':
        return this.#separator(byte);
      case 'after-array':
      case 'in-element':
        return this.#trailing();
    }
  }

  #separator(byte: number): JsonRecord | undefined {
    if (byte === 0x5d) {
      this.#state = 'after-array';
      return this.#commaLine > 0 ? this.#fault('json-syntax', 'A comma without a record.') : undefined;
    }
    if (byte === 0x2c) {
      const doubled = this.#state === 'before-element';
      this.#state = 'before-element';
      this.#commaLine = this.#line;
      return doubled ? this.#fault('json-syntax', 'A comma without a record.') : undefined;
    }
    const missing = this.#state === 'after-element';
    this.#begin(byte);
    return missing ? this.#fault('json-syntax', 'A comma is missing before this record.') : undefined;
  }

  #begin(byte: number): void {
    this.#state = 'in-element';
    this.#commaLine = 0;
    this.#record.line = this.#line;
    this.#depth = isOpening(byte) ? 1 : 0;
    this.#inString = byte === quote;
    this.#escaped = false;
  }

  #trailingSeen = false;

  #trailing(): JsonRecord | undefined {
    if (this.#trailingSeen) return undefined; // one issue says it for all that follows
    this.#trailingSeen = true;
    return this.#fault('json-trailing', 'What follows the closing bracket of the list is not read.');
  }

  #fault(code: string, message: string): JsonRecord {
    return { line: this.#line, fault: { code: `formats/${code}`, message } };
  }
}
