/** Cutting a JSON array of any size into its elements, with the line of each. */
import { shorten } from './weights/safetensors-layout.ts';

export type JsonRecord =
  | { readonly line: number; readonly value: unknown }
  | { readonly line: number; readonly fault: { readonly code: string; readonly message: string } };

/** Texts beyond this cannot be one JavaScript string with room to parse it. */
const maxRecordBytes = 256 * 1024 * 1024;

export const newline = 0x0a;
const quote = 0x22;
const backslash = 0x5c;
export const isSpace = (byte: number): boolean =>
  byte === 0x20 || byte === newline || byte === 0x0d || byte === 0x09;
const isOpening = (byte: number): boolean => byte === 0x7b || byte === 0x5b;
const isClosing = (byte: number): boolean => byte === 0x7d || byte === 0x5d;

/** Collects the bytes of one record across chunks, up to the limit. */
export class RecordBytes {
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

/** Where the splitter stands between and in the elements of an array. */
type ArrayState =
  'before-array' | 'before-element' | 'in-element' | 'after-element' | 'after-array';

/**
 * Cuts the elements of one JSON array by counting brackets outside strings.
 * UTF-8 needs no decoding for that: its longer characters hold no ASCII bytes.
 */
export class ArraySplitter {
  #state: ArrayState = 'before-array';
  #line = 1;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #commaLine = 0;
  readonly #record = new RecordBytes();

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
      return this.#commaLine > 0
        ? this.#fault('json-syntax', 'A comma without a record.')
        : undefined;
    }
    if (byte === 0x2c) {
      const doubled = this.#state === 'before-element';
      this.#state = 'before-element';
      this.#commaLine = this.#line;
      return doubled ? this.#fault('json-syntax', 'A comma without a record.') : undefined;
    }
    const missing = this.#state === 'after-element';
    this.#begin(byte);
    return missing
      ? this.#fault('json-syntax', 'A comma is missing before this record.')
      : undefined;
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
    return this.#fault(
      'json-trailing',
      'What follows the closing bracket of the list is not read.',
    );
  }

  #fault(code: string, message: string): JsonRecord {
    return { line: this.#line, fault: { code: `formats/${code}`, message } };
  }
}
