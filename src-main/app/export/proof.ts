/** The same input through two models: how far apart their logits are. */
import { Random } from '../../base/random.ts';
import type { LoadedModel } from '../../models/load.ts';
import { packSequences } from '../../nn/sequence.ts';
import { synchronize } from '../../tensor/device.ts';
import { randomFillInPlace, slice } from '../../tensor/ops/index.ts';
import { scoped } from '../../tensor/scope.ts';
import { Tensor } from '../../tensor/tensor.ts';

const textTokens = 48;
const seed = 20231009;

/**
 * Logits of the text after one picture of noise, [48 · V]: every part of the
 * model takes part. The input follows from the config alone, so two models of one
 * config see the same.
 */
export async function probeLogits(loaded: LoadedModel): Promise<Float32Array> {
  const { model } = loaded;
  const { vocabSize, maxPositions } = model.languageModel.config;
  const images = model.tokensPerImage + 2 <= maxPositions ? 1 : 0;
  const text = Math.min(textTokens, maxPositions - images * model.tokensPerImage);
  const inputIds = probeIds(
    model.config.imageTokenId,
    images * model.tokensPerImage,
    text,
    vocabSize,
  );
  using sequences = packSequences([inputIds.length]);
  const logits = scoped(() => {
    const features = images === 0 ? null : model.visionFeatures(noise(loaded));
    const hidden = model.hidden({ inputIds, sequences, features });
    const last = slice(hidden, 0, inputIds.length - text, inputIds.length);
    return model.logits(last);
  });
  try {
    return await logits.readFloats();
  } finally {
    logits.dispose();
    await synchronize();
  }
}

function probeIds(
  imageTokenId: number,
  imageTokens: number,
  text: number,
  vocab: number,
): Int32Array {
  const random = new Random(seed);
  const ids = new Int32Array(imageTokens + text).fill(imageTokenId, 0, imageTokens);
  for (let t = imageTokens; t < ids.length; t++) {
    const id = random.below(vocab - 1);
    ids[t] = id === imageTokenId ? vocab - 1 : id;
  }
  return ids;
}

function noise({ model }: LoadedModel): Tensor {
  const { numChannels, imageSize } = model.visionTower;
  const pixels = Tensor.empty([1, numChannels, imageSize, imageSize]);
  randomFillInPlace(pixels, { kind: 'normal', a: 0, b: 1, seed, stream: 0 });
  return pixels;
}

/** Largest difference of two lists of logits, and the size of the largest logit. */
export function compareLogits(
  a: Float32Array,
  b: Float32Array,
): { readonly largestDifference: number; readonly largestLogit: number } {
  let [largestDifference, largestLogit] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    // Not Math.max alone: a NaN anywhere must count as the worst.
    if (!(difference <= largestDifference))
      largestDifference = Number.isNaN(difference) ? Infinity : difference;
    largestLogit = Math.max(largestLogit, Math.abs(a[i] as number));
  }
  return { largestDifference, largestLogit };
}
