/** Folders that cannot be used, and what a person is told of each. */
import {
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { root } from '../../scripts/lib/paths.mjs';
import { writeLanguageFolder, writeVisionFolder } from '../support/model-parts.ts';
import { writeRandomAdapter } from '../support/tuned-adapter.ts';
import { TestCore } from './conversations-support.ts';

// A dozen folders, each looked into twice.
vi.setConfig({ testTimeout: 180_000 });

const starter = join(root, 'resources', 'starter-model');
const weights = 'model.safetensors';

type Change = (dir: string) => void;

const json = (dir: string, name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(dir, name), 'utf8')) as Record<string, unknown>;

const inConfig =
  (part: Record<string, unknown>): Change =>
  (dir) =>
    writeFileSync(
      join(dir, 'config.json'),
      JSON.stringify({ ...json(dir, 'config.json'), ...part }),
    );

const index: Change = (dir) => {
  renameSync(join(dir, weights), join(dir, 'model-00001-of-00002.safetensors'));
  const weightMap = {
    'lm_head.weight': 'model-00002-of-00002.safetensors',
    'language_model.model.norm.weight': 'model-00001-of-00002.safetensors',
  };
  writeFileSync(
    join(dir, `${weights}.index.json`),
    JSON.stringify({ metadata: {}, weight_map: weightMap }),
  );
};

/** What is done to a copy of the starter model; where the fault is told, and its code. */
const faults: readonly (readonly [string, Change, string, string])[] = [
  ['a missing shard', index, 'weights', 'formats/checkpoint-missing-shard'],
  [
    'pickles only',
    (dir) => renameSync(join(dir, weights), join(dir, 'pytorch_model.bin')),
    'weights',
    'formats/pickle-refused',
  ],
  [
    'GGUF only',
    (dir) => renameSync(join(dir, weights), join(dir, 'model-q4.gguf')),
    'weights',
    'formats/gguf-only',
  ],
  [
    'a pointer in place of weights',
    (dir) => writeFileSync(join(dir, weights), 'version https://git-lfs.github.com/spec/v1\n'),
    'weights',
    'formats/lfs-pointer',
  ],
  [
    'a download that goes on',
    (dir) => renameSync(join(dir, weights), join(dir, `${weights}.crdownload`)),
    'weights',
    'formats/unfinished-download',
  ],
  [
    'weights cut short',
    (dir) => truncateSync(join(dir, weights), 1_000_000),
    'weights',
    'formats/safetensors-out-of-file',
  ],
  ['no tokenizer', (dir) => rmSync(join(dir, 'tokenizer.json')), 'tokenizer', 'tokenizers/missing'],
  ['another family', inConfig({ model_type: 'toaster' }), 'config', 'models/unsupported'],
  [
    'a tower of another family',
    inConfig({ vision_config: { model_type: 'dinov2' } }),
    'config',
    'models/unsupported',
  ],
  ['no config', (dir) => rmSync(join(dir, 'config.json')), 'config', 'models/no-config'],
  [
    'no word on pictures',
    (dir) => {
      rmSync(join(dir, 'preprocessor_config.json'));
      rmSync(join(dir, 'processor_config.json'));
    },
    'pictures',
    'data/',
  ],
];

describe('a folder', () => {
  test('says all that is wrong with it, each thing where it is, and is not taken', async () => {
    const core = await TestCore.start();
    for (const [at, [what, change, topic, code]] of faults.entries()) {
      const dir = join(core.folder, `fault-${at}`);
      cpSync(starter, dir, { recursive: true });
      change(dir);
      const { isUsable, findings } = await core.call('models.check', { dir });
      const bad = findings.filter(({ state }) => state === 'bad');
      expect({ what, isUsable, topics: bad.map((one) => one.topic) }).toEqual({
        what,
        isUsable: false,
        topics: [topic],
      });
      expect(bad[0]?.error?.code).toContain(code);
      await expect(core.call('models.add', { dir })).rejects.toMatchObject({
        code: bad[0]?.error?.code,
      });
    }
    expect(await core.call('models.list', {})).toHaveLength(1);
  });

  test('with several faults says each', async () => {
    const core = await TestCore.start();
    const dir = join(core.folder, 'ruin');
    cpSync(starter, dir, { recursive: true });
    rmSync(join(dir, 'tokenizer.json'));
    rmSync(join(dir, weights));
    const { findings } = await core.call('models.check', { dir });
    expect(findings.map(({ topic, state }) => [topic, state])).toEqual([
      ['config', 'good'],
      ['weights', 'bad'],
      ['tokenizer', 'bad'],
      ['pictures', 'good'],
    ]);
  });

  test('that is a part, or nothing, is told apart; a good one comes with what it needs', async () => {
    const core = await TestCore.start();
    const [vision, language] = [join(core.folder, 'vision'), join(core.folder, 'language')];
    await writeVisionFolder(starter, vision);
    await writeLanguageFolder(starter, language);
    mkdirSync(join(core.folder, 'photos'));
    const kindOf = async (dir: string) => (await core.call('models.check', { dir })).kind;
    expect(await kindOf(vision)).toBe('vision');
    expect(await kindOf(language)).toBe('language');
    expect(await kindOf(join(core.folder, 'photos'))).toBe('none');
    await expect(core.call('models.add', { dir: language })).rejects.toMatchObject({
      code: 'models/no-vision',
      hint: expect.stringContaining('Assemble') as string,
    });
    const good = await core.call('models.check', { dir: starter });
    expect(good).toMatchObject({ kind: 'model', isUsable: true });
    expect(good.facts?.memory.lora).toMatchObject({ verdict: 'fits' });
  });

  test('of an adapter is tried on its model where that is known', async () => {
    const core = await TestCore.start();
    const dir = join(core.folder, 'adapter');
    await writeRandomAdapter(starter, dir);
    const fits = await core.call('models.check', { dir });
    expect(fits.findings.map(({ topic, state }) => [topic, state])).toEqual([
      ['weights', 'good'],
      ['base', 'good'],
    ]);
    expect(fits.facts?.adapter).toMatchObject({ rank: 4, unmatched: [] });
    const config = json(dir, 'adapter_config.json');
    writeFileSync(
      join(dir, 'adapter_config.json'),
      JSON.stringify({ ...config, base_model_name_or_path: 'acme/other' }),
    );
    const stray = await core.call('models.check', { dir });
    expect(stray).toMatchObject({ isUsable: true, facts: null });
    truncateSync(join(dir, 'adapter_model.safetensors'), 4000);
    expect(await core.call('models.check', { dir })).toMatchObject({ isUsable: false });
  });
});
