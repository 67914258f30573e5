/**
 * Weights of a Hugging Face folder: `model.safetensors`, or shards listed by
 * `model.safetensors.index.json` as `{metadata: {total_size}, weight_map: {tensor: file}}`.
 */
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { LensmithError } from '../../base/errors.ts';
import {
  readSafetensorsHeader,
  shorten,
  sourceSizeBytes,
  writeSafetensors,
  type SafetensorsEntry,
  type SafetensorsHeader,
  type SafetensorsSource,
} from './safetensors.ts';

const singleName = 'model.safetensors';
const indexName = 'model.safetensors.index.json';
const maxIndexBytes = 100_000_000;

export interface CheckpointFolder {
  readonly dir: string;
  readonly files: readonly SafetensorsHeader[];
  /** Every tensor of every file. */
  readonly tensors: ReadonlyMap<
    string,
    { readonly file: SafetensorsHeader; readonly entry: SafetensorsEntry }
  >;
}

/**
 * Opens the weights of a model folder; only headers are read.
 * @throws formats/checkpoint-not-found, formats/pickle-refused,
 *         formats/checkpoint-bad-index, formats/checkpoint-missing-shard,
 *         formats/checkpoint-missing-tensors, formats/checkpoint-duplicate-tensor,
 *         and the codes of readSafetensorsHeader
 */
export async function openCheckpointFolder(dir: string): Promise<CheckpointFolder> {
  const names = await listFolder(dir);
  if (names.includes(singleName)) {
    return merge(dir, [await readSafetensorsHeader(join(dir, singleName))]);
  }
  if (!names.includes(indexName)) throw noWeights(dir, names);
  const weightMap = await readWeightMap(join(dir, indexName));
  const shardNames = [...new Set(weightMap.values())].sort();
  const missing = shardNames.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new LensmithError(
      'formats/checkpoint-missing-shard',
      `${dir} lacks some of its shards.`,
      {
        expected: shardNames.join(', '),
        got: `without ${missing.join(', ')}`,
        hint: 'Download the missing files into the folder.',
      },
    );
  }
  const files: SafetensorsHeader[] = [];
  for (const name of shardNames) files.push(await readSafetensorsHeader(join(dir, name)));
  const folder = merge(dir, files);
  checkWeightMap(folder, weightMap);
  return folder;
}

async function listFolder(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    throw new LensmithError('formats/checkpoint-not-found', `${dir} is no readable folder.`, {
      expected: 'a model folder in Hugging Face layout',
      got: (error as Error).message,
      cause: error,
    });
  }
}

function noWeights(dir: string, names: readonly string[]): LensmithError {
  const pickles = names.filter((name) => /\.(bin|pth?|pkl|ckpt)$/i.test(name));
  if (pickles.length === 0) {
    return new LensmithError('formats/checkpoint-not-found', `${dir} holds no weights.`, {
      expected: `${singleName} or ${indexName}`,
      got: names.length === 0 ? 'an empty folder' : shorten(names.toSorted().join(', ')),
      hint: 'Give the folder that holds config.json and the weights.',
    });
  }
  return new LensmithError(
    'formats/pickle-refused',
    `${dir} holds its weights as pickles only, which can run any code when they are opened.`,
    {
      expected: `${singleName} or ${indexName}`,
      got: shorten(pickles.toSorted().join(', ')),
      hint:
        'Download the safetensors version of this model, or convert it where you trust it: ' +
        'in Python, AutoModelForImageTextToText.from_pretrained(folder).save_pretrained(newFolder).',
    },
  );
}

async function readWeightMap(path: string): Promise<Map<string, string>> {
  const fail = (message: string, got?: string): LensmithError =>
    new LensmithError('formats/checkpoint-bad-index', `${path}: ${message}`, {
      expected: '{"metadata": {…}, "weight_map": {"tensor": "file.safetensors", …}}',
      got,
      hint: 'Download this file again.',
    });
  const { size } = await stat(path);
  if (size > maxIndexBytes) throw fail('it is too large.', `${size} bytes`);
  let index: unknown;
  try {
    index = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw fail('it is no JSON.', shorten((error as Error).message));
  }
  const weightMap = (index as { weight_map?: unknown } | null)?.weight_map;
  if (typeof weightMap !== 'object' || weightMap === null || Array.isArray(weightMap)) {
    throw fail('it has no weight_map.');
  }
  const entries = Object.entries(weightMap);
  if (entries.length === 0) throw fail('its weight_map is empty.');
  for (const [name, file] of entries) {
    // A plain name only: an index must not lead out of its folder.
    if (typeof file !== 'string' || !/^[^/\\:\0]+\.safetensors$/.test(file)) {
      throw fail(
        `tensor ${shorten(name)} lies in no file of this folder.`,
        shorten(JSON.stringify(file)),
      );
    }
  }
  return new Map(entries as [string, string][]);
}

function merge(dir: string, files: readonly SafetensorsHeader[]): CheckpointFolder {
  const tensors = new Map<string, { file: SafetensorsHeader; entry: SafetensorsEntry }>();
  for (const file of files) {
    for (const [name, entry] of file.tensors) {
      const other = tensors.get(name);
      if (other !== undefined) {
        throw new LensmithError(
          'formats/checkpoint-duplicate-tensor',
          `${dir}: two files hold the tensor ${shorten(name)}.`,
          { got: `${other.file.path} and ${file.path}`, hint: 'Remove the files left over.' },
        );
      }
      tensors.set(name, { file, entry });
    }
  }
  return { dir, files, tensors };
}

function checkWeightMap(folder: CheckpointFolder, weightMap: ReadonlyMap<string, string>): void {
  const absent: string[] = [];
  for (const [name, shard] of weightMap) {
    if (folder.tensors.get(name)?.file.path !== join(folder.dir, shard)) {
      absent.push(`${name} (${shard})`);
    }
  }
  if (absent.length === 0) return;
  throw new LensmithError(
    'formats/checkpoint-missing-tensors',
    `${folder.dir}: ${absent.length} tensors of the index are not in their files.`,
    {
      expected: `all ${weightMap.size} tensors of ${indexName}`,
      got: `without ${shorten(absent.join(', '), 2000)}`,
      hint: 'The shards belong to another version than the index; download all again.',
    },
  );
}

/**
 * Writes weights into a folder, in the order given: one `model.safetensors`
 * when all fits, else `model-00001-of-0000N.safetensors` … and the index, last.
 * Each file is atomic; use atomicDirectory around it for the whole.
 * @param maxShardBytes tensor bytes of one file; a larger tensor stands alone
 * @returns the names of the files written
 * @throws formats/checkpoint-exists when the folder holds other weights, which
 *         could be read in place of these; the codes of writeSafetensors
 */
export async function writeShardedSafetensors(
  dir: string,
  entries: readonly SafetensorsSource[],
  maxShardBytes = 5_000_000_000,
): Promise<string[]> {
  await mkdir(dir, { recursive: true });
  const others = (await readdir(dir)).filter((name) => /^model.*\.safetensors/.test(name));
  if (others.length > 0) {
    throw new LensmithError('formats/checkpoint-exists', `${dir} already holds weights.`, {
      got: shorten(others.join(', ')),
      hint: 'Choose an empty folder.',
    });
  }
  const shards = splitIntoShards(dir, entries, maxShardBytes);
  if (shards.length <= 1) {
    await writeSafetensors(join(dir, singleName), entries);
    return [singleName];
  }
  const weightMap: [string, string][] = [];
  const written: string[] = [];
  let totalSizeBytes = 0;
  for (const [i, shard] of shards.entries()) {
    const file = `model-${number(i + 1)}-of-${number(shards.length)}.safetensors`;
    await writeSafetensors(join(dir, file), shard);
    written.push(file);
    for (const entry of shard) {
      weightMap.push([entry.name, file]);
      totalSizeBytes += sourceSizeBytes(dir, entry);
    }
  }
  weightMap.sort(([a], [b]) => (a < b ? -1 : 1));
  const index = {
    metadata: { total_size: totalSizeBytes },
    weight_map: Object.fromEntries(weightMap),
  };
  await writeFileAtomic(join(dir, indexName), `${JSON.stringify(index, null, 2)}\n`);
  return [...written, indexName];
}

const number = (n: number): string => String(n).padStart(5, '0');

function splitIntoShards(
  dir: string,
  entries: readonly SafetensorsSource[],
  maxShardBytes: number,
): SafetensorsSource[][] {
  const names = new Set<string>();
  const shards: SafetensorsSource[][] = [];
  let roomBytes = 0;
  for (const entry of entries) {
    if (names.has(entry.name)) {
      throw new LensmithError(
        'formats/safetensors-duplicate-name',
        `${entry.name} is given twice.`,
      );
    }
    names.add(entry.name);
    const sizeBytes = sourceSizeBytes(dir, entry);
    if (shards.length === 0 || sizeBytes > roomBytes) {
      shards.push([]);
      roomBytes = maxShardBytes;
    }
    shards.at(-1)?.push(entry);
    roomBytes -= sizeBytes;
  }
  return shards;
}
