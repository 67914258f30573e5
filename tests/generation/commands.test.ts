/** What a graphics device is given for each token of an answer: docs/performance.md has the figures. */
import { expect, test } from 'vitest';
import { RepeatedStep } from '../../src-main/generation/repeated-step.ts';
import { randomModel } from '../../src-main/models/load.ts';
import type { Llava } from '../../src-main/models/llava.ts';
import type { KeyValueCache } from '../../src-main/nn/key-value-cache.ts';
import { packSequences } from '../../src-main/nn/sequence.ts';
import { closeDevice, takeCommandCounts } from '../../src-main/tensor/device.ts';
import type { CommandCounts } from '../../src-main/tensor/native.ts';
import { argmax } from '../../src-main/tensor/ops/index.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { configOf, shapesOf } from '../bench/gpu/shapes.ts';
import { openForTests, reasonForAbsence } from '../support/devices.ts';

const reason = reasonForAbsence('vulkan');

/** Makes passes over one token after the other; logits belong to the caller's scope or to this. */
interface Passes extends Disposable {
  next(token: Tensor): Tensor;
}
type MakePasses = (model: Llava, cache: KeyValueCache) => Passes;

const askedForAnew: MakePasses = (model, cache) => ({
  next(token) {
    const { languageModel: decoder } = model;
    using at = packSequences([1], cache.length);
    return model.logits(decoder.forward(decoder.embed(token), at, { cache }));
  },
  [Symbol.dispose]() {},
});

const repeated: MakePasses = (model, cache) => new RepeatedStep(model, cache);

/** Of the second token of all: the first brings tables that stay. */
async function countsOfToken(layers: number, makePasses: MakePasses): Promise<CommandCounts> {
  const text = { ...shapesOf.tiny.text, num_hidden_layers: layers };
  using loaded = randomModel(configOf({ ...shapesOf.tiny, text }), 1, 'bf16', undefined);
  using cache = loaded.model.languageModel.newCache(4);
  using passes = makePasses(loaded.model, cache);
  let last = Tensor.from([3], [1], 'i32');
  let counts = takeCommandCounts();
  for (let token = 0; token < 2; token++) {
    takeCommandCounts();
    const next = scoped(() => argmax(passes.next(last)));
    last.dispose();
    last = next;
    await last.item();
    counts = takeCommandCounts();
  }
  last.dispose();
  return counts;
}

test.for([
  // Its place, and what it meets, in three tensors from the host; and the answer, to the host.
  ['asked for anew', askedForAnew, 4],
  // Its place alone: the token lies on the device. And the answer, to the host.
  ['repeated', repeated, 2],
] as const)(
  'a token costs one wait, and few dispatches a layer: %s',
  { timeout: 180_000 },
  async ([, makePasses, copies], context) => {
    context.skip(reason !== null, reason ?? '');
    openForTests('vulkan');
    try {
      const few = await countsOfToken(1, makePasses);
      const more = await countsOfToken(9, makePasses);
      const ofLayer = (kind: keyof CommandCounts): number => (more[kind] - few[kind]) / 8;
      expect(more.waits).toBe(1);
      expect(more.copies).toBe(copies);
      // 7 products, 2 norms, 2 rotations, of which one writes into the cache, a copy of the values,
      // attention and a SwiGLU; what can overlap waits together.
      expect(ofLayer('dispatches')).toBe(14);
      expect(ofLayer('barriers')).toBeLessThanOrEqual(9);
      // Among them checks of indices and of offsets: once for all layers.
      expect(few.dispatches - ofLayer('dispatches')).toBeLessThanOrEqual(9);
      expect(more.submits).toBeLessThanOrEqual(5);
    } finally {
      closeDevice();
    }
  },
);
