/** What a model does on the device: training steps and decoding, with random weights made there. */
import { time } from '../../../src-main/app/bench/timing.ts';
import { defaultLoraConfig } from '../../../src-main/formats/adapters/peft.ts';
import { randomModel } from '../../../src-main/models/load.ts';
import type { LoadedModel } from '../../../src-main/models/load.ts';
import { packSequences } from '../../../src-main/nn/sequence.ts';
import {
  memoryStats,
  resetPeakMemory,
  synchronize,
  trimMemory,
} from '../../../src-main/tensor/device.ts';
import { argmax, slice } from '../../../src-main/tensor/ops/index.ts';
import { scoped } from '../../../src-main/tensor/scope.ts';
import { createAdapters } from '../../../src-main/training/adapters.ts';
import { AdamW, adamWDefaults } from '../../../src-main/training/optimizer.ts';
import { trainAdapters } from '../../../src-main/training/parts.ts';
import { runStep } from '../../../src-main/training/step.ts';
import { configOf, promptOf, stepBatchOf } from './shapes.ts';
import type { Shapes } from './shapes.ts';

export interface StepRate {
  readonly method: 'lora' | 'qlora';
  readonly secondsPerStep: number;
  readonly tokensPerSecond: number;
  readonly tokens: number;
  readonly peakBytes: number;
  readonly loss: number;
}

export interface DecodeRate {
  readonly weights: 'bf16' | 'nf4';
  readonly tokensPerSecond: number;
  /** Weights and held keys and values that a token reads. */
  readonly bytesPerSecond: number;
  /** Of what a copy reads and writes. */
  readonly shareOfCopy: number;
  readonly peakBytes: number;
}

const adapterTargets =
  '.*language_model.*\\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)';

function model(shapes: Shapes, isQuantized: boolean): LoadedModel {
  return randomModel(configOf(shapes), 20240, 'bf16', isQuantized ? 'nf4' : undefined);
}

/** Adapters of rank 16 on all maps of the language model; QLoRA computes activations twice. */
export async function stepRate(shapes: Shapes, method: 'lora' | 'qlora'): Promise<StepRate> {
  trimMemory();
  resetPeakMemory();
  using loaded = model(shapes, method === 'qlora');
  const lora = { ...defaultLoraConfig, rank: 16, alpha: 32, targetModules: adapterTargets };
  createAdapters(loaded, lora, 0);
  const trainables = trainAdapters(loaded, ['llm']);
  using optimizer = new AdamW(trainables, {
    ...adamWDefaults,
    weightDecay: 0.01,
    maxGradNorm: 1,
  });
  const batch = stepBatchOf(shapes);
  let loss = NaN;
  const { median } = await time(shapes.runs, async () => {
    using result = await runStep(loaded.model, batch, {
      recompute: method === 'qlora',
      dropoutSeed: 1,
    });
    using measured = await optimizer.measure(result.gradients);
    optimizer.apply(measured, () => 1e-4);
    loss = result.loss;
  });
  if (!Number.isFinite(loss)) throw new Error(`The loss of a ${method} step is ${loss}.`);
  return {
    method,
    secondsPerStep: median,
    tokensPerSecond: batch.tokens / median,
    tokens: batch.tokens,
    peakBytes: memoryStats().peakBytes,
    loss,
  };
}

/** Greedy tokens after a prompt with a picture's worth of tokens, one read a token. */
export async function decodeRate(
  shapes: Shapes,
  weights: 'bf16' | 'nf4',
  copyBytesPerSecond: number,
): Promise<DecodeRate> {
  trimMemory();
  resetPeakMemory();
  using loaded = model(shapes, weights === 'nf4');
  const { languageModel: decoder } = loaded.model;
  const prompt = promptOf(shapes, shapes.promptTokens, false);
  using cache = decoder.newCache(prompt.length + shapes.newTokens);
  using sequences = packSequences([prompt.length]);
  let last = scoped(() => {
    const inputs = { inputIds: prompt, sequences, features: null };
    const hidden = loaded.model.hidden(inputs, { cache });
    return argmax(loaded.model.logits(slice(hidden, 0, prompt.length - 1, prompt.length)));
  });
  await last.read();
  const startMs = performance.now();
  for (let i = 0; i < shapes.newTokens; i++) {
    using at = packSequences([1], cache.length);
    const next = scoped(() =>
      argmax(loaded.model.logits(decoder.forward(decoder.embed(last), at, { cache }))),
    );
    last.dispose();
    last = next;
    await last.read();
  }
  const seconds = (performance.now() - startMs) / 1000;
  last.dispose();
  await synchronize();
  const bytesPerSecond = (shapes.newTokens * bytesOfToken(loaded, shapes)) / seconds;
  return {
    weights,
    tokensPerSecond: shapes.newTokens / seconds,
    bytesPerSecond,
    shareOfCopy: bytesPerSecond / copyBytesPerSecond,
    peakBytes: memoryStats().peakBytes,
  };
}

/** The decoder's weights but for the embeddings, of which one row is read, and what is held. */
function bytesOfToken(loaded: LoadedModel, { text, promptTokens }: Shapes): number {
  let bytes = 0;
  for (const [name, parameter] of loaded.weights.parameters) {
    const isRead = /language_model|lm_head/.test(name) && !name.includes('embed_tokens');
    if (isRead) bytes += parameter.sizeBytes;
  }
  const heldFloats = 2 * text.hidden_size * text.num_hidden_layers * promptTokens;
  return bytes + heldFloats * Float32Array.BYTES_PER_ELEMENT;
}
