/** What a step is planned to need, against what the engine then used. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LensmithError } from '../../src-main/base/errors.ts';
import { randomModel } from '../../src-main/models/load.ts';
import { allocatedBytes } from '../../src-main/tensor/allocation.ts';
import {
  ensureDevice,
  memoryStats,
  synchronize,
  trimMemory,
} from '../../src-main/tensor/device.ts';
import type { QuantFormat } from '../../src-main/tensor/quantized.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { outOfMemory, planMemory } from '../../src-main/training/memory-plan.ts';
import type { OptimizerName } from '../../src-main/training/optimizer-state.ts';
import { adapters, allButTower, batchOf, config, configWith } from './planned-steps.ts';
import { measure, projector, sizesOf } from './planned-steps.ts';
import type { Choose } from './planned-steps.ts';

beforeAll(() => ensureDevice({ threads: 2 }));
afterAll(async () => {
  await synchronize();
  expect(memoryStats().tensors).toBe(0);
});

/** The plan of a step and what it then took, which must be within a tenth of each other. */
async function planBesidePeak(
  shape: typeof config,
  choose: Choose,
  quantize: QuantFormat | undefined,
  recompute: number,
  optimizer: OptimizerName = 'adamw',
) {
  trimMemory(); // blocks of the case before would serve, with room to spare
  using loaded = randomModel(shape, 1, 'f32', quantize);
  const trainables = choose(loaded);
  const batch = batchOf(loaded, 360);
  const sizes = { ...sizesOf(batch), recompute };
  const plan = planMemory(loaded, trainables, sizes, null, { optimizer, isOnHost: false });
  const peak = await measure(loaded, trainables, batch, recompute, optimizer);
  expect(plan.totalBytes / peak, `${recompute} layers`).toBeGreaterThan(0.9);
  expect(plan.totalBytes / peak, `${recompute} layers`).toBeLessThan(1.1);
  return { plan, peak };
}

describe('the plan is within a tenth of the peak', () => {
  const cases: [string, Choose, QuantFormat | undefined, number, OptimizerName?][] = [
    ['lora', adapters, undefined, 0],
    ['lora, computing activations again', adapters, undefined, 2],
    ['qlora', adapters, 'nf4', 2],
    ['adapters beside int8', adapters, 'int8', 0],
    ['projector', projector, undefined, 0],
    ['full', allButTower, undefined, 0],
    ['full, computing activations again', allButTower, undefined, 2],
    ['lora, moments in 8 bits', adapters, undefined, 2, 'adamw-8bit'],
    ['full, moments in 8 bits', allButTower, undefined, 2, 'adamw-8bit'],
  ];
  it.each(cases)('%s', async (_, choose, quantize, recompute, optimizer) => {
    const { plan } = await planBesidePeak(config, choose, quantize, recompute, optimizer);
    const parts = plan.weightsBytes + plan.trainingBytes + plan.activationBytes;
    expect(parts).toBeGreaterThanOrEqual(plan.totalBytes);
    expect(plan.mappedBytes).toBe(0);
    expect(plan.hostBytes).toBe(0);
  });

  const wide = configWith({ intermediate_size: 4096 });
  const heads = { num_attention_heads: 14, num_key_value_heads: 2 };
  const qwen2 = { ...heads, model_type: 'qwen2', hidden_size: 224, intermediate_size: 1216 };
  const tied = configWith({ ...qwen2, tie_word_embeddings: true, vocab_size: 20_000 });
  // Of the gated unit, of a table that is read and multiplied by: shapes in which these are the most.
  it.each([
    ['a wide gated unit', wide, adapters, undefined],
    ['a wide gated unit, in few bits', wide, adapters, 'nf4'],
    ['few heads for many, in few bits', configWith(qwen2), adapters, 'nf4'],
    ['words by one table', tied, adapters, 'nf4'],
    ['words by one table that trains', tied, allButTower, undefined],
  ] as const)('%s', async (_, shape, choose, quantize) => {
    for (const recompute of [0, 1, 2]) {
      await planBesidePeak(shape, choose, quantize, recompute);
    }
  });

  it.each([
    ['qlora', adapters, 'nf4'],
    ['full', allButTower, undefined],
  ] as const)('%s, for each number of layers computed again', async (method, choose, quantize) => {
    const found: { plan: number; peak: number }[] = [];
    for (let recompute = 0; recompute < 8; recompute++) {
      const shape = configWith({ num_hidden_layers: 8 });
      const { plan, peak } = await planBesidePeak(shape, choose, quantize, recompute);
      found.push({ plan: plan.totalBytes, peak });
    }
    const [all, most] = [found[0], found.at(-1)] as [(typeof found)[0], (typeof found)[0]];
    expect(most.peak).toBeLessThan((method === 'full' ? 0.96 : 0.6) * all.peak);
    for (const [i, { plan, peak }] of found.slice(1).entries()) {
      // No less where another moment is the fullest: of a full run the end of the backward pass.
      expect(peak).toBeLessThan(1.01 * (found[i]?.peak as number));
      expect(plan).toBeLessThanOrEqual(found[i]?.plan as number);
    }
  });
});

it('advises to keep as many layers as fit, before moments in fewer bits', () => {
  using loaded = randomModel(configWith({ num_hidden_layers: 8 }), 1, 'f32');
  const trainables = adapters(loaded);
  const settings = {
    batchSize: 1,
    gradientAccumulation: 4,
    optimizer: 'adamw',
    optimizerMemory: 'device',
  } as const;
  const cause = new LensmithError('memory/out-of-memory', 'There is no more.');
  const adviceFor = (recompute: number, fitting: number): string | undefined => {
    const shape = { ...sizesOf(batchOf(loaded, 360)), recompute };
    const { totalBytes } = planMemory(loaded, trainables, { ...shape, recompute: fitting });
    const limit = Math.ceil(totalBytes / 0.9);
    return outOfMemory(loaded, trainables, shape, settings, limit, cause).hint;
  };
  const same = '--batch-size 1 --gradient-accumulation 4';
  expect(adviceFor(0, 3)).toMatch(new RegExp(`samples a step: ${same} --recompute 3$`));
  expect(adviceFor(2, 5)).toMatch(new RegExp(`${same} --recompute 5$`));
  expect(adviceFor(0, 7)).toMatch(new RegExp(`${same} --recompute on$`));
});

it('knows how the engine rounds what it allocates', () => {
  for (const bytes of [1, 64, 65, 4000, 4097, 5000, 65_536, 100_001, 3_000_000, 5_242_881]) {
    trimMemory();
    const before = memoryStats().liveBytes;
    using tensor = Tensor.empty([bytes], 'u8');
    expect(memoryStats().liveBytes - before, `${tensor.numel}`).toBe(allocatedBytes(bytes));
  }
});
