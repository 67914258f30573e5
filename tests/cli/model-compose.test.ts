/** A LLaVA model taken apart and composed again, as a person types it. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DiskMediaReader } from '../../src-main/app/media-reader/media-reader.ts';
import { Processor } from '../../src-main/data/processor.ts';
import { writeSafetensors } from '../../src-main/formats/weights/safetensors.ts';
import type { SafetensorsSource } from '../../src-main/formats/weights/safetensors.ts';
import { loadModel } from '../../src-main/models/load.ts';
import { packSequences } from '../../src-main/nn/sequence.ts';
import { ensureDevice, memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { runHere } from '../support/cli.ts';
import { fixtureCase, fixtures, largestDifference, sampleOf } from '../support/fixture-case.ts';
import { readTensors } from '../support/model-folder.ts';

type Json = Record<string, unknown>;

const root = mkdtempSync(join(tmpdir(), 'lensmith-compose-'));
const media = new DiskMediaReader();
let folders = 0;

beforeAll(() => ensureDevice());
afterEach(async () => {
  await synchronize();
  expect(memoryStats().tensors).toBe(0);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const newPath = (): string => join(root, `folder-${folders++}`);
const checkpointOf = (family: string): string => join(fixtures, family, 'checkpoint');
const readJson = (dir: string, name: string): Json =>
  JSON.parse(readFileSync(join(dir, name), 'utf8')) as Json;

function writeJson(dir: string, name: string, value: unknown): void {
  writeFileSync(join(dir, name), JSON.stringify(value));
}

async function writeFolder(config: Json, tensors: SafetensorsSource[]): Promise<string> {
  const dir = newPath();
  mkdirSync(dir);
  writeJson(dir, 'config.json', config);
  await writeSafetensors(join(dir, 'model.safetensors'), tensors);
  return dir;
}

function extra(name: string): SafetensorsSource {
  return { name, dtype: 'F32', shape: [1], data: new Uint8Array(4) };
}

/** The tower as CLIP and SigLIP are published: with its text side, which is of no use. */
async function visionFolder(family: string): Promise<string> {
  const checkpoint = checkpointOf(family);
  const vision = readJson(checkpoint, 'config.json')['vision_config'] as Json;
  const type = String(vision['model_type']).replace('_vision_model', '');
  const tensors = (await readTensors(checkpoint))
    .filter(({ name }) => name.startsWith('vision_tower.'))
    .map((tensor) => ({ ...tensor, name: tensor.name.replace('vision_tower', 'vision_model') }));
  const beside = ['text_model.embeddings.token_embedding.weight', 'logit_scale'];
  if (type === 'siglip') beside.push('vision_model.head.probe', 'logit_bias');
  const config = { model_type: type, text_config: {}, vision_config: vision };
  const dir = await writeFolder(config, [...tensors, ...beside.map(extra)]);
  copyFileSync(join(checkpoint, 'preprocessor_config.json'), join(dir, 'preprocessor_config.json'));
  return dir;
}

interface LanguageChange {
  readonly config?: Json;
  readonly tokenizer?: (json: Json) => Json;
  readonly tensors?: (tensors: SafetensorsSource[]) => SafetensorsSource[];
  /** The text of chat_template.jinja; null for none. */
  readonly template?: string | null;
}

/** The language model as it would be published alone. */
async function languageFolder(family: string, change: LanguageChange = {}): Promise<string> {
  const checkpoint = checkpointOf(family);
  const text = readJson(checkpoint, 'config.json')['text_config'] as Json;
  const tensors = (await readTensors(checkpoint))
    .filter(({ name }) => name.startsWith('language_model.'))
    .map((tensor) => ({ ...tensor, name: tensor.name.replace('language_model.', '') }));
  const config = { ...text, ...change.config };
  const dir = await writeFolder(config, change.tensors?.(tensors) ?? tensors);
  for (const name of ['tokenizer_config.json', 'generation_config.json']) {
    copyFileSync(join(checkpoint, name), join(dir, name));
  }
  const tokenizer = readJson(checkpoint, 'tokenizer.json');
  writeJson(dir, 'tokenizer.json', change.tokenizer?.(tokenizer) ?? tokenizer);
  const own = readFileSync(join(checkpoint, 'chat_template.jinja'), 'utf8');
  const template = change.template === undefined ? own : change.template;
  if (template !== null) writeFileSync(join(dir, 'chat_template.jinja'), template);
  return dir;
}

async function run(vision: string, language: string, ...more: string[]) {
  const out = newPath();
  const args = ['--vision', vision, '--language', language, '--out', out, '--threads', '2'];
  const {
    status,
    out: text,
    err,
  } = await runHere(['model', 'compose', ...args, ...more, '--json']);
  return { out, status, err, document: JSON.parse(text) as Json };
}

/** Gives a composed model the projector that the fixture was made with. */
async function takeProjector(dir: string, family: string): Promise<void> {
  const isProjector = ({ name }: SafetensorsSource): boolean => name.startsWith('multi_modal');
  const own = (await readTensors(dir)).filter((tensor) => !isProjector(tensor));
  const golden = (await readTensors(checkpointOf(family))).filter(isProjector);
  await writeSafetensors(join(dir, 'model.safetensors'), [...own, ...golden]);
}

/** Logits [N, V] of a fixture's conversation. */
async function logitsOf(dir: string, family: string, name: string) {
  const golden = await fixtureCase(family, name);
  using loaded = await loadModel(dir);
  const processor = await Processor.load(dir, loaded.config);
  const prepared = await processor.prepare(sampleOf(golden), media);
  const shape = [prepared.imageCount, ...processor.imageShape];
  using pixels = Tensor.from(await prepared.loadPixels(), shape);
  using logits = scoped(() => {
    using sequences = packSequences([prepared.inputIds.length]);
    const features = loaded.model.visionFeatures(pixels);
    return loaded.model.logits(
      loaded.model.hidden({ inputIds: prepared.inputIds, sequences, features }),
    );
  });
  return { prepared, values: await logits.readFloats(), wanted: await golden.tensor('out.logits') };
}

const withoutTokens =
  (...texts: string[]) =>
  (json: Json): Json => ({
    ...json,
    added_tokens: (json['added_tokens'] as { content: string }[]).filter(
      ({ content }) => !texts.includes(content),
    ),
  });

const textTemplate = "{% for m in messages %}{{ m['role'] + ': ' + m['content'] }}{% endfor %}";

describe.each([
  ['llava15', 'two_images', [], 'clip_vision_model'],
  ['interleave', 'three_images', ['--feature-layer=-1'], 'siglip_vision_model'],
] as const)('%s', (family, name, more, tower) => {
  test('its parts composed again give its logits', async () => {
    const parts = [await visionFolder(family), await languageFolder(family)] as const;
    const { out, status, err, document } = await run(...parts, ...more);
    expect(status, err).toBe(0);
    expect(document).toMatchObject({
      vision: { type: tower },
      projector: 'mlp2x_gelu',
      tokensPerImage: 36,
      imageToken: { text: '<image>', isNew: false },
      vocabulary: { newRows: 0 },
      template: 'chat_template.jinja',
      notes: [],
    });
    await takeProjector(out, family);
    const { values, wanted } = await logitsOf(out, family, name);
    expect(largestDifference(values, wanted)).toBeLessThan(1e-4);
    const settings = readJson(out, 'processor_config.json');
    const ofReference = readJson(checkpointOf(family), 'processor_config.json');
    for (const key of Object.keys(ofReference)) {
      if (key !== 'image_processor') expect(settings[key], key).toEqual(ofReference[key]);
    }
  });

  test('parts of LLaVA folders, each with the other', async () => {
    const whole = checkpointOf(family);
    const { out, status, err } = await run(whole, whole);
    expect(status, err).toBe(0);
    await takeProjector(out, family);
    const { values, wanted } = await logitsOf(out, family, name);
    expect(largestDifference(values, wanted)).toBeLessThan(1e-4);
  });

  test('stage 1 of training starts from it', async () => {
    const other = family === 'llava15' ? 'interleave' : 'llava15';
    const parts = [await visionFolder(family), await languageFolder(other)] as const;
    const { out, status, err } = await run(...parts);
    expect(status, err).toBe(0);
    const image = join(fixtures, family, 'images', 'wide.png');
    const data = join(root, `${family}.jsonl`);
    const question = [
      { type: 'image', path: image },
      { type: 'text', text: 'What is red?' },
    ];
    const answer = { role: 'assistant', content: 'The square.' };
    writeFileSync(
      data,
      `${JSON.stringify({ id: 'a', messages: [{ role: 'user', content: question }, answer] })}\n`,
    );
    // prettier-ignore
    const trained = await runHere(['train', '--method', 'projector', '--model', out, '--data', data,
      '--out', newPath(), '--max-steps', '2', '--batch-size', '1', '--lr', '1e-2', '--threads', '2', '--json']);
    expect(trained.status, trained.err).toBe(0);
    const { logPath } = JSON.parse(trained.out) as { logPath: string };
    const lines = readFileSync(logPath, 'utf8').trim().split('\n');
    const losses = lines.map((line) => (JSON.parse(line) as { loss: number }).loss);
    expect(losses).toHaveLength(2);
    expect(losses[1]).toBeLessThan(losses[0] as number);
  });
});

test('a new image token: the next id, rows that are the mean of the others, a template', async () => {
  const rows = 698;
  const language = await languageFolder('llava15', {
    config: { vocab_size: rows, pad_token_id: 0 },
    tokenizer: withoutTokens('<image>', '<pad>'),
    template: textTemplate,
    tensors: (tensors) =>
      tensors.map((tensor) =>
        tensor.shape[0] === 704
          ? {
              ...tensor,
              shape: [rows, 64],
              data: (tensor.data as Uint8Array).subarray(0, rows * 256),
            }
          : tensor,
      ),
  });
  const { out, status, err, document } = await run(await visionFolder('llava15'), language);
  expect(status, err).toBe(0);
  expect(document).toMatchObject({
    imageToken: { text: '<image>', id: rows, isNew: true },
    vocabulary: { rows: rows + 1, newRows: 1 },
    template: 'built-in vicuna',
  });
  const notes = (document['notes'] as string[]).join('\n');
  expect(notes).toMatch(/<image> was added .* 698/);
  expect(notes).toMatch(/grew by 1: new rows are the mean/);
  expect(notes).toMatch(/chat_template\.jinja knows no images/);

  const [embedding] = (await readTensors(out)).filter(({ name }) => name.endsWith('tokens.weight'));
  const table = new Float32Array(Uint8Array.from(embedding?.data as Uint8Array).buffer);
  const mean = Float32Array.from({ length: 64 }, (_, column) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += table[row * 64 + column] as number;
    return sum / rows;
  });
  expect(largestDifference(table.subarray(rows * 64), mean)).toBeLessThan(1e-7);

  await takeProjector(out, 'llava15');
  const { prepared, values, wanted } = await logitsOf(out, 'llava15', 'single');
  expect(prepared.prompt).toMatch(/^USER: (<image>\n)/);
  const golden = await fixtureCase('llava15', 'single');
  expect([...prepared.inputIds]).toEqual(golden.inputIds);
  const known = (logits: Float32Array, width: number): number[] =>
    prepared.inputIds.reduce<number[]>(
      (all, _, n) => all.concat([...logits.subarray(n * width, n * width + rows)]),
      [],
    );
  expect(largestDifference(known(values, rows + 1), known(wanted, 704))).toBeLessThan(1e-4);
});

test('a tokenizer with turns of ChatML gets that template', async () => {
  const language = await languageFolder('interleave', {
    tokenizer: withoutTokens('<image>'),
    template: null,
  });
  const { out, status, err, document } = await run(await visionFolder('llava15'), language);
  expect(status, err).toBe(0);
  expect(document).toMatchObject({ template: 'built-in chatml', imageToken: { id: 639 } });
  expect(document['vocabulary']).toEqual({ rows: 656, newRows: 0 });
  const written = readFileSync(join(out, 'chat_template.jinja'), 'utf8');
  expect(written).not.toContain('image_token');
});

test('parts saved without prefixes, with defaults left out; what people read', async () => {
  const whole = readJson(checkpointOf('llava15'), 'config.json');
  const tower = whole['vision_config'] as Json;
  const implied = ['layer_norm_eps', 'hidden_act', 'num_channels'];
  const rest = Object.fromEntries(
    Object.entries(tower).filter(([name]) => !implied.includes(name)),
  );
  const all = await readTensors(checkpointOf('llava15'));
  const bare = all
    .filter(({ name }) => name.startsWith('vision_tower.'))
    .map((tensor) => ({ ...tensor, name: tensor.name.replace('vision_tower.', '') }));
  const vision = await writeFolder(rest, [...bare, extra('visual_projection.weight')]);
  writeJson(vision, 'processor_config.json', {
    image_processor: readJson(checkpointOf('llava15'), 'preprocessor_config.json'),
    processor_class: 'CLIPProcessor',
  });
  const language = await languageFolder('interleave', {
    tensors: (tensors) => [
      ...tensors.map((tensor) => ({ ...tensor, name: tensor.name.replace(/^model\./, '') })),
      ...tensors
        .filter(({ name }) => name.endsWith('embed_tokens.weight'))
        .map((embedding) => ({ ...embedding, name: 'lm_head.weight' })),
    ],
  });
  const out = newPath();
  const args = ['--vision', vision, '--language', language, '--out', out];
  const { status, out: text, err } = await runHere(['model', 'compose', ...args]);
  expect(status, err).toBe(0);
  expect(text).toMatch(/vision tower +clip_vision_model, 48 channels/);
  expect(text).toMatch(/features +hidden state -2, default; 36 tokens an image/);
  expect(text).toContain(`lensmith train --method projector --model ${out}`);
  const [embedding] = (await readTensors(out)).filter(({ name }) =>
    name.endsWith('class_embedding'),
  );
  expect(embedding?.name).toBe('vision_tower.vision_model.embeddings.class_embedding');
});

test('a fresh projector follows the seed; dtype and a linear one are as asked', async () => {
  const parts = [await visionFolder('interleave'), await languageFolder('interleave')] as const;
  const projectorOf = async (...more: string[]) => {
    const { out, status, err } = await run(...parts, ...more);
    expect(status, err).toBe(0);
    const all = await readTensors(out);
    const found = all.filter(({ name }) => name.startsWith('multi_modal'));
    return { dtypes: new Set(all.map(({ dtype }) => dtype)), found };
  };
  const [first, same, other] = [
    await projectorOf(),
    await projectorOf('--seed', '0'),
    await projectorOf('--seed', '1', '--dtype', 'bf16', '--projector', 'linear'),
  ];
  expect(same.found).toEqual(first.found);
  expect(first.found.map(({ name }) => name).sort()).toEqual(
    ['1.bias', '1.weight', '2.bias', '2.weight'].map((n) => `multi_modal_projector.linear_${n}`),
  );
  expect(other.found).toHaveLength(2);
  expect([...other.dtypes]).toEqual(['BF16']);
  const values = (tensors: SafetensorsSource[]): Float32Array => {
    const weight = tensors.find(({ name }) => name.endsWith('linear_1.weight'));
    return new Float32Array(Uint8Array.from(weight?.data as Uint8Array).buffer);
  };
  const weight = values(first.found);
  const deviation = Math.hypot(...weight) / Math.sqrt(weight.length);
  expect(deviation).toBeGreaterThan(0.018);
  expect(deviation).toBeLessThan(0.022);
});

test('a half-precision language model sets the dtype of all, new rows and projector included', async () => {
  const language = await languageFolder('llava15', {
    config: { vocab_size: 698, pad_token_id: 0 },
    tokenizer: withoutTokens('<image>', '<pad>'),
    tensors: (tensors) =>
      tensors.map(({ name, shape }) => {
        const size = shape.map((rows) => (rows === 704 ? 698 : rows));
        const ones = new Uint16Array(size.reduce((a, b) => a * b, 1)).fill(0x3c00);
        return { name, dtype: 'F16', shape: size, data: new Uint8Array(ones.buffer) };
      }),
  });
  const { out, status, err, document } = await run(await visionFolder('llava15'), language);
  expect(status, err).toBe(0);
  expect(document).toMatchObject({ dtype: 'f16', vocabulary: { rows: 699, newRows: 1 } });
  const tensors = await readTensors(out);
  expect([...new Set(tensors.map(({ dtype }) => dtype))]).toEqual(['F16']);
  const bits = (end: string): Uint16Array => {
    const found = tensors.find(({ name }) => name.endsWith(end));
    return new Uint16Array(Uint8Array.from(found?.data as Uint8Array).buffer);
  };
  expect(bits('lm_head.weight').subarray(698 * 64)).toEqual(new Uint16Array(64).fill(0x3c00));
  expect(new Set(bits('linear_1.weight')).size).toBeGreaterThan(100);
  expect(readJson(out, 'config.json')['torch_dtype']).toBe('float16');
});

describe('is refused, and leaves nothing:', () => {
  test.each([
    ['a language model for a tower', 'models/unsupported', () => languageFolder('llava15')],
    ['a folder without a model', 'models/no-config', () => Promise.resolve(root)],
  ])('%s', async (_, code, vision) => {
    const { status, err } = await run(await vision(), await languageFolder('llava15'));
    expect([status, err]).toEqual([1, expect.stringContaining(code)]);
  });

  test('<image> as an ordinary word', async () => {
    const language = await languageFolder('llava15', {
      tokenizer: (json) => {
        const bare = withoutTokens('<image>')(json);
        const model = bare['model'] as { vocab: Json };
        return { ...bare, model: { ...model, vocab: { ...model.vocab, '<image>': 698 } } };
      },
    });
    const { status, err } = await run(await visionFolder('llava15'), language);
    expect([status, err]).toEqual([1, expect.stringContaining('tokenizers/token-conflict')]);
  });

  test('weights of both folders that do not fit, all in one error', async () => {
    const vision = await visionFolder('llava15');
    const config = readJson(vision, 'config.json');
    const tower = { ...(config['vision_config'] as Json), intermediate_size: 97 };
    writeJson(vision, 'config.json', { ...config, vision_config: tower });
    const language = await languageFolder('llava15', {
      config: { hidden_size: 2 ** 20 },
      tensors: (tensors) => [
        ...tensors.filter(({ name }) => name !== 'model.norm.weight'),
        extra('model.mystery'),
      ],
    });
    const { status, err, out } = await run(vision, language);
    expect(status).toBe(1);
    expect(err).toContain('models/weights-mismatch');
    expect(err).toMatch(/vision_model\.encoder\.layers\.0\.mlp\.fc1\.weight: expected \[97, 48\]/);
    expect(err).toContain('missing: model.language_model.norm.weight');
    expect(err).toContain('unknown: model.mystery');
    expect(() => readFileSync(join(out, 'config.json'))).toThrow('ENOENT');
  });

  test('a tower whose image processor makes another size', async () => {
    const vision = await visionFolder('llava15');
    const settings = readJson(vision, 'preprocessor_config.json');
    const crop = { ...settings, crop_size: { height: 40, width: 40 } };
    writeJson(vision, 'preprocessor_config.json', crop);
    const { status, err, out } = await run(vision, await languageFolder('llava15'));
    expect([status, err]).toEqual([1, expect.stringContaining('data/image-size-mismatch')]);
    expect(() => readFileSync(join(out, 'config.json'))).toThrow('ENOENT');
  });

  test('a folder that holds something', async () => {
    const whole = checkpointOf('llava15');
    const args = ['--vision', whole, '--language', whole, '--out', whole];
    const { status, err } = await runHere(['model', 'compose', ...args]);
    expect([status, err]).toEqual([1, expect.stringContaining('compose/output-exists')]);
  });
});
