import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { LensmithError, cancelledError } from '../base/errors.ts';

export interface ReadFile {
  readonly bytes: Uint8Array;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export interface ReadOptions {
  readonly maxBytes: number;
  /** Code of the error when the file cannot be read. */
  readonly unreadable: string;
  readonly tooLarge: (expected: string, got: string) => LensmithError;
  readonly signal?: AbortSignal | undefined;
}

const kinds = [
  ['isDirectory', 'it is a folder'],
  ['isFIFO', 'it is a pipe'],
  ['isSocket', 'it is a socket'],
] as const;

/**
 * Opens a regular file and nothing else. What it is, is looked at before and after: opening a pipe
 * would wait for a writer without end.
 * @throws Error with the reason in words
 */
export async function openRegularFile(path: string): Promise<FileHandle> {
  const check = (found: Awaited<ReturnType<typeof stat>>) => {
    if (found.isFile()) return;
    const kind = kinds.find(([is]) => found[is]());
    throw new Error(kind?.[1] ?? 'it is not a regular file');
  };
  check(await stat(path));
  // Windows has no such flag, nor pipes among its files.
  const nonBlocking = (constants.O_NONBLOCK as number | undefined) ?? 0;
  const file = await open(path, constants.O_RDONLY | nonBlocking);
  try {
    check(await file.stat());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Why a file cannot be opened or read, as an error of the project. */
export function unreadableFile(code: string, path: string, cause: unknown): LensmithError {
  return new LensmithError(code, `${path} cannot be read.`, {
    got: cause instanceof Error ? cause.message : String(cause),
    hint: 'See that it is still there and that you may read it.',
    cause,
  });
}

/**
 * A whole file, its size checked before memory is taken.
 * @throws what `options` name; job/cancelled
 */
export async function readWholeFile(path: string, options: ReadOptions): Promise<ReadFile> {
  let file: FileHandle | undefined;
  try {
    file = await openRegularFile(path);
    const { size, mtimeMs } = await file.stat();
    if (size > options.maxBytes) {
      throw options.tooLarge(`at most ${options.maxBytes} bytes`, `${size} bytes`);
    }
    const { signal } = options;
    const bytes = await file.readFile(signal ? { signal } : {});
    return { bytes, sizeBytes: bytes.length, modifiedMs: mtimeMs };
  } catch (cause) {
    if (options.signal?.aborted) throw cancelledError(`Reading ${path}`);
    if (cause instanceof LensmithError) throw cause;
    throw unreadableFile(options.unreadable, path, cause);
  } finally {
    await file?.close();
  }
}

/** The first bytes of a file, fewer where it is shorter. */
export async function readHead(path: string, length: number): Promise<Uint8Array> {
  const file = await openRegularFile(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
