import { LensmithError } from '../../base/errors.ts';
import type { DType } from '../../tensor/dtype.ts';

/** Bits of one element of every type that the format knows. */
export const safetensorsBits = {
  F64: 64,
  I64: 64,
  U64: 64,
  C64: 64,
  F32: 32,
  I32: 32,
  U32: 32,
  F16: 16,
  BF16: 16,
  I16: 16,
  U16: 16,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I8: 8,
  U8: 8,
  BOOL: 8,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F4: 4,
} as const;

export type SafetensorsDType = keyof typeof safetensorsBits;

/** The types that the engine computes with; the others can be read as bytes only. */
export const engineDTypes: Partial<Record<SafetensorsDType, DType>> = {
  F32: 'f32',
  BF16: 'bf16',
  F16: 'f16',
  I32: 'i32',
  U8: 'u8',
  I8: 'i8',
};

export const safetensorsDTypes = {
  f32: 'F32',
  bf16: 'BF16',
  f16: 'F16',
  i32: 'I32',
  u8: 'U8',
  i8: 'I8',
} as const satisfies Record<DType, SafetensorsDType>;

export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  /**
   * From the start of the file. Headers need not be padded, so this may be no
   * multiple of the element size: a reader that maps the file must copy then.
   */
  readonly byteOffset: number;
  readonly sizeBytes: number;
}

export interface SafetensorsHeader {
  readonly path: string;
  /** Where the tensors' bytes begin; any number, not only multiples of 8. */
  readonly dataStart: number;
  readonly fileSizeBytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of the header. */
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
}

/** An error about one file of weights, and one tensor in it when `tensor` is given. */
export function safetensorsError(
  fault: string,
  path: string,
  tensor: string | undefined,
  message: string,
  details: { expected?: string; got?: string; hint?: string; cause?: unknown } = {},
): LensmithError {
  const place = tensor === undefined ? path : `${path}: tensor ${shorten(tensor)}`;
  return new LensmithError(`formats/safetensors-${fault}`, `${place}: ${message}`, {
    hint: 'The file is damaged or not a safetensors file; download or write it again.',
    ...details,
  });
}

/** Hostile names can be megabytes long; messages stay readable. */
export function shorten(text: string, limit = 200): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length} characters)`;
}

/**
 * Bytes of a tensor: product(shape) · bits / 8.
 * @returns undefined when a dimension is no count, the product leaves the exact
 *          integers (2^53), or the last byte would be shared
 */
export function tensorSizeBytes(
  dtype: SafetensorsDType,
  shape: readonly number[],
): number | undefined {
  let elements = 1;
  for (const dimension of shape) {
    if (!Number.isSafeInteger(dimension) || dimension < 0) return undefined;
    elements *= dimension;
    if (!Number.isSafeInteger(elements)) return undefined;
  }
  const bits = elements * safetensorsBits[dtype];
  return Number.isSafeInteger(bits) && bits % 8 === 0 ? bits / 8 : undefined;
}

/** One value of the header's JSON object, checked against the size of the data. */
export function parseEntry(
  path: string,
  name: string,
  value: unknown,
  dataStart: number,
  dataSizeBytes: number,
): SafetensorsEntry {
  const fail = (fault: string, message: string, details = {}): LensmithError =>
    safetensorsError(fault, path, name, message, details);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fail('bad-entry', 'its header entry is no object.');
  }
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(safetensorsBits, dtype)) {
    throw fail('unknown-dtype', 'its dtype is unknown.', {
      expected: Object.keys(safetensorsBits).join(', '),
      got: shorten(JSON.stringify(dtype) ?? 'nothing'),
    });
  }
  if (!isCounts(shape)) {
    throw fail('bad-shape', 'its shape is no list of counts.', {
      expected: 'whole numbers from 0 to 2^53 - 1',
      got: shorten(JSON.stringify(shape) ?? 'nothing'),
    });
  }
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw fail('bad-offsets', 'its data_offsets are no pair of counts.', {
      expected: '[begin, end]',
      got: shorten(JSON.stringify(offsets) ?? 'nothing'),
    });
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataSizeBytes) {
    throw fail('out-of-file', 'its bytes lie outside the file.', {
      expected: `0 <= begin <= end <= ${dataSizeBytes}`,
      got: `[${begin}, ${end}]`,
      hint: 'The file was cut short or altered; download it again.',
    });
  }
  const sizeBytes = tensorSizeBytes(dtype as SafetensorsDType, shape);
  if (sizeBytes !== end - begin) {
    throw fail('size-mismatch', 'its shape and dtype do not fit its bytes.', {
      expected: `${sizeBytes ?? 'more than 2^53'} bytes for ${dtype} [${shorten(shape.join(', '))}]`,
      got: `${end - begin} bytes`,
    });
  }
  return {
    name,
    dtype: dtype as SafetensorsDType,
    shape,
    byteOffset: dataStart + begin,
    sizeBytes,
  };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

/** The tensors must fill the data exactly: nothing shared, nothing unnamed. */
export function checkCoverage(
  path: string,
  entries: Iterable<SafetensorsEntry>,
  dataStart: number,
  fileSizeBytes: number,
): void {
  const sorted = [...entries].sort(
    (a, b) => a.byteOffset - b.byteOffset || a.sizeBytes - b.sizeBytes,
  );
  let end = dataStart;
  for (const entry of sorted) {
    if (entry.byteOffset < end) {
      throw safetensorsError('overlap', path, entry.name, 'it shares bytes with another tensor.', {
        expected: `begin at byte ${end} of the file`,
        got: `begin at byte ${entry.byteOffset}`,
      });
    }
    if (entry.byteOffset > end) {
      throw safetensorsError('hole', path, entry.name, 'bytes before it belong to no tensor.', {
        expected: `begin at byte ${end} of the file`,
        got: `begin at byte ${entry.byteOffset}`,
      });
    }
    end += entry.sizeBytes;
  }
  if (end !== fileSizeBytes) {
    throw safetensorsError('hole', path, undefined, 'bytes at its end belong to no tensor.', {
      expected: `${end} bytes`,
      got: `${fileSizeBytes} bytes`,
    });
  }
}
