/** Decoding on the device, with random weights made there. */
import { RepeatedStep } from '../../../src-main/generation/repeated-step.ts';
import type { LoadedModel } from '../../../src-main/models/load.ts';
import { packSequences } from '../../../src-main/nn/sequence.ts';
import {
  memoryStats,
  resetPeakMemory,
  synchronize,
  trimMemory,
} from '../../../src-main/tensor/device.ts';
import { argmax } from '../../../src-main/tensor/ops/index.ts';
import { scoped } from '../../../src-main/tensor/scope.ts';
import { promptOf, randomLlava } from './shapes.ts';
import type { Shapes } from './shapes.ts';

export interface DecodeRate {
  readonly weights: 'bf16' | 'nf4';
  readonly tokensPerSecond: number;
  /** Weights and held keys and values that a token reads. */
  readonly bytesPerSecond: number;
  /** Of what a copy reads and writes; null where none was measured. */
  readonly shareOfCopy: number | null;
  readonly peakBytes: number;
}

/** Before the clock starts: kernels are compiled at their first use, once on a machine. */
const warmUpTokens = 8;

/** Greedy tokens after a prompt with a picture's worth of tokens, one read a token. */
export async function decodeRate(
  shapes: Shapes,
  weights: 'bf16' | 'nf4',
  copyBytesPerSecond: number | null,
): Promise<DecodeRate> {
  trimMemory();
  resetPeakMemory();
  using loaded = randomLlava(shapes, weights === 'nf4' ? 'nf4' : undefined);
  const { languageModel: decoder } = loaded.model;
  const prompt = promptOf(shapes, shapes.promptTokens, false);
  using cache = decoder.newCache(prompt.length + warmUpTokens + shapes.newTokens);
  using sequences = packSequences([prompt.length]);
  using step = new RepeatedStep(loaded.model, cache);
  let last = scoped(() => {
    const inputs = { inputIds: prompt, sequences, features: null };
    const rows = Int32Array.of(prompt.length - 1);
    return argmax(loaded.model.logits(loaded.model.hidden(inputs, { cache, rows })));
  });
  await last.read();
  const decode = async (tokens: number): Promise<void> => {
    for (let i = 0; i < tokens; i++) {
      const next = argmax(step.next(last));
      last.dispose();
      last = next;
      await last.read();
    }
  };
  await decode(warmUpTokens);
  const startMs = performance.now();
  await decode(shapes.newTokens);
  const seconds = (performance.now() - startMs) / 1000;
  last.dispose();
  await synchronize();
  const bytesPerSecond = (shapes.newTokens * bytesOfToken(loaded, shapes)) / seconds;
  return {
    weights,
    tokensPerSecond: shapes.newTokens / seconds,
    bytesPerSecond,
    shareOfCopy: copyBytesPerSecond === null ? null : bytesPerSecond / copyBytesPerSecond,
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
