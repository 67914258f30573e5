/** Packing, feature layers and rotary scalings, against what they are made of. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Tape } from '../../src-main/autograd/tape.ts';
import { supervisedRows } from '../../src-main/data/supervised-rows.ts';
import type { Json } from '../../src-main/models/config.ts';
import { ConfigReader } from '../../src-main/models/config.ts';
import { loadModel, randomModel } from '../../src-main/models/load.ts';
import type { LoadedModel } from '../../src-main/models/load.ts';
import { parseRotary } from '../../src-main/models/rope-config.ts';
import { rotaryTable } from '../../src-main/nn/rotary.ts';
import { packSequences } from '../../src-main/nn/sequence.ts';
import { ensureDevice, memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { concat } from '../../src-main/tensor/ops/index.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { fixtureCase, fixtures, largestDifference, norm } from '../support/fixture-case.ts';
import type { FixtureCase } from '../support/fixture-case.ts';

beforeAll(() => ensureDevice());

afterAll(async () => {
  await synchronize();
  expect(memoryStats().tensors).toBe(0);
});

function configOf(family: string): Json {
  return JSON.parse(
    readFileSync(join(fixtures, family, 'checkpoint', 'config.json'), 'utf8'),
  ) as Json;
}

async function pixelsOf(golden: FixtureCase, side: number): Promise<Tensor> {
  const values = await golden.tensor('in.pixel_values');
  return Tensor.from(values, [values.length / (3 * side * side), 3, side, side]);
}

describe('packed sequences', () => {
  let loaded: LoadedModel;
  let cases: FixtureCase[];
  let pixels: Tensor[];

  beforeAll(async () => {
    cases = [
      await fixtureCase('interleave', 'single'),
      await fixtureCase('interleave', 'three_images'),
    ];
    loaded = await loadModel((cases[0] as FixtureCase).checkpoint);
    pixels = await Promise.all(cases.map((golden) => pixelsOf(golden, 42)));
    for (const parameter of loaded.weights.parameters.values()) parameter.trainable = true;
  });

  afterAll(() => {
    for (const tensor of pixels) tensor.dispose();
    loaded[Symbol.dispose]();
  });

  /** Loss and gradients of some cases packed, every token weighed 1 / tokens of all cases. */
  async function pass(members: readonly number[]) {
    const { model, weights } = loaded;
    const chosen = members.map((i) => cases[i] as FixtureCase);
    const inputIds = Int32Array.from(chosen.flatMap(({ inputIds: ids }) => ids));
    const total = cases.reduce((sum, { labels }) => sum + rowsOf(labels).rows.length, 0);
    const [rows, targets]: [number[], number[]] = [[], []];
    let start = 0;
    for (const { labels } of chosen) {
      const own = rowsOf(labels);
      rows.push(...[...own.rows].map((row) => row + start));
      targets.push(...own.targets);
      start += labels.length;
    }
    using sequences = packSequences(chosen.map(({ inputIds: ids }) => ids.length));
    const tape = new Tape();
    const { hidden, loss } = scoped(() =>
      tape.run(() => {
        const features = concat(
          members.map((i) => model.visionFeatures(pixels[i] as Tensor)),
          0,
        );
        const inputs = { inputIds, sequences, features };
        const supervised = { rows: Int32Array.from(rows), targets: Int32Array.from(targets) };
        const { loss: mean } = model.loss(inputs, supervised, 1 / total);
        return { hidden: model.hidden(inputs), loss: mean };
      }),
    );
    using gradients = tape.backward(loss);
    const found = new Map<string, Float32Array>();
    for (const [name, { value }] of weights.parameters) {
      using gradient = gradients.take(value.id);
      if (gradient) found.set(name, await gradient.readFloats());
    }
    const result = { hidden: await hidden.readFloats(), loss: await loss.item(), found };
    hidden.dispose();
    loss.dispose();
    return result;
  }

  function rowsOf(labels: readonly number[]) {
    return supervisedRows(Int32Array.from(labels));
  }

  test.each([[[0, 1]], [[1, 0]]])('%j give what each gives alone', async (order) => {
    const packed = await pass(order);
    const alone = [await pass([0]), await pass([1])] as const;
    const joined = Float32Array.from(order.flatMap((i) => [...alone[i as 0 | 1].hidden]));
    expect(largestDifference(packed.hidden, joined)).toBeLessThan(2e-5);
    expect(Math.abs(packed.loss - alone[0].loss - alone[1].loss)).toBeLessThan(1e-5);
    const floor = 1e-5 * norm([...packed.found.values()].map(norm));
    // The features are taken before the tower's last norm, so nothing else may be without gradient.
    const without = [...loaded.weights.parameters.keys()].filter((name) => !packed.found.has(name));
    expect(without.every((name) => name.includes('vision_tower.post_layernorm'))).toBe(true);
    for (const [name, gradient] of packed.found) {
      const [a, b] = [alone[0].found.get(name), alone[1].found.get(name)];
      const error = norm(gradient.map((g, i) => g - (a?.[i] ?? 0) - (b?.[i] ?? 0)));
      expect(error / Math.max(norm(gradient), floor), name).toBeLessThan(1e-3);
    }
  });
});

describe.each([
  ['llava15', -2, 'full'],
  ['llava15', 0, 'default'],
  ['llava15', [0, -1, 2], 'default'],
  ['llava15', [-2, -2], 'full'],
  ['interleave', [1, -1], 'full'],
] as const)('%s, vision_feature_layer %j, %s', (family, layer, strategy) => {
  test('features are the hidden states side by side', async () => {
    const change = { vision_feature_layer: layer, vision_feature_select_strategy: strategy };
    using loaded = randomModel({ ...configOf(family), ...change }, 7);
    const { visionTower: tower, tokensPerImage } = loaded.model;
    using pixels = await pixelsOf(await fixtureCase(family, 'single'), tower.imageSize);
    using features = loaded.model.visionFeatures(pixels);
    const depths = [layer].flat().map((l) => (l < 0 ? tower.numHiddenLayers + 1 + l : l));
    const skip = strategy === 'default' ? 1 : 0;
    const wanted = new Float32Array(tokensPerImage * depths.length * tower.hiddenSize);
    for (const [part, depth] of depths.entries()) {
      const [state] = scoped(() => tower.hiddenStates(pixels, [depth]));
      const values = await (state as Tensor).readFloats();
      state?.dispose();
      for (let token = 0; token < tokensPerImage; token++) {
        const row = values.subarray(
          (token + skip) * tower.hiddenSize,
          (token + skip + 1) * tower.hiddenSize,
        );
        wanted.set(row, (token * depths.length + part) * tower.hiddenSize);
      }
    }
    expect(features.shape).toEqual([tokensPerImage, depths.length * tower.hiddenSize]);
    expect(largestDifference(await features.readFloats(), wanted)).toBeLessThan(1e-6);
    using projected = scoped(() => loaded.model.connector.forward(features));
    expect(projected.shape).toEqual([tokensPerImage, 64]);
  });
});

describe('rotary scalings', () => {
  const headSize = 16;
  const plain = Array.from({ length: 8 }, (_, i) => 10000 ** (-i / 8));
  const parse = (json: Json) => {
    const config = new ConfigReader(json, 'config.json');
    return parseRotary(config, headSize, config.size('max_position_embeddings', 2048));
  };

  const yarn = (fields: Json): Json => ({
    rope_scaling: {
      rope_type: 'yarn',
      factor: 4,
      original_max_position_embeddings: 512,
      ...fields,
    },
    max_position_embeddings: 2048,
  });
  const yarnWanted = plain.map((f, i) => {
    // Dimensions that turn 32 times and once within 512 positions: 16·ln(512/(2πβ))/(2·ln 1e4).
    const at = (beta: number): number =>
      (headSize * Math.log(512 / (2 * Math.PI * beta))) / (2 * Math.log(10000));
    const low = Math.max(Math.floor(at(32)), 0);
    const high = Math.min(Math.ceil(at(1)), headSize - 1);
    const ramp = Math.min(Math.max((i - low) / (high - low), 0), 1);
    return f * (1 - ramp) + (f / 4) * ramp;
  });
  const yarnScale = 0.1 * Math.log(4) + 1;

  /** Each from the papers' own words, written apart from the code under test. */
  const expected: readonly [string, Json, number, readonly number[], number][] = [
    ['none', { rope_theta: 10000 }, 10, plain, 1],
    ['linear', { rope_scaling: { type: 'linear', factor: 4 } }, 10, plain.map((f) => f / 4), 1],
    [
      'a scaling beside the newer section',
      {
        rope_scaling: { type: 'linear', factor: 4 },
        rope_parameters: { rope_type: 'default', rope_theta: 10000 },
      },
      10,
      plain.map((f) => f / 4),
      1,
    ],
    [
      'dynamic within the trained length',
      { rope_scaling: { type: 'dynamic', factor: 2 }, max_position_embeddings: 64 },
      64,
      plain,
      1,
    ],
    [
      'dynamic beyond it',
      { rope_scaling: { rope_type: 'dynamic', factor: 2 }, max_position_embeddings: 64 },
      128,
      // NTK: base · (s·L/L0 − (s − 1))^(d/(d−2)) = 10000 · 3^(16/14)
      Array.from({ length: 8 }, (_, i) => (10000 * 3 ** (16 / 14)) ** (-i / 8)),
      1,
    ],
    [
      'llama3',
      {
        rope_parameters: {
          rope_theta: 10000,
          rope_type: 'llama3',
          factor: 8,
          low_freq_factor: 1,
          high_freq_factor: 4,
          original_max_position_embeddings: 256,
        },
      },
      10,
      plain.map((f) => {
        const turns = (256 * f) / (2 * Math.PI); // rotations within the trained length
        if (turns > 4) return f;
        if (turns < 1) return f / 8;
        const kept = (turns - 1) / 3;
        return kept * f + (1 - kept) * (f / 8);
      }),
      1,
    ],
    ['yarn', yarn({}), 10, yarnWanted, yarnScale],
    ['yarn without its factor', yarn({ factor: null }), 10, yarnWanted, yarnScale],
    [
      'yarn with its trained length beside it, which counts more',
      { ...yarn({ original_max_position_embeddings: 64 }), original_max_position_embeddings: 512 },
      10,
      yarnWanted,
      yarnScale,
    ],
    [
      'yarn with a beta of nothing',
      yarn({ beta_fast: 0, beta_slow: 0 }),
      10,
      yarnWanted,
      yarnScale,
    ],
    [
      'dynamic with a trained length, which it does not know',
      {
        rope_scaling: { type: 'dynamic', factor: 2, original_max_position_embeddings: 16 },
        max_position_embeddings: 64,
      },
      64,
      plain,
      1,
    ],
    [
      'a scaling beside the newer section, whose base does not count',
      {
        rope_scaling: { type: 'linear', factor: 4 },
        rope_parameters: { rope_type: 'default', rope_theta: 500000 },
      },
      10,
      plain.map((f) => f / 4),
      1,
    ],
  ];

  test.each(expected)('%s', (_, json, length, wanted, scale) => {
    const table = rotaryTable(parse(json), length);
    expect(table.scale).toBeCloseTo(scale, 12);
    for (const [i, value] of wanted.entries()) {
      expect(Math.abs((table.inverseFrequency[i] as number) / value - 1)).toBeLessThan(1e-6);
    }
  });

  test('an unknown scaling is refused, and one by nothing', () => {
    expect(() => parse({ rope_scaling: { type: 'longrope' } })).toThrow(
      expect.objectContaining({ code: 'models/unsupported' }),
    );
    for (const scaling of [
      { type: 'linear', factor: 0 },
      { type: 'linear' },
      { type: 'llama3', factor: 2, original_max_position_embeddings: 64 },
    ]) {
      expect(() => parse({ rope_scaling: scaling })).toThrow(
        expect.objectContaining({ code: 'models/bad-config' }),
      );
    }
    const partial = { rope_scaling: { type: 'linear', factor: 2 }, partial_rotary_factor: 0.5 };
    expect(() => parse(partial)).toThrow(expect.objectContaining({ code: 'models/unsupported' }));
  });

  test('a scaling reaches the model: its logits change, and only where tokens have a past', async () => {
    const base = configOf('llava15');
    const text = base['text_config'] as Json;
    const scaled = {
      ...base,
      text_config: {
        ...text,
        rope_parameters: { rope_type: 'linear', rope_theta: 10000, factor: 8 },
      },
    };
    const logitsOf = async (config: Json): Promise<Float32Array> => {
      using loaded = randomModel(config, 3);
      const inputIds = Int32Array.of(5, 6, 7, 8);
      using logits = scoped(() => {
        using sequences = packSequences([4]);
        return loaded.model.logits(loaded.model.hidden({ inputIds, sequences, features: null }));
      });
      return await logits.readFloats();
    };
    const [a, b] = [await logitsOf(base), await logitsOf(scaled)];
    const row = (values: Float32Array, i: number) => values.subarray(i * 704, (i + 1) * 704);
    expect(largestDifference(row(a, 0), row(b, 0))).toBe(0);
    expect(largestDifference(row(a, 3), row(b, 3))).toBeGreaterThan(0);
  });
});
