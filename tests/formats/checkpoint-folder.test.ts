import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  openCheckpointFolder,
  writeShardedSafetensors,
} from '../../src-main/formats/weights/checkpoint-folder.ts';
import { readTensorBytes } from '../../src-main/formats/weights/safetensors.ts';
import { failure, temporaryFolder, writeText } from './support.ts';

const folder = temporaryFolder();
const entries = ['a', 'b', 'c'].map((name, i) => ({
  name,
  dtype: 'U8' as const,
  shape: [4],
  data: new Uint8Array(4).fill(i),
}));

async function sharded(): Promise<string> {
  const dir = folder.path('model');
  await writeShardedSafetensors(dir, entries, 8);
  return dir;
}

function editIndex(
  dir: string,
  edit: (index: { weight_map: Record<string, unknown> }) => void,
): void {
  const path = `${dir}/model.safetensors.index.json`;
  const index = JSON.parse(readFileSync(path, 'utf8')) as { weight_map: Record<string, unknown> };
  edit(index);
  writeText(path, JSON.stringify(index));
}

test('one file when all fits, shards with an index when not', async () => {
  const one = folder.path('one');
  expect(await writeShardedSafetensors(one, entries)).toEqual(['model.safetensors']);
  expect((await openCheckpointFolder(one)).tensors.size).toBe(3);

  const dir = await sharded();
  expect(readdirSync(dir).sort()).toEqual([
    'model-00001-of-00002.safetensors',
    'model-00002-of-00002.safetensors',
    'model.safetensors.index.json',
  ]);
  const { tensors, files } = await openCheckpointFolder(dir);
  expect(files.length).toBe(2);
  expect([...tensors.keys()].sort()).toEqual(['a', 'b', 'c']);
  const c = tensors.get('c');
  expect(c && [...(await readTensorBytes(c.file, 'c'))]).toEqual([2, 2, 2, 2]);
  const index = JSON.parse(readFileSync(`${dir}/model.safetensors.index.json`, 'utf8')) as object;
  expect(index).toMatchObject({ metadata: { total_size: 12 } });
});

test('a folder with weights is not written over', async () => {
  const dir = await sharded();
  await failure(writeShardedSafetensors(dir, entries), 'formats/checkpoint-exists');
});

test('a missing shard, tensors that are elsewhere, tensors that are twice', async () => {
  const dir = await sharded();
  editIndex(dir, ({ weight_map }) => {
    weight_map['d'] = 'model-00001-of-00002.safetensors';
  });
  const absent = await failure(openCheckpointFolder(dir), 'formats/checkpoint-missing-tensors');
  expect(absent.got).toContain('d (model-00001-of-00002.safetensors)');
  editIndex(dir, ({ weight_map }) => {
    delete weight_map['d'];
    weight_map['c'] = 'model-00001-of-00002.safetensors';
    weight_map['a'] = 'model-00002-of-00002.safetensors';
  });
  await failure(openCheckpointFolder(dir), 'formats/checkpoint-missing-tensors');
  const first = readFileSync(`${dir}/model-00001-of-00002.safetensors`);
  writeText(`${dir}/model-00002-of-00002.safetensors`, first);
  await failure(openCheckpointFolder(dir), 'formats/checkpoint-duplicate-tensor');
  rmSync(`${dir}/model-00002-of-00002.safetensors`);
  const missing = await failure(openCheckpointFolder(dir), 'formats/checkpoint-missing-shard');
  expect(missing.got).toContain('model-00002-of-00002.safetensors');
});

test.each([
  '../secret.safetensors',
  '/etc/x.safetensors',
  'a\\b.safetensors',
  'C:x.safetensors',
  'x.bin',
  7,
  null,
])('an index that leads to %j is refused', async (file) => {
  const dir = await sharded();
  editIndex(dir, ({ weight_map }) => {
    weight_map['a'] = file;
  });
  await failure(openCheckpointFolder(dir), 'formats/checkpoint-bad-index');
});

test.each(['', '[]', '{}', '{"weight_map":[]}', '{"weight_map":{}}', 'null'])(
  'an index %j is refused',
  async (text) => {
    const dir = await sharded();
    writeText(`${dir}/model.safetensors.index.json`, text);
    await failure(openCheckpointFolder(dir), 'formats/checkpoint-bad-index');
  },
);

test('pickles are refused with a way out; other folders are named', async () => {
  const dir = folder.path('pickled');
  mkdirSync(dir);
  const empty = await failure(openCheckpointFolder(dir), 'formats/checkpoint-not-found');
  expect(empty.got).toBe('an empty folder');
  writeText(`${dir}/pytorch_model.bin`, 'x');
  const error = await failure(openCheckpointFolder(dir), 'formats/pickle-refused');
  expect(error.hint).toContain('save_pretrained');
  await failure(openCheckpointFolder(folder.path('absent')), 'formats/checkpoint-not-found');
});
