import type { Llava } from '../models/llava.ts';
import { copyInto } from '../tensor/ops/index.ts';
import { scoped } from '../tensor/scope.ts';
import { Tensor } from '../tensor/tensor.ts';

/** Pixel values of several images of one size. */
export interface PixelBatch {
  /** [B, C, H, W] row-major */
  readonly data: Float32Array;
  readonly shape: readonly [images: number, channels: number, height: number, width: number];
}

/** Images that pass through the tower at once: its activations stay small, its matrices large. */
const imagesAtOnce = 8;

/**
 * Selected vision features of all images, a few images at a time, so that a
 * long video needs no more memory than a short one.
 * @returns [B·tokensPerImage, C] f32, which the caller disposes; null without images
 */
export function imageFeatures(
  model: Llava,
  pixels: PixelBatch,
  atOnce: number = imagesAtOnce,
): Tensor | null {
  const [images, ...imageShape] = pixels.shape;
  if (images === 0) return null;
  const perImage = imageShape.reduce((product, size) => product * size, 1);
  return scoped(() => {
    let all: Tensor | null = null;
    for (let first = 0; first < images; first += atOnce) {
      const last = Math.min(images, first + atOnce);
      const data = pixels.data.subarray(first * perImage, last * perImage);
      const part = scoped(() =>
        model.visionFeatures(Tensor.from(data, [last - first, ...imageShape])),
      );
      if (last - first === images) return part;
      const [rows, channels] = [part.dim(0) / (last - first), part.dim(1)];
      all ??= Tensor.empty([images * rows, channels]);
      using place = all.viewAs(part.shape, all.strides, first * rows * channels);
      copyInto(part, place);
      part.dispose();
    }
    return all;
  });
}
