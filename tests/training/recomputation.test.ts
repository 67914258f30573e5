/** Layers that are computed twice give the bits of those that are kept, and the second time no more than that takes. */
import { expect, test, vi } from 'vitest';
import { packSamples } from '../../src-main/data/packing.ts';
import { defaultLoraConfig } from '../../src-main/formats/adapters/peft.ts';
import { randomModel } from '../../src-main/models/load.ts';
import type { LoadedModel } from '../../src-main/models/load.ts';
import type { DType } from '../../src-main/tensor/dtype.ts';
import { addon } from '../../src-main/tensor/native.ts';
import type { NativeOps } from '../../src-main/tensor/native.ts';
import type { QuantFormat } from '../../src-main/tensor/quantized.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { createAdapters } from '../../src-main/training/adapters.ts';
import { stepBatch } from '../../src-main/training/batch.ts';
import type { StepBatch } from '../../src-main/training/batch.ts';
import { trainAdapters, trainWeights } from '../../src-main/training/parts.ts';
import { runStep } from '../../src-main/training/step.ts';
import { onDevices } from '../support/on-devices.ts';

/** With a bias on every map. */
const config = {
  model_type: 'llava',
  image_token_index: 3,
  vision_feature_layer: -1,
  vision_config: {
    model_type: 'clip_vision_model',
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 3,
    num_attention_heads: 2,
    image_size: 8,
    patch_size: 4,
  },
  text_config: {
    model_type: 'llama',
    hidden_size: 64,
    intermediate_size: 128,
    num_hidden_layers: 3,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    vocab_size: 100,
    attention_bias: true,
    mlp_bias: true,
  },
};

/** Two samples with a picture each, as pixels, the ends of both under loss. */
function batchOf({ model }: LoadedModel): StepBatch {
  const image = model.tokensPerImage;
  const sample = (id: string, words: number) => {
    const inputIds = Int32Array.from({ length: image + words }, (_, i) =>
      i >= 1 && i <= image ? 3 : 10 + ((7 * i) % 80),
    );
    return { id, inputIds, labels: inputIds.slice().fill(-100, 0, image + 3), imageCount: 1 };
  };
  const packed = packSamples([sample('a', 9), sample('b', 14)]);
  const { numChannels, imageSize } = model.visionTower;
  const pixels = 2 * numChannels * imageSize ** 2;
  const values = Float32Array.from({ length: pixels }, (_, i) => Math.sin(i));
  return stepBatch([{ packed, vision: { kind: 'pixels', images: 2, values } }]);
}

function adapt(loaded: LoadedModel, targetModules: string, dropout = 0): void {
  const lora = { ...defaultLoraConfig, rank: 4, alpha: 8, dropout, targetModules };
  createAdapters(loaded, lora, 0);
  for (const { parameter } of trainAdapters(loaded, ['llm', 'vision'])) {
    // B begins as zeros, and what is wrong with A would not show.
    if (parameter.name.includes('lora_B')) {
      parameter.value.write(Float32Array.from({ length: parameter.numel }, (_, i) => Math.cos(i)));
    }
  }
}

interface Trained {
  readonly format?: DType | QuantFormat;
  choose(loaded: LoadedModel): void;
  /**
   * Kernels asked for more often than where all is kept: by two of the decoder's layers, and by the
   * three of a tower that trains.
   */
  readonly more: Readonly<Partial<Record<keyof NativeOps, number>>>;
}

/** Of a decoder's layer all but the last of seven maps and the last sum. */
const [maps, sums] = [2 * 6, 2];
/** The same of a tower's layer, of six. */
const [towerMaps, towerSums] = [3 * 5, 3];
const decoder = '.*language_model.*_proj';
const ways: Readonly<Record<string, Trained>> = {
  adapters: {
    choose: (loaded) => adapt(loaded, decoder),
    // x · aᵀ of each map is kept for the gradient of b, and for the last map's it takes the gated unit.
    more: { matmul: maps + 2 * 7, add: sums, swiglu: 2 },
  },
  'adapters beside nf4': {
    format: 'nf4',
    choose: (loaded) => adapt(loaded, decoder),
    more: { quantized_matmul: maps, matmul: 2 * 7, add: sums, swiglu: 2 },
  },
  'adapters beside bf16': {
    format: 'bf16',
    choose: (loaded) => adapt(loaded, decoder),
    more: { matmul: maps + 2 * 7, add: sums, swiglu: 2 },
  },
  'adapters that drop inputs': {
    choose: (loaded) => adapt(loaded, decoder, 0.3),
    // Each adapter is two products and a sum of its own: of the last, only the first product is due.
    more: { matmul: 2 * maps + 2 * 7, add: sums + maps, swiglu: 2, dropout: 2 * 7 },
  },
  'adapters that drop inputs, beside int8': {
    format: 'int8',
    choose: (loaded) => adapt(loaded, decoder, 0.3),
    more: { quantized_matmul: maps, matmul: maps + 2 * 7, add: sums + maps, swiglu: 2 },
  },
  'adapters on some maps': {
    choose: (loaded) => adapt(loaded, '.*(q_proj|v_proj|up_proj)'),
    // Nothing of the last map is due, nor what goes into it.
    more: { matmul: maps + 2 * 3 + towerMaps + 3 * 2, add: sums + towerSums, swiglu: 0 },
  },
  'adapters of the tower too': {
    choose: (loaded) => adapt(loaded, '.*(_proj|fc1|fc2)'),
    more: { matmul: maps + 2 * 7 + towerMaps + 3 * 6, add: sums + towerSums, activation: 3 },
  },
  'all weights and biases': {
    choose: (loaded) => void trainWeights(loaded, () => true),
    // The gated unit's result is made again once, by the gradient of the last map's weight.
    more: { matmul: maps + towerMaps, add: sums + towerSums, swiglu: 0, activation: 0 },
  },
  'biases alone': {
    choose: (loaded) => void trainWeights(loaded, (name) => name.endsWith('bias')),
    more: { matmul: maps + towerMaps, add: sums + towerSums, swiglu: 0, activation: 0 },
  },
};

interface Step {
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, Float32Array>;
  /** How often each kernel was asked for. */
  readonly calls: Readonly<Record<string, number>>;
}

/** A step in which memory that nothing was written to holds no numbers. */
async function stepOf(way: string, recompute: number): Promise<Step> {
  const { format = 'f32', choose } = ways[way] as Trained;
  const quantize = format === 'nf4' || format === 'int8' ? format : undefined;
  using loaded = randomModel(config, 1, quantize ? 'f32' : (format as DType), quantize);
  choose(loaded);
  const batch = batchOf(loaded);
  const restore = fillWithNaN();
  const counted = countCalls();
  try {
    using result = await runStep(loaded.model, batch, { recompute, dropoutSeed: 1 });
    const gradients = new Map<string, Float32Array>();
    for (const { name, value } of trainedOf(loaded)) {
      using gradient = result.gradients.take(value.id);
      if (gradient !== null) gradients.set(name, await gradient.readFloats());
    }
    return { loss: result.loss, gradients, calls: counted() };
  } finally {
    restore();
  }
}

function trainedOf({ weights }: LoadedModel) {
  const halves = [...weights.linears.values()].flatMap(({ adapter }) =>
    adapter === null ? [] : [adapter.a, adapter.b],
  );
  return [...weights.parameters.values(), ...halves].filter(({ trainable }) => trainable);
}

function fillWithNaN(): () => void {
  const empty = Tensor.empty.bind(Tensor);
  const { fill } = addon().ops;
  const spy = vi.spyOn(Tensor, 'empty').mockImplementation((...args) => {
    const fresh = empty(...args);
    if (fresh.dtype === 'f32' || fresh.dtype === 'bf16') fill(fresh.handle, NaN);
    return fresh;
  });
  return () => spy.mockRestore();
}

function countCalls(): () => Record<string, number> {
  const { ops } = addon();
  const spies = (Object.keys(ops) as (keyof NativeOps)[]).map((name) => vi.spyOn(ops, name));
  return () => {
    const calls = spies.map((spy) => [spy.getMockName(), spy.mock.calls.length] as const);
    for (const spy of spies) spy.mockRestore();
    return Object.fromEntries(calls);
  };
}

onDevices('layers computed twice', () => {
  test.each(Object.keys(ways))('%s', { timeout: 180_000 }, async (way) => {
    const [kept, one, twice] = [await stepOf(way, 0), await stepOf(way, 1), await stepOf(way, 2)];
    expect(kept.gradients.size).toBeGreaterThan(0);
    for (const { loss, gradients } of [one, twice]) {
      expect(loss).toBe(kept.loss);
      expect([...gradients.keys()]).toEqual([...kept.gradients.keys()]);
      for (const [name, values] of kept.gradients) {
        expect(values.every(Number.isFinite), name).toBe(true);
        expect(gradients.get(name), name).toEqual(values);
      }
    }
    for (const [kernel, count] of Object.entries(ways[way]?.more ?? {})) {
      const more = (twice.calls[kernel] as number) - (kept.calls[kernel] as number);
      expect(more, kernel).toBe(count);
    }
  });
});
