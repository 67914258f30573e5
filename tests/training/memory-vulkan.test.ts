/** The plan of a step's memory on a graphics device, where blocks come in steps: tests/training/memory.test.ts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomModel } from '../../src-main/models/load.ts';
import {
  closeDevice,
  keepsActivationsReduced,
  memoryStats,
  synchronize,
  trimMemory,
} from '../../src-main/tensor/device.ts';
import { planMemory } from '../../src-main/training/memory-plan.ts';
import { openForTests, reasonForAbsence } from '../support/devices.ts';
import { adapters, batchOf, configWith, measure, sizesOf } from './planned-steps.ts';

const absence = reasonForAbsence('vulkan');
const deep = { hidden_size: 128, intermediate_size: 344, num_attention_heads: 4 };
const usual = configWith({ ...deep, num_hidden_layers: 4, vocab_size: 600 });
const wide = configWith({ ...deep, intermediate_size: 1024, vocab_size: 600 });

// A software driver on a busy machine takes its time.
describe('vulkan', { timeout: 240_000 }, () => {
  beforeAll(() => {
    if (absence === null) openForTests('vulkan');
  });
  afterAll(async () => {
    if (absence !== null) return;
    await synchronize();
    expect(memoryStats().tensors).toBe(0);
    closeDevice();
  });

  // Beside weights of 16 bits values between maps have as many where factors are rounded anyway.
  test.for([
    { title: 'lora beside bf16', config: usual, quantize: undefined, recompute: 0 },
    { title: 'qlora', config: usual, quantize: 'nf4', recompute: 2 },
    { title: 'qlora, all layers computed twice', config: usual, quantize: 'nf4', recompute: 3 },
    { title: 'qlora, a wide gated unit', config: wide, quantize: 'nf4', recompute: 1 },
  ] as const)('$title: the plan is within a tenth of the peak', async (given, context) => {
    context.skip(absence !== null, absence ?? '');
    await synchronize();
    trimMemory(); // blocks of the case before would serve, with room to spare
    using loaded = randomModel(given.config, 1, 'bf16', given.quantize);
    const trainables = adapters(loaded);
    const batch = batchOf(loaded, 200);
    const shape = { ...sizesOf(batch), recompute: given.recompute };
    const plan = planMemory(loaded, trainables, shape).totalBytes;
    const peak = await measure(loaded, trainables, batch, given.recompute, 'adamw');
    const kept = keepsActivationsReduced() ? 'values of 16 bits' : 'values of 32 bits';
    expect(plan / peak, kept).toBeGreaterThan(0.9);
    expect(plan / peak, kept).toBeLessThan(1.1);
  });
});
