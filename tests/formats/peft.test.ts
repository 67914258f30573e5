import { cpSync, readFileSync, rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fullMatchAll } from '../../src-main/formats/adapters/module-pattern.ts';
import {
  canonicalModulePath,
  classicModulePath,
  defaultLoraConfig,
  isSavedWhole,
  matchAdapter,
  parseLoraConfig,
  parsePeftKey,
  peftKey,
  readLoraConfig,
  readPeftAdapter,
  resolveLoraTargets,
  writePeftAdapter,
  type LoraConfig,
} from '../../src-main/formats/adapters/peft.ts';
import {
  readSafetensorsHeader,
  readTensorBytes,
  writeSafetensors,
} from '../../src-main/formats/weights/safetensors.ts';
import { failure, temporaryFolder, writeText } from './support.ts';

const folder = temporaryFolder();
const fixture = new URL('../fixtures/formats/lora_adapter', import.meta.url).pathname;
const path0 = 'model.language_model.layers.0.self_attn.q_proj';
const projections = ['q_proj', 'k_proj', 'v_proj', 'o_proj'];
const linear = [
  ...[0, 1].flatMap((i) =>
    [...projections.map((name) => `self_attn.${name}`), 'mlp.up_proj'].map(
      (name) => `model.language_model.layers.${i}.${name}`,
    ),
  ),
  'model.vision_tower.encoder.layers.0.self_attn.q_proj',
  'model.multi_modal_projector.linear_1',
  'lm_head',
];

describe('keys', () => {
  test.each([
    [`${path0}.lora_A.weight`, 'loraA', path0],
    ['language_model.model.layers.0.self_attn.q_proj.lora_B.weight', 'loraB', path0],
    ['language_model.model.layers.0.self_attn.q_proj.lora_B.default.weight', 'loraB', path0],
    [`${path0}.lora_magnitude_vector`, 'magnitude', path0],
    [`${path0}.lora_magnitude_vector.default.weight`, 'magnitude', path0],
    [
      'vision_tower.vision_model.encoder.layers.0.mlp.fc1.lora_A.weight',
      'loraA',
      'model.vision_tower.encoder.layers.0.mlp.fc1',
    ],
    ['multi_modal_projector.linear_1.weight', 'full', 'model.multi_modal_projector.linear_1'],
    [
      'model.multi_modal_projector.modules_to_save.default.linear_1.weight',
      'full',
      'model.multi_modal_projector.linear_1',
    ],
    ['language_model.lm_head.weight', 'full', 'lm_head'],
    ['lm_head.modules_to_save.weight', 'full', 'lm_head'],
    ['model.layers.0.self_attn.q_proj.lora_A.weight', 'loraA', 'model.layers.0.self_attn.q_proj'],
  ])('%s', (key, kind, module) => {
    expect(parsePeftKey(`base_model.model.${key}`)).toEqual({ kind, module, parameter: 'weight' });
  });

  test.each([
    'x.lora_A.weight',
    'base_model.model.x.lora_embedding_A',
    'base_model.model.x.lora_B.bias',
    'base_model.model.x',
    'base_model.model.a.original_module.weight',
  ])('%s is none', (key) => {
    expect(parsePeftKey(key)).toBeUndefined();
  });

  test('the keys of the fixture are made again from their meaning', async () => {
    const { tensors } = await readSafetensorsHeader(`${fixture}/adapter_model.safetensors`);
    for (const name of tensors.keys()) {
      const key = parsePeftKey(name);
      expect(key && peftKey(key)).toBe(name);
    }
  });

  test('classic names and back', () => {
    expect(classicModulePath(path0)).toBe('language_model.model.layers.0.self_attn.q_proj');
    for (const path of linear) expect(canonicalModulePath(classicModulePath(path))).toBe(path);
    for (const path of linear) expect(canonicalModulePath(path)).toBe(path);
  });
});

describe('folders', () => {
  test("the reference's adapter, written again, has its very keys, shapes and bytes", async () => {
    const adapter = await readPeftAdapter(fixture);
    expect(adapter.config).toMatchObject({ rank: 4, alpha: 8, dropout: 0, taskType: 'CAUSAL_LM' });
    expect(adapter.lora.size).toBe(8);
    expect(adapter.lora.get(path0)).toMatchObject({ rank: 4, a: { shape: [4, 64] } });
    const dir = folder.path('copy');
    const tensors = [...adapter.lora].flatMap(([module, { a, b }]) =>
      (
        [
          ['loraA', a],
          ['loraB', b],
        ] as const
      ).map(([kind, { name, dtype, shape }]) => {
        return { module, kind, dtype, shape, data: () => readTensorBytes(adapter.header, name) };
      }),
    );
    await writePeftAdapter(dir, adapter.config, tensors);
    const file = 'adapter_model.safetensors';
    expect(readFileSync(`${dir}/${file}`).equals(readFileSync(`${fixture}/${file}`))).toBe(true);
    expect(await readLoraConfig(dir)).toEqual(adapter.config);
    const ours = JSON.parse(readFileSync(`${dir}/adapter_config.json`, 'utf8')) as object;
    const theirs = JSON.parse(readFileSync(`${fixture}/adapter_config.json`, 'utf8')) as object;
    expect(theirs).toMatchObject(ours);
  });

  async function rewritten(
    rename: (name: string) => string | undefined,
    config: object = {},
  ): Promise<string> {
    const dir = folder.path('adapter');
    cpSync(fixture, dir, { recursive: true });
    const header = await readSafetensorsHeader(`${fixture}/adapter_model.safetensors`);
    const entries = [...header.tensors.values()].flatMap(({ name, dtype, shape }) => {
      const renamed = rename(name);
      if (renamed === undefined) return [];
      return [{ name: renamed, dtype, shape, data: () => readTensorBytes(header, name) }];
    });
    await writeSafetensors(`${dir}/adapter_model.safetensors`, entries);
    const fields = JSON.parse(readFileSync(`${dir}/adapter_config.json`, 'utf8')) as object;
    writeText(`${dir}/adapter_config.json`, JSON.stringify({ ...fields, ...config }));
    return dir;
  }

  test('the older generation is read as the same modules', async () => {
    const dir = await rewritten((name) =>
      name.replace('model.model.language_model.', 'model.language_model.model.'),
    );
    const { lora } = await readPeftAdapter(dir);
    expect([...lora.keys()].sort()).toEqual(
      [...(await readPeftAdapter(fixture)).lora.keys()].sort(),
    );
  });

  test('half adapters, foreign keys, wrong ranks and twofold keys are refused', async () => {
    const half = await rewritten((name) => (/0.*q_proj.lora_B/.test(name) ? undefined : name));
    const error = await failure(readPeftAdapter(half), 'formats/peft-incomplete');
    expect(error.got).toBe(`${path0} (no B)`);
    const foreign = await rewritten((name) => name.replace('lora_A.', 'lora_C.'));
    await failure(readPeftAdapter(foreign), 'formats/peft-bad-keys');
    const nothing = await rewritten(() => undefined);
    await failure(readPeftAdapter(nothing), 'formats/peft-bad-keys');
    const rank = await rewritten((name) => name, { r: 8 });
    await failure(readPeftAdapter(rank), 'formats/peft-bad-shape');
    const swapped = await rewritten((name) =>
      name.replace(/lora_[AB]/, (s) => (s === 'lora_A' ? 'lora_B' : 'lora_A')),
    );
    await failure(readPeftAdapter(swapped), 'formats/peft-bad-shape');
    const inside = await rewritten((name) => name, { modules_to_save: ['self_attn'] });
    await failure(readPeftAdapter(inside), 'formats/peft-bad-keys');
    const twice = await rewritten((name) =>
      name
        .replace('layers.1', 'layers.0')
        .replace(/model\.(?=language.*)/, (s) => (name.includes('.1.') ? '' : s)),
    );
    await failure(readPeftAdapter(twice), 'formats/peft-bad-keys');
  });

  test('a rank of its own module is taken from the pattern', async () => {
    const dir = await rewritten((name) => name, {
      r: 2,
      rank_pattern: { 'layers\\.\\d+\\.self_attn\\..*': 4 },
    });
    expect((await readPeftAdapter(dir)).lora.size).toBe(8);
  });

  test('what would be ignored is refused by name', async () => {
    const dora = await rewritten((name) => name, { use_dora: true, bias: 'all' });
    const error = await failure(readPeftAdapter(dora), 'formats/peft-unsupported');
    expect(error.got).toBe('use_dora=true, bias=all');
    // PEFT takes the model's own weights apart again whenever it loads one of these.
    for (const init of ['pissa', 'pissa_niter_16', 'olora', 'corda', 'loftq', 'mica']) {
      const dir = await rewritten((name) => name, { init_lora_weights: init });
      const refused = await failure(readPeftAdapter(dir), 'formats/peft-unsupported');
      expect(refused.got).toBe(`init_lora_weights="${init}"`);
    }
    for (const init of [true, false, null, 'gaussian', 'eva', 'orthogonal']) {
      const dir = await rewritten((name) => name, { init_lora_weights: init });
      expect((await readPeftAdapter(dir)).lora.size).toBe(8);
    }
    rmSync(`${dora}/adapter_model.safetensors`);
    writeText(`${dora}/adapter_config.json`, '{"peft_type":"LORA"}');
    writeText(`${dora}/adapter_model.bin`, '');
    await failure(readPeftAdapter(dora), 'formats/pickle-refused');
    await failure(readPeftAdapter(folder.path('absent')), 'formats/file-not-found');
  });

  test('an adapter of another model is refused; a partial fit is told', async () => {
    const adapter = await readPeftAdapter(fixture);
    const error = await failure(
      (async () => matchAdapter(adapter, ['model.layers.0.x'], []))(),
      'formats/peft-no-match',
    );
    expect(error.got).toContain(path0);
    const match = matchAdapter(adapter, [path0], []);
    expect(match.matched).toEqual([path0]);
    expect(match.unmatched.length).toBe(7);
  });
});

describe('configs', () => {
  const bad: [string, unknown][] = [
    ['peft-bad-config', []],
    ['peft-unknown-type', {}],
    ['peft-unknown-type', { peft_type: 'IA3' }],
    ...[
      { r: 0 },
      { r: 1.5 },
      { r: null },
      { lora_alpha: '8' },
      { lora_alpha: null },
      { use_rslora: 'true' },
      { use_dora: 1 },
      { lora_dropout: 1 },
      { target_modules: [1] },
      { target_modules: {} },
      { bias: 'some' },
      { rank_pattern: { a: 0 } },
      { rank_pattern: [] },
      { alpha_pattern: { a: 'x' } },
      { layers_to_transform: ['x'] },
      { base_model_name_or_path: 3 },
    ].map((fields): [string, unknown] => ['peft-bad-config', { peft_type: 'LORA', ...fields }]),
  ];
  test.each(bad)('%s: %j', async (code, json) => {
    await failure((async () => parseLoraConfig(json, 'file'))(), `formats/${code}`);
  });
});

describe('targets', () => {
  const resolve = (fields: Partial<LoraConfig>): Record<string, number[]> => {
    const targets = resolveLoraTargets(
      { ...defaultLoraConfig, rank: 4, alpha: 8, ...fields },
      linear,
    );
    return Object.fromEntries([...targets].map(([path, t]) => [path, [t.rank, t.alpha, t.scale]]));
  };
  const chosen = (fields: Partial<LoraConfig>): string[] => Object.keys(resolve(fields));
  const attention = linear.slice(0, 10).filter((path) => path.includes('self_attn'));

  test('names are ends of paths, a pattern is for the whole path', () => {
    expect(chosen({ targetModules: projections })).toEqual(
      linear.filter((p) => p.includes('_attn')),
    );
    expect(chosen({ targetModules: ['proj'] })).toEqual([]);
    expect(chosen({ targetModules: [path0] })).toEqual([path0]);
    expect(chosen({ targetModules: '.*language_model.*\\.(q_proj|k_proj|v_proj|o_proj)' })).toEqual(
      attention,
    );
    expect(chosen({ targetModules: 'q_proj' })).toEqual([]);
    expect(chosen({ targetModules: 'all-linear' })).toEqual(linear.slice(0, -1));
    expect(chosen({ targetModules: '^language_model\\.model\\..*q_proj$' })).toEqual(
      attention.filter((path) => path.endsWith('q_proj')),
    );
  });

  test('inside of what is saved whole no adapter stands', () => {
    const names = {
      targetModules: ['q_proj', 'linear_1'],
      modulesToSave: ['multi_modal_projector'],
    };
    expect(chosen(names).length).toBeGreaterThan(0);
    expect(chosen(names).every((path) => path.endsWith('q_proj'))).toBe(true);
    expect(chosen({ ...names, modulesToSave: ['self_attn'] })).not.toContain(path0);
  });

  test('exclusions and layers narrow', async () => {
    expect(chosen({ targetModules: projections, excludeModules: '.*vision.*' })).toEqual(attention);
    const second = attention.filter((path) => path.includes('layers.1.'));
    expect(chosen({ targetModules: projections, layersToTransform: [1] })).toEqual(second);
    const layers = { layersToTransform: [1], layersPattern: ['blocks'] };
    expect(chosen({ targetModules: projections, ...layers })).toEqual([]);
    const both = (async () => chosen({ targetModules: '.*', layersToTransform: [1] }))();
    await failure(both, 'formats/peft-bad-config');
  });

  test('ranks and alphas by pattern, the first that matches; rsLoRA scales by the root', () => {
    const patterns = {
      rankPattern: { 'layers.0.self_attn.q_proj': 16, q_proj: 2, roj: 3 },
      alphaPattern: { 'language_model.model.layers.0.*': 32 },
    };
    const targets = resolve({ targetModules: ['q_proj', 'up_proj'], ...patterns });
    expect(targets[path0]).toEqual([16, 32, 2]);
    expect(targets[path0.replace('0', '1')]).toEqual([2, 8, 4]);
    expect(targets['model.language_model.layers.1.mlp.up_proj']).toEqual([4, 8, 2]);
    expect(resolve({ targetModules: [path0], useRslora: true })[path0]).toEqual([4, 8, 4]);
  });

  test('modules saved whole are named by any of their parts', () => {
    const config = { modulesToSave: ['multi_modal_projector', 'lm_head'] };
    expect(isSavedWhole(config, 'model.multi_modal_projector.linear_1.weight')).toBe(true);
    expect(isSavedWhole(config, 'lm_head.weight')).toBe(true);
    // By letters, not by whole names, as PEFT goes: `norm` is the layers' norms, too.
    expect(isSavedWhole(config, 'model.my_lm_head.weight')).toBe(true);
    expect(isSavedWhole(config, 'model.lm_head_of_old.weight')).toBe(false);
    const norms = { modulesToSave: ['norm'] };
    expect(isSavedWhole(norms, 'model.layers.0.post_attention_layernorm.weight')).toBe(true);
    expect(isSavedWhole(norms, 'model.norm_1.weight')).toBe(false);
  });

  test("Python's spellings, and patterns that are broken or hang", async () => {
    expect(fullMatchAll('(?i)\\AA(?P<x>b)(?P=x)\\Z', ['abb', 'abc'])).toEqual([true, false]);
    expect(fullMatchAll('a|ab', ['ab', 'abc', 'a'])).toEqual([true, false, true]);
    expect(fullMatchAll('.*', ['a\n'])).toEqual([false]);
    const run = async (pattern: string): Promise<unknown> =>
      fullMatchAll(pattern, ['a'.repeat(60)]);
    await failure(run('('), 'formats/bad-pattern');
    await failure(run('a'.repeat(30_000)), 'formats/bad-pattern');
    await failure(run('(a+)+b'), 'formats/pattern-too-slow');
  });
});
