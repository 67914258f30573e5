/**
 * Vision features of a frozen tower on disk: `DIR/IDENTITY/xx/KEY.features`,
 * each a header (magic, rows, columns, SHA-256 of the data) and f32 rows. Exact
 * values, so a run with the cache is the run without it.
 *
 * A run reads its images in a circle, where evicting the oldest would evict what
 * comes next; so nothing is evicted: when `maxBytes` are used, or the disk is
 * full, further features are computed anew each time.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeError } from '../base/atomic-file.ts';

const magic = Buffer.from('LSFEAT01', 'latin1');
const headerBytes = magic.byteLength + 4 + 4 + 32;

export interface FeatureCacheOptions {
  readonly dir: string;
  /** Equal where features are equal: tower weights, processor, feature layers, device. */
  readonly identity: string;
  /** Of the whole identity's folder. Default 64 GiB. */
  readonly maxBytes?: number;
}

export interface FeatureShape {
  readonly rows: number;
  readonly columns: number;
}

export class FeatureCache {
  readonly folder: string;
  readonly #maxBytes: number;
  #usedBytes: number;
  #writable = true;
  hits = 0;
  misses = 0;

  private constructor(folder: string, maxBytes: number, usedBytes: number) {
    this.folder = folder;
    this.#maxBytes = maxBytes;
    this.#usedBytes = usedBytes;
  }

  /** @throws io/not-writable, io/disk-full when there is no place for the folder */
  static async open(options: FeatureCacheOptions): Promise<FeatureCache> {
    const folder = join(options.dir, hashName(options.identity));
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw writeError(error, folder);
    });
    const maxBytes = options.maxBytes ?? 64 * 2 ** 30;
    return new FeatureCache(folder, maxBytes, await sizeOf(folder));
  }

  /** @returns [rows · columns], or null when it is not there, damaged, or of another shape */
  async read(key: string, shape: FeatureShape): Promise<Float32Array | null> {
    const path = this.#pathOf(key);
    const bytes = await readFile(path).catch(() => null);
    const values = bytes === null ? null : parseEntry(bytes, shape);
    if (bytes !== null && values === null) await rm(path, { force: true });
    if (values === null) this.misses++;
    else this.hits++;
    return values;
  }

  /** Keeps features; a failure to do so costs time later and nothing else. */
  async write(key: string, shape: FeatureShape, values: Float32Array): Promise<void> {
    const entry = formatEntry(shape, values);
    if (!this.#writable || this.#usedBytes + entry.byteLength > this.#maxBytes) return;
    this.#usedBytes += entry.byteLength;
    const path = this.#pathOf(key);
    // Not synced: an entry that a power cut spoils fails its checksum and is computed again.
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(temporary, entry);
      await rename(temporary, path);
    } catch {
      this.#writable = false;
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  #pathOf(key: string): string {
    const name = hashName(key);
    return join(this.folder, name.slice(0, 2), `${name}.features`);
  }
}

function hashName(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
}

function formatEntry({ rows, columns }: FeatureShape, values: Float32Array): Buffer {
  const data = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const header = Buffer.alloc(headerBytes);
  magic.copy(header);
  header.writeUInt32LE(rows, magic.byteLength);
  header.writeUInt32LE(columns, magic.byteLength + 4);
  createHash('sha256')
    .update(data)
    .digest()
    .copy(header, magic.byteLength + 8);
  return Buffer.concat([header, data]);
}

function parseEntry(bytes: Buffer, { rows, columns }: FeatureShape): Float32Array | null {
  if (bytes.byteLength !== headerBytes + rows * columns * 4) return null;
  const data = bytes.subarray(headerBytes);
  const sound =
    bytes.subarray(0, magic.byteLength).equals(magic) &&
    bytes.readUInt32LE(magic.byteLength) === rows &&
    bytes.readUInt32LE(magic.byteLength + 4) === columns &&
    createHash('sha256')
      .update(data)
      .digest()
      .equals(bytes.subarray(magic.byteLength + 8, headerBytes));
  return sound ? new Float32Array(Uint8Array.from(data).buffer) : null;
}

/** Bytes of all entries; what a killed writer left is removed. */
async function sizeOf(folder: string): Promise<number> {
  let total = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: Infinity }));
    const abandoned = entry.name.endsWith('.tmp') && Date.now() - mtimeMs > 3_600_000;
    if (abandoned) await rm(path, { force: true });
    else total += size;
  }
  return total;
}
