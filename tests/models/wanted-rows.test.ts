/** Hidden states of the rows that are wanted alone are those that the whole pass gives for them. */
import { expect, test } from 'vitest';
import { Tape } from '../../src-main/autograd/tape.ts';
import { packSamples, tailTokens } from '../../src-main/data/packing.ts';
import { randomModel } from '../../src-main/models/load.ts';
import type { LoadedModel } from '../../src-main/models/load.ts';
import { packSequences, tailsOf } from '../../src-main/nn/sequence.ts';
import { gatherRows } from '../../src-main/tensor/ops/index.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { largestDifference } from '../support/fixture-case.ts';
import { onDevices } from '../support/on-devices.ts';

const config = {
  model_type: 'llava',
  vision_config: {
    model_type: 'clip_vision_model',
    hidden_size: 16,
    intermediate_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    image_size: 8,
    patch_size: 4,
  },
  text_config: {
    model_type: 'mistral',
    hidden_size: 32,
    intermediate_size: 48,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    vocab_size: 100,
    sliding_window: 5,
  },
};

/** Three sequences; of the second nothing is wanted, of the third its first and its last row. */
const lengths = [9, 4, 7];
const wanted = Int32Array.of(5, 6, 8, 13, 19);
const inputIds = Int32Array.from({ length: 20 }, (_, i) => (7 * i) % 90);

test('tails begin at the first wanted row of each sequence', () => {
  const positions = Int32Array.of(
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    3,
    4,
    5,
    6,
    10,
    11,
    12,
    13,
    14,
    15,
    16,
  );
  const sequences = { host: { offsets: Int32Array.of(0, 9, 13, 20), positions } };
  expect(tailsOf(sequences, wanted)).toEqual({
    rows: Int32Array.of(5, 6, 7, 8, 13, 14, 15, 16, 17, 18, 19),
    offsets: Int32Array.of(0, 4, 4, 11),
    positions: Int32Array.of(5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16),
    wanted: Int32Array.of(0, 1, 3, 4, 10),
  });
  expect(tailsOf(sequences, Int32Array.of(19, 2)).wanted).toEqual(Int32Array.of(7, 0));
  expect(tailsOf(sequences, new Int32Array()).rows.length).toBe(0);
});

test('a packed batch counts the tokens of its tails', () => {
  const sample = (id: string, labels: number[]) => {
    const ids = Int32Array.from(labels, () => 1);
    return { id, inputIds: ids, labels: Int32Array.from(labels), imageCount: 0 };
  };
  const packed = packSamples([
    sample('two answers', [-100, -100, 4, -100, 5, -100]),
    sample('nothing under loss', [-100, -100]),
    sample('all', [1, 2, 3]),
  ]);
  expect(tailTokens(packed)).toBe(5 + 0 + 3);
});

/** Hidden states, and what a gradient of them gives for all weights. */
async function pass({ model, weights }: LoadedModel, asksForRows: boolean, recompute: number) {
  for (const parameter of weights.parameters.values()) parameter.trainable = true;
  using sequences = packSequences(lengths);
  using tape = new Tape();
  using hidden = scoped(() =>
    tape.run(() => {
      const inputs = { inputIds, sequences, features: null };
      if (asksForRows) return model.hidden(inputs, { rows: wanted, recompute });
      const index = Tensor.from(wanted, [wanted.length], 'i32');
      return gatherRows(model.hidden(inputs), index);
    }),
  );
  const seed = Float32Array.from({ length: hidden.numel }, (_, i) => Math.sin(i));
  using grad = Tensor.from(seed, hidden.shape);
  using gradients = tape.backward(hidden, grad);
  const found = new Map<string, Float32Array>();
  for (const [name, { value }] of weights.parameters) {
    using gradient = gradients.take(value.id);
    if (gradient) found.set(name, await gradient.readFloats());
  }
  return { values: await hidden.readFloats(), found };
}

onDevices('wanted rows', () => {
  test.each([0, 1])('values and gradients, recompute %s', async (recompute) => {
    using loaded = randomModel(config, 3);
    const [some, all] = [await pass(loaded, true, recompute), await pass(loaded, false, 0)];
    expect(some.values.length).toBe(wanted.length * 32);
    expect(largestDifference(some.values, all.values)).toBeLessThan(1e-5);
    expect([...some.found.keys()]).toEqual([...all.found.keys()]);
    for (const [name, gradient] of all.found) {
      const got = some.found.get(name) as Float32Array;
      const size = Math.max(...gradient.map(Math.abs));
      expect(largestDifference(got, gradient), name).toBeLessThan(1e-5 + 1e-4 * size);
    }
  });

  test('after what a cache holds', async () => {
    using loaded = randomModel(config, 3);
    const { model } = loaded;
    const last = async (pieces: readonly number[], rows?: Int32Array): Promise<Float32Array> => {
      using cache = model.languageModel.newCache(20);
      let values: Float32Array = new Float32Array();
      for (const end of pieces) {
        const ids = inputIds.slice(cache.length, end);
        using sequences = packSequences([ids.length], cache.length);
        const inputs = { inputIds: ids, sequences, features: null };
        const options = { cache, ...(rows && end === pieces.at(-1) ? { rows } : {}) };
        using hidden = scoped(() => model.hidden(inputs, options));
        values = await hidden.readFloats();
      }
      return values.slice(-32);
    };
    const whole = await last([20]);
    expect(largestDifference(await last([8, 20], Int32Array.of(11)), whole)).toBeLessThan(1e-5);
    expect(largestDifference(await last([20], Int32Array.of(19)), whole)).toBeLessThan(1e-5);
  });
});
