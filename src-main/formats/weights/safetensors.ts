/**
 * Safetensors: 8 bytes of header length (little-endian u64), a JSON header
 * `{name: {dtype, shape, data_offsets: [begin, end]}}`, then the raw bytes.
 * Every file is treated as hostile: nothing is handed out whose bytes are not
 * wholly inside the file and its own.
 * @source https://github.com/huggingface/safetensors (format description)
 */
import { open, stat, type FileHandle } from 'node:fs/promises';
import { AtomicFileWriter } from '../../base/atomic-file.ts';
import { LensmithError } from '../../base/errors.ts';
import { findDuplicateKey } from '../json-keys.ts';
import {
  checkCoverage,
  parseEntry,
  safetensorsBits,
  safetensorsError,
  shorten,
  tensorSizeBytes,
  type SafetensorsDType,
  type SafetensorsEntry,
  type SafetensorsHeader,
} from './safetensors-layout.ts';

export * from './safetensors-layout.ts';

/** The reference implementation's limit, so that no honest file is refused. */
const maxHeaderBytes = 100_000_000;
const maxReadBytes = 64 * 1024 * 1024;

/**
 * Reads and checks the header; the tensors' bytes stay on the disk.
 * @throws formats/file-not-found, formats/file-unreadable, and
 *         formats/safetensors-{truncated, header-too-large, not-json,
 *         duplicate-name, bad-metadata, bad-entry, unknown-dtype, bad-shape,
 *         bad-offsets, out-of-file, size-mismatch, overlap, hole}
 */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  const file = await openForReading(path);
  try {
    const { size: fileSizeBytes } = await file.stat();
    const text = await readHeaderText(file, path, fileSizeBytes);
    const dataStart = 8 + text.sizeBytes;
    const { __metadata__: metadata, ...rest } = parseObject(path, text.json);
    const tensors = new Map<string, SafetensorsEntry>();
    for (const [name, value] of Object.entries(rest)) {
      tensors.set(name, parseEntry(path, name, value, dataStart, fileSizeBytes - dataStart));
    }
    checkCoverage(path, tensors.values(), dataStart, fileSizeBytes);
    return {
      path,
      dataStart,
      fileSizeBytes,
      metadata: parseMetadata(path, metadata),
      tensors,
    };
  } finally {
    await file.close();
  }
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    // Before opening: opening a pipe would wait for its writer.
    if ((await stat(path)).isFile()) return await open(path, 'r');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new LensmithError(
      missing ? 'formats/file-not-found' : 'formats/file-unreadable',
      missing ? `${path} does not exist.` : `${path} cannot be opened.`,
      {
        got: (error as Error).message,
        hint: missing
          ? 'Check the spelling; a relative path begins at the folder the command runs in.'
          : 'Check that it is a file and that you may read it.',
        cause: error,
      },
    );
  }
  throw new LensmithError('formats/file-unreadable', `${path} is no regular file.`);
}

async function readHeaderText(
  file: FileHandle,
  path: string,
  fileSizeBytes: number,
): Promise<{ json: string; sizeBytes: number }> {
  const prefix = Buffer.alloc(8);
  if ((await readFully(file, prefix, 0)) < 8) {
    throw safetensorsError('truncated', path, undefined, 'it ends before its header length.', {
      expected: 'at least 8 bytes',
      got: `${fileSizeBytes} bytes`,
    });
  }
  const length = prefix.readBigUInt64LE(0);
  if (length > BigInt(maxHeaderBytes)) {
    throw safetensorsError('header-too-large', path, undefined, 'its header is too long.', {
      expected: `at most ${maxHeaderBytes} bytes`,
      got: `${length} bytes`,
    });
  }
  const sizeBytes = Number(length);
  if (8 + sizeBytes > fileSizeBytes) {
    throw safetensorsError('truncated', path, undefined, 'its header is longer than the file.', {
      expected: `${8 + sizeBytes} bytes or more`,
      got: `${fileSizeBytes} bytes`,
    });
  }
  const bytes = Buffer.alloc(sizeBytes);
  if ((await readFully(file, bytes, 8)) < sizeBytes) {
    throw safetensorsError('truncated', path, undefined, 'it became shorter while being read.');
  }
  try {
    const json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { json, sizeBytes };
  } catch (error) {
    throw safetensorsError('not-json', path, undefined, 'its header is no UTF-8 text.', {
      cause: error,
    });
  }
}

async function readFully(file: FileHandle, into: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < into.byteLength) {
    const length = Math.min(maxReadBytes, into.byteLength - done);
    const { bytesRead } = await file.read(into, done, length, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

function parseObject(path: string, json: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw safetensorsError('not-json', path, undefined, 'its header is no JSON.', {
      got: shorten((error as Error).message),
      cause: error,
    });
  }
  if (!json.startsWith('{') || typeof value !== 'object' || value === null) {
    throw safetensorsError('not-json', path, undefined, 'its header is no JSON object.');
  }
  const twice = findDuplicateKey(json);
  if (twice !== undefined) {
    throw safetensorsError('duplicate-name', path, twice, 'its header names it twice.');
  }
  return value as Record<string, unknown>;
}

function parseMetadata(path: string, value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) {
    const fields = Object.entries(value);
    if (fields.every(([, text]) => typeof text === 'string')) return Object.fromEntries(fields);
  }
  throw safetensorsError(
    'bad-metadata',
    path,
    undefined,
    'its __metadata__ maps no texts to texts.',
  );
}

/**
 * A tensor's bytes, little-endian, in a buffer of their own; all of them, or at most `length` from the one
 * at `start` on.
 * @throws formats/safetensors-missing-tensor, formats/safetensors-truncated
 */
export async function readTensorBytes(
  header: SafetensorsHeader,
  name: string,
  start = 0,
  length = Infinity,
): Promise<Buffer> {
  const entry = header.tensors.get(name);
  if (entry === undefined) {
    throw safetensorsError('missing-tensor', header.path, name, 'it is not in this file.', {
      hint: 'Check that the file belongs to this model.',
    });
  }
  const file = await openForReading(header.path);
  try {
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, entry.sizeBytes - start)));
    if ((await readFully(file, bytes, entry.byteOffset + start)) < bytes.length) {
      throw safetensorsError('truncated', header.path, name, 'the file became shorter.');
    }
    return bytes;
  } finally {
    await file.close();
  }
}

/** A tensor to write. A function as `data` is called when its turn comes, so memory stays flat. */
export interface SafetensorsSource {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  readonly data: Uint8Array | (() => Promise<Uint8Array>);
}

/**
 * Writes a file as a whole (see AtomicFileWriter). The header is padded with
 * spaces to a multiple of 8; tensors follow by element size, widest first, then
 * by name, so each is aligned and the same input gives the same bytes.
 * @param metadata transformers refuses files without `format`, hence the default
 * @throws formats/safetensors-{duplicate-name, bad-name, bad-shape, size-mismatch},
 *         io/disk-full, io/not-writable
 */
export async function writeSafetensors(
  path: string,
  entries: readonly SafetensorsSource[],
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): Promise<void> {
  const sorted = [...entries].sort(
    (a, b) =>
      safetensorsBits[b.dtype] - safetensorsBits[a.dtype] ||
      (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  const { prefix, dataSizeBytes } = buildHeader(path, sorted, metadata);
  const writer = await AtomicFileWriter.open(path, prefix.byteLength + dataSizeBytes);
  try {
    await writer.write(prefix);
    for (const entry of sorted) {
      const bytes = typeof entry.data === 'function' ? await entry.data() : entry.data;
      const expected = sourceSizeBytes(path, entry);
      if (bytes.byteLength !== expected) {
        throw safetensorsError('size-mismatch', path, entry.name, 'its data has a wrong size.', {
          expected: `${expected} bytes for ${entry.dtype} [${entry.shape.join(', ')}]`,
          got: `${bytes.byteLength} bytes`,
        });
      }
      await writer.write(bytes);
    }
    await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** @throws formats/safetensors-bad-shape */
export function sourceSizeBytes(path: string, entry: SafetensorsSource): number {
  const sizeBytes = tensorSizeBytes(entry.dtype, entry.shape);
  if (sizeBytes !== undefined) return sizeBytes;
  throw safetensorsError('bad-shape', path, entry.name, 'its shape cannot be written.', {
    got: `${entry.dtype} [${entry.shape.join(', ')}]`,
  });
}

function buildHeader(
  path: string,
  sorted: readonly SafetensorsSource[],
  metadata: Readonly<Record<string, string>>,
): { prefix: Buffer; dataSizeBytes: number } {
  // Built as text: an object would put names that look like numbers first.
  const fields: string[] = [];
  if (Object.keys(metadata).length > 0) fields.push(`"__metadata__":${JSON.stringify(metadata)}`);
  const names = new Set<string>();
  let end = 0;
  for (const entry of sorted) {
    const { name, dtype, shape } = entry;
    if (name === '__metadata__') throw safetensorsError('bad-name', path, name, 'reserved name.');
    if (names.has(name)) throw safetensorsError('duplicate-name', path, name, 'given twice.');
    names.add(name);
    const begin = end;
    end += sourceSizeBytes(path, entry);
    const info = { dtype, shape, data_offsets: [begin, end] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(info)}`);
  }
  const json = Buffer.from(`{${fields.join(',')}}`);
  const paddedBytes = Math.ceil(json.byteLength / 8) * 8;
  if (paddedBytes > maxHeaderBytes) {
    throw safetensorsError('header-too-large', path, undefined, 'there are too many tensors.');
  }
  const prefix = Buffer.alloc(8 + paddedBytes, ' ');
  prefix.writeBigUInt64LE(BigInt(paddedBytes), 0);
  json.copy(prefix, 8);
  return { prefix, dataSizeBytes: end };
}
