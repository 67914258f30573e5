/** From prepared samples to what one step computes on, all in host memory. */
import { packSamples } from '../data/packing.ts';
import type { PackedBatch } from '../data/packing.ts';
import type { PreparedSample } from '../data/processor.ts';
import type { FrozenFeatures } from './feature-source.ts';

/** What the images of a batch are given as. */
export type VisionInput =
  | { readonly kind: 'none' }
  /** [B, C, H, W] flat: the tower runs in the step, because it trains. */
  | { readonly kind: 'pixels'; readonly images: number; readonly values: Float32Array }
  /** [B · tokens, channels] flat, of the frozen tower. */
  | { readonly kind: 'features'; readonly values: Float32Array };

export interface MicroBatch {
  readonly packed: PackedBatch;
  readonly vision: VisionInput;
}

export interface StepBatch {
  readonly microBatches: readonly MicroBatch[];
  readonly tokens: number;
  /** Tokens under loss, which the sum of all losses is divided by. */
  readonly supervisedTokens: number;
}

/** @param features of the frozen tower; null when the tower trains */
export async function makeMicroBatch(
  samples: readonly PreparedSample[],
  features: FrozenFeatures | null,
  signal?: AbortSignal,
): Promise<MicroBatch> {
  const packed = packSamples(samples);
  const images = samples.reduce((sum, sample) => sum + sample.imageCount, 0);
  if (images === 0) return { packed, vision: { kind: 'none' } };
  const load = (sample: PreparedSample): Promise<Float32Array> =>
    features === null ? sample.loadPixels(signal) : features.of(sample, signal);
  const parts: Float32Array[] = [];
  for (const sample of samples) if (sample.imageCount > 0) parts.push(await load(sample));
  const values = join(parts);
  const vision: VisionInput =
    features === null ? { kind: 'pixels', images, values } : { kind: 'features', values };
  return { packed, vision };
}

export function stepBatch(microBatches: readonly MicroBatch[]): StepBatch {
  const sum = (of: (packed: PackedBatch) => number): number =>
    microBatches.reduce((total, { packed }) => total + of(packed), 0);
  return {
    microBatches,
    tokens: sum((packed) => packed.inputIds.length),
    supervisedTokens: sum((packed) => packed.rows.length),
  };
}

function join(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0] as Float32Array;
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let filled = 0;
  for (const part of parts) {
    all.set(part, filled);
    filled += part.length;
  }
  return all;
}
