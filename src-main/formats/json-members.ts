/** Where the members of a large JSON object lie, by its bytes: each is then read as suits it. */
import { isSpace } from './json-array-splitter.ts';

/** Bytes of a value, from `start` to before `end`. */
export interface JsonMember {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/** Bytes between two pauses. */
const stretchBytes = 1 << 20;

const [quote, backslash, colon, comma] = [0x22, 0x5c, 0x3a, 0x2c];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * Counts brackets outside of strings; whether a value is sound, its reader finds out. UTF-8 needs no
 * decoding for that: its longer characters hold no ASCII bytes.
 * @param bytes UTF-8
 * @returns after pauses, the members in their order; null where this is no whole object
 */
export function* findMembers(bytes: Buffer): Generator<void, JsonMember[] | null> {
  const members: JsonMember[] = [];
  let [depth, key, start] = [0, null as string | null, -1];
  for (let at = 0, pause = stretchBytes; at < bytes.length; at += 1) {
    if (at >= pause) {
      pause = at + stretchBytes;
      yield;
    }
    const byte = bytes[at] as number;
    if (byte === quote) {
      const end = stringEnd(bytes, at);
      if (depth === 1 && key === null) key = textOf(bytes, at, end);
      else if (depth === 1 && start < 0) start = at;
      at = end - 1;
      continue;
    }
    if (isSpace(byte) || (byte === colon && depth === 1 && start < 0)) continue;
    const ends = depth === 1 && (byte === comma || byte === closeBrace);
    if (ends) {
      if (key !== null && start >= 0) members.push({ key, start, end: at });
      [key, start] = [null, -1];
    } else if (depth === 1 && start < 0) start = at;
    if (byte === openBrace || byte === openBracket) depth += 1;
    else if (byte === closeBrace || byte === closeBracket) depth -= 1;
    else if (depth === 0) return null;
    if (depth === 0)
      return byte === closeBrace && bytes[firstOf(bytes)] === openBrace ? members : null;
  }
  return null;
}

function firstOf(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length && isSpace(bytes[at] as number)) at += 1;
  return at;
}

/** Behind the closing quotation mark of the string that opens at `start`. */
function stringEnd(bytes: Buffer, start: number): number {
  for (let at = start + 1; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    if (byte === backslash) at += 1;
    else if (byte === quote) return at + 1;
  }
  return bytes.length;
}

function textOf(bytes: Buffer, start: number, end: number): string {
  try {
    return String(JSON.parse(bytes.toString('utf8', start, end)));
  } catch {
    return '';
  }
}
