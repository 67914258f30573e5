import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, statfs, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { LensmithError } from './errors.ts';

/**
 * Files and folders that are replaced as a whole: the new content is written
 * beside the old, forced to the disk, and only then takes its name. A crash at
 * any moment leaves the old content or the new, never a part of either.
 */

/** One write call stays below Node's limit of 2^31 - 1 bytes. */
const maxWriteBytes = 64 * 1024 * 1024;

/** Temporaries that this process is writing now, so that a sweep leaves them alone. */
const liveTemporaries = new Set<string>();

/**
 * A failed write as an error that says what to do.
 * @param neededBytes bytes that the whole file or folder needs, when known
 * @returns `io/disk-full`, `io/not-writable`, `io/file-too-large` or
 *          `io/write-failed`; what is no system error comes back as it is
 */
export function writeError(thrown: unknown, path: string, neededBytes?: number): unknown {
  if (thrown instanceof LensmithError || !isSystemError(thrown)) return thrown;
  const details = { got: `${thrown.code}: ${thrown.message}`, cause: thrown };
  switch (thrown.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return diskFull(path, neededBytes, details);
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
    case 'EEXIST':
    case 'EISDIR':
    case 'ENOTDIR':
      return new LensmithError('io/not-writable', `${path} cannot be written.`, {
        ...details,
        expected: 'a path where this user may create files',
        hint: 'Choose another folder, or change the permissions of this one.',
      });
    case 'EFBIG':
      return new LensmithError('io/file-too-large', `The file system cannot hold ${path}.`, {
        ...details,
        hint: 'Choose a folder on a disk without this limit (FAT32 ends at 4 GB a file).',
      });
    default:
      return new LensmithError('io/write-failed', `Writing ${path} failed.`, details);
  }
}

function isSystemError(thrown: unknown): thrown is NodeJS.ErrnoException & { code: string } {
  return thrown instanceof Error && typeof (thrown as NodeJS.ErrnoException).code === 'string';
}

function diskFull(
  path: string,
  neededBytes: number | undefined,
  details: { got: string; cause?: unknown },
): LensmithError {
  return new LensmithError('io/disk-full', `No space is left to write ${path}.`, {
    ...details,
    expected: neededBytes === undefined ? undefined : `${neededBytes} bytes free`,
    hint: 'Free some space or choose a folder on another disk; what was there before is intact.',
  });
}

async function requireSpace(folder: string, path: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes < neededBytes) {
    throw diskFull(path, neededBytes, { got: `${freeBytes} bytes free` });
  }
}

/** Forces a folder's entries to the disk. Windows cannot and does not need to. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function claimTemporary(path: string): Promise<string> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  await sweepTemporaries(path);
  const token = randomBytes(6).toString('hex');
  const temporary = join(folder, `.${basename(path)}.${process.pid}-${token}.tmp`);
  liveTemporaries.add(temporary);
  return temporary;
}

async function dropTemporary(temporary: string): Promise<void> {
  await rm(temporary, { recursive: true, force: true });
  liveTemporaries.delete(temporary);
}

/** Removes what writers of `path` that were killed have left beside it. */
async function sweepTemporaries(path: string): Promise<void> {
  const folder = dirname(path);
  const prefix = `.${basename(path)}.`;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    const owner = /^(\d+)-[0-9a-f]{12}\.tmp$/.exec(name.slice(prefix.length))?.[1];
    const candidate = join(folder, name);
    if (owner === undefined || liveTemporaries.has(candidate)) continue;
    // Our own number without an entry above is an earlier process that had it.
    if (Number(owner) === process.pid || !isAlive(Number(owner))) {
      await rm(candidate, { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/**
 * Writes a file piece by piece; `path` changes only at `commit`.
 * One of `commit` and `abort` must be called; `await using` aborts what was not committed.
 * All methods throw the codes of `writeError`, after removing the temporary file.
 */
export class AtomicFileWriter {
  readonly path: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  readonly #expectedSizeBytes: number | undefined;
  #bytesWritten = 0;
  #open = true;

  private constructor(path: string, temporary: string, handle: FileHandle, expected?: number) {
    this.path = path;
    this.#temporary = temporary;
    this.#handle = handle;
    this.#expectedSizeBytes = expected;
  }

  /** @param expectedSizeBytes when known, a full disk is reported before the first byte */
  static async open(path: string, expectedSizeBytes?: number): Promise<AtomicFileWriter> {
    const target = resolve(path);
    let temporary: string | undefined;
    try {
      temporary = await claimTemporary(target);
      if (expectedSizeBytes !== undefined) {
        await requireSpace(dirname(target), target, expectedSizeBytes);
      }
      const handle = await open(temporary, 'wx');
      return new AtomicFileWriter(target, temporary, handle, expectedSizeBytes);
    } catch (error) {
      if (temporary !== undefined) await dropTemporary(temporary);
      throw writeError(error, target, expectedSizeBytes);
    }
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  async write(chunk: Uint8Array | string): Promise<void> {
    this.#requireOpen();
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    await this.#guard(async () => {
      for (let start = 0; start < bytes.byteLength;) {
        const length = Math.min(maxWriteBytes, bytes.byteLength - start);
        const { bytesWritten } = await this.#handle.write(bytes, start, length);
        start += bytesWritten;
        this.#bytesWritten += bytesWritten;
      }
    });
  }

  async commit(): Promise<void> {
    this.#requireOpen();
    await this.#guard(async () => {
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.#temporary, this.path);
      liveTemporaries.delete(this.#temporary);
      this.#open = false;
      await syncFolder(dirname(this.path));
    });
  }

  /** Leaves `path` as it was. Harmless after commit. */
  async abort(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close().catch(() => undefined); // commit may have closed it already
    await dropTemporary(this.#temporary);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.abort();
  }

  #requireOpen(): void {
    if (this.#open) return;
    throw new LensmithError('io/writer-closed', `${this.path} was already committed or aborted.`);
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.abort();
      throw writeError(error, this.path, this.#expectedSizeBytes);
    }
  }
}

/** Replaces a file by these bytes or this text (UTF-8). */
export async function writeFileAtomic(path: string, data: Uint8Array | string): Promise<void> {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  const writer = await AtomicFileWriter.open(path, bytes.byteLength);
  await writer.write(bytes);
  await writer.commit();
}

/** Replaces a file by the joined chunks; when the source fails, the old file stays. */
export async function writeStreamAtomic(
  path: string,
  chunks: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
): Promise<void> {
  const writer = await AtomicFileWriter.open(path);
  try {
    for await (const chunk of chunks) await writer.write(chunk);
    await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

const nextName = (path: string): string => join(dirname(path), `.${basename(path)}.next`);
const previousName = (path: string): string => join(dirname(path), `.${basename(path)}.previous`);

/**
 * Writes a folder as a whole: `fill` gets an empty folder beside `path`, which
 * takes the name `path` once everything in it is on the disk.
 *
 * Where nothing had that name this is one rename. A folder that is there gives
 * way by two renames (no system has a portable exchange); a process killed
 * between them leaves both complete folders under other names, and
 * `settleDirectory`, called before reading after a start, puts the new one in place.
 * One writer at a time for one path.
 * @param expectedSizeBytes when known, a full disk is reported before `fill` runs
 * @throws the codes of `writeError`; the old folder is then untouched
 */
export async function atomicDirectory<T>(
  path: string,
  fill: (folder: string) => Promise<T>,
  expectedSizeBytes?: number,
): Promise<T> {
  const target = resolve(path);
  let temporary: string | undefined;
  try {
    temporary = await claimTemporary(target);
    await settleDirectory(target);
    await mkdir(temporary);
    if (expectedSizeBytes !== undefined) {
      await requireSpace(dirname(target), target, expectedSizeBytes);
    }
    const result = await fill(temporary);
    await syncTree(temporary);
    await swapIn(temporary, target);
    return result;
  } catch (error) {
    throw writeError(error, target, expectedSizeBytes);
  } finally {
    if (temporary !== undefined) await dropTemporary(temporary);
  }
}

async function swapIn(complete: string, target: string): Promise<void> {
  const folder = dirname(target);
  if (!(await exists(target))) {
    await rename(complete, target);
    return syncFolder(folder);
  }
  const next = nextName(target);
  const previous = previousName(target);
  await rename(complete, next); // the name says: complete
  await syncFolder(folder);
  await rename(target, previous);
  await rename(next, target);
  await syncFolder(folder);
  await rm(previous, { recursive: true, force: true });
}

/**
 * Ends the swap of a writer that was killed: afterwards `path` is a complete
 * folder or absent. Not to be called while a writer of this path is at work.
 */
export async function settleDirectory(path: string): Promise<void> {
  const target = resolve(path);
  const next = nextName(target);
  const previous = previousName(target);
  if (!(await exists(target))) {
    if (await exists(next)) await rename(next, target);
    else if (await exists(previous)) await rename(previous, target);
    else return;
    await syncFolder(dirname(target));
  }
  await rm(next, { recursive: true, force: true });
  await rm(previous, { recursive: true, force: true });
}

async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.isFile()) {
      // Windows flushes only through a writable handle; elsewhere files may be read-only.
      const handle = await open(path, process.platform === 'win32' ? 'r+' : 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    }
  }
  await syncFolder(folder);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
