/** What a graphics device is given for each token of an answer: docs/performance.md has the figures. */
import { expect, test } from 'vitest';
import { randomModel } from '../../src-main/models/load.ts';
import { packSequences } from '../../src-main/nn/sequence.ts';
import { closeDevice, takeCommandCounts } from '../../src-main/tensor/device.ts';
import type { CommandCounts } from '../../src-main/tensor/native.ts';
import { argmax } from '../../src-main/tensor/ops/index.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { configOf, shapesOf } from '../bench/gpu/shapes.ts';
import { openForTests, reasonForAbsence } from '../support/devices.ts';

const reason = reasonForAbsence('vulkan');

/** Of the second token of all: the first brings tables that stay. */
async function countsOfToken(layers: number): Promise<CommandCounts> {
  const text = { ...shapesOf.tiny.text, num_hidden_layers: layers };
  using loaded = randomModel(configOf({ ...shapesOf.tiny, text }), 1, 'bf16', undefined);
  const { languageModel: decoder } = loaded.model;
  using cache = decoder.newCache(4);
  let last = Tensor.from([3], [1], 'i32');
  let counts = takeCommandCounts();
  for (let token = 0; token < 2; token++) {
    takeCommandCounts();
    using at = packSequences([1], cache.length);
    const next = scoped(() =>
      argmax(loaded.model.logits(decoder.forward(decoder.embed(last), at, { cache }))),
    );
    last.dispose();
    last = next;
    await last.item();
    counts = takeCommandCounts();
  }
  last.dispose();
  return counts;
}

test(
  'a token costs one wait, and few dispatches a layer',
  { timeout: 180_000 },
  async (context) => {
    context.skip(reason !== null, reason ?? '');
    openForTests('vulkan');
    try {
      const few = await countsOfToken(1);
      const more = await countsOfToken(9);
      const ofLayer = (kind: keyof CommandCounts): number => (more[kind] - few[kind]) / 8;
      expect(more.waits).toBe(1);
      // Places of the token, and the token itself.
      expect(more.copies).toBe(4);
      // 7 products, 2 norms, 2 rotations, of which one writes into the cache, a copy of the values,
      // attention in 2 parts and 2 checks and a SwiGLU; what can overlap waits together.
      expect(ofLayer('dispatches')).toBe(17);
      expect(ofLayer('barriers')).toBeLessThanOrEqual(11);
      expect(few.dispatches - ofLayer('dispatches')).toBeLessThanOrEqual(6);
      expect(more.submits).toBeLessThanOrEqual(5);
    } finally {
      closeDevice();
    }
  },
);
