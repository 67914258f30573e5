import {
  BPEDecoder,
  CTCDecoder,
  ReplaceDecoder,
  StripDecoder,
  WordPieceDecoder,
} from '@huggingface/tokenizers';
import { LensmithError } from '../base/errors.ts';
import { isJsonObject, type JsonObject } from './model-files.ts';

/** One step from tokens to text: pieces in, pieces out. */
type DecodeStep = (pieces: readonly string[]) => string[];

export interface DecodeChain {
  /** The text of tokens that stand alone. */
  readonly decode: (tokens: readonly string[]) => string;
  /** Whether a token spells one byte, so that its text depends on the bytes beside it. */
  readonly isByteToken: (token: string) => boolean;
  /** Whether text once written can no longer change as tokens follow (but for open bytes). */
  readonly streamable: boolean;
}

const byteTokenPattern = /^<0x([0-9A-Fa-f]{2})>$/;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lossyUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const utf8Encoder = new TextEncoder();

/**
 * Byte tokens `<0xNN>` to text. A run of them that is not UTF-8 as a whole gives one U+FFFD a
 * byte, as the reference does (the library gives one a broken sequence, and drops a BOM).
 */
const byteFallback: DecodeStep = (pieces) => {
  const result: string[] = [];
  let bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length === 0) return;
    try {
      result.push(strictUtf8.decode(Uint8Array.from(bytes)));
    } catch {
      result.push(...bytes.map(() => '\ufffd'));
    }
    bytes = [];
  };
  for (const piece of pieces) {
    const hex = byteTokenPattern.exec(piece)?.[1];
    if (hex !== undefined) {
      bytes.push(Number.parseInt(hex, 16));
      continue;
    }
    flush();
    result.push(piece);
  }
  flush();
  return result;
};

/** The visible stand-ins of GPT-2's byte alphabet, back to bytes. */
const byteOfCharacter = ((): Map<string, number> => {
  const map = new Map<string, number>();
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const visible = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    map.set(String.fromCharCode(visible ? byte : next++), byte);
  }
  return map;
})();

/** Bytes that a token of a byte-level vocabulary spells; text outside the alphabet stands for itself. */
function byteLevelBytes(token: string): Iterable<number> {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = byteOfCharacter.get(character);
    if (byte === undefined) return utf8Encoder.encode(token);
    bytes.push(byte);
  }
  return bytes;
}

const byteLevel: DecodeStep = (pieces) => {
  const bytes: number[] = [];
  for (const piece of pieces) for (const byte of byteLevelBytes(piece)) bytes.push(byte);
  return [lossyUtf8.decode(Uint8Array.from(bytes))];
};

function metaspace(config: JsonObject): DecodeStep {
  const replacement = typeof config['replacement'] === 'string' ? config['replacement'] : '▁';
  const strips = config['prepend_scheme'] !== 'never' && config['add_prefix_space'] !== false;
  return (pieces) =>
    pieces.map((piece, index) => {
      const text = piece.replaceAll(replacement, ' ');
      return index === 0 && strips && text.startsWith(' ') ? text.slice(1) : text;
    });
}

type LibraryDecoder = new (config: never) => { decode_chain(pieces: string[]): string[] };

/** The library reads its own settings from the JSON; what it cannot use, it throws on. */
function libraryStep(Decoder: LibraryDecoder): (config: JsonObject) => DecodeStep {
  return (config) => {
    const decoder = new Decoder(config as never);
    return (pieces) => decoder.decode_chain([...pieces]);
  };
}

const stepFactories: {
  readonly [type: string]: (config: JsonObject, depth: number) => DecodeStep;
} = {
  ByteFallback: () => byteFallback,
  ByteLevel: () => byteLevel,
  Fuse: () => (pieces) => [pieces.join('')],
  Metaspace: metaspace,
  Sequence: (config, depth) => {
    const steps = childConfigs(config).map((child) => createStep(child, depth + 1));
    return (pieces) => steps.reduce<string[]>((current, step) => step(current), [...pieces]);
  },
  Replace: libraryStep(ReplaceDecoder),
  Strip: libraryStep(StripDecoder),
  WordPiece: libraryStep(WordPieceDecoder),
  BPEDecoder: libraryStep(BPEDecoder),
  CTC: libraryStep(CTCDecoder),
};

function childConfigs(config: JsonObject): unknown[] {
  return Array.isArray(config['decoders']) ? (config['decoders'] as unknown[]) : [];
}

function createStep(config: unknown, depth: number): DecodeStep {
  const type = isJsonObject(config) ? String(config['type']) : 'nothing';
  const create = Object.hasOwn(stepFactories, type) ? stepFactories[type] : undefined;
  if (create === undefined || depth > 16) {
    throw new LensmithError('tokenizers/unknown-decoder', `The decoder ${type} is not known.`, {
      expected: Object.keys(stepFactories).join(', '),
      got: type,
    });
  }
  try {
    return create(config as JsonObject, depth);
  } catch (thrown) {
    if (thrown instanceof LensmithError) throw thrown;
    throw new LensmithError('tokenizers/unknown-decoder', `The decoder ${type} cannot be built.`, {
      expected: `the settings of a ${type} decoder`,
      got: (thrown as Error).message,
      cause: thrown,
    });
  }
}

function listTypes(config: unknown, found: JsonObject[] = []): JsonObject[] {
  if (!isJsonObject(config)) return found;
  found.push(config);
  for (const child of childConfigs(config)) listTypes(child, found);
  return found;
}

/**
 * The way from tokens to text that `decoder` of tokenizer.json describes; without one, tokens are
 * joined by spaces.
 * @throws tokenizers/unknown-decoder
 * @source steps as in the Rust tokenizers library
 */
export function createDecodeChain(config: unknown): DecodeChain {
  const step = config == null ? undefined : createStep(config, 0);
  const steps = listTypes(config);
  const has = (type: string): boolean => steps.some((entry) => entry['type'] === type);
  const endMayChange = steps.some(
    (entry) => entry['type'] === 'Strip' && Number(entry['stop']) > 0,
  );
  return {
    decode: (tokens) => (step === undefined ? tokens.join(' ') : step(tokens).join('')),
    isByteToken: has('ByteFallback') ? (token) => byteTokenPattern.test(token) : () => false,
    streamable: !endMayChange && !has('CTC') && !has('BPEDecoder'),
  };
}

/**
 * How many bytes of (normalised) text a token stands for. Additive over tokens, which lets two
 * tokenisations of texts that begin alike be laid side by side.
 */
export function tokenByteLength(token: string): number {
  return byteTokenPattern.test(token) ? 1 : utf8Encoder.encode(token).length;
}
