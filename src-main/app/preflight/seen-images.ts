import { basename } from 'node:path';
import { throwIfCancelled } from '../../base/errors.ts';
import type { ImageProcessor, PixelValues } from '../../data/image-processor.ts';
import type { MediaPart } from '../../formats/sample.ts';
import { decodeImage } from '../../media/decode-image.ts';
import type { RgbImage } from '../../media/decode-image.ts';
import { mapFrames } from '../../media/video.ts';
import { viewPixels } from '../../media/view-image.ts';
import { frameRule } from '../media-reader/media-reader.ts';

/** A picture or frame as the model gets it, to be looked at. */
export interface SeenPicture {
  /** Of its file; empty where it has none. */
  readonly path: string;
  readonly name: string;
  readonly original: { readonly width: number; readonly height: number } | null;
  readonly timeMs: number | null;
  readonly width: number;
  readonly height: number;
  readonly url: string;
}

/**
 * The first `most` pictures and frames, made from the very pixel values, so that what is wrong with
 * those is seen.
 * @throws the errors of decodeImage, mapFrames and the image processor
 */
export async function seenPictures(
  parts: readonly MediaPart[],
  processor: ImageProcessor,
  most: number,
  signal: AbortSignal,
): Promise<SeenPicture[]> {
  const seen: SeenPicture[] = [];
  for (const part of parts) {
    throwIfCancelled(signal, 'Looking at the sample');
    if (seen.length >= most) break;
    const path = 'path' in part ? part.path : '';
    const name = path === '' ? 'embedded' : basename(path);
    if (part.type === 'image') {
      const image = await decodeImage('path' in part ? part.path : part.bytes);
      const { width, height } = image;
      const shown = await show(image, processor);
      seen.push({ path, name, original: { width, height }, timeMs: null, ...shown });
      continue;
    }
    const frames = await mapFrames(
      part.path,
      frameRule(part),
      async ({ image, timestampMs }) => ({
        timeMs: timestampMs,
        ...(await show(image, processor)),
      }),
      { signal },
    );
    seen.push(...frames.map((frame) => ({ path, name, original: null, ...frame })));
  }
  return seen.slice(0, most);
}

async function show(image: RgbImage, processor: ImageProcessor) {
  const pixels = toPixels(processor.process(image), processor);
  const png = await viewPixels(pixels).pipeline.png({ compressionLevel: 4 }).toBuffer();
  const { width, height } = pixels;
  return { width, height, url: `data:image/png;base64,${png.toString('base64')}` };
}

/**
 * 8-bit pixels of pixel values: v · std + mean, over the rescale factor, rounded.
 * @param values [3, H, W] f32
 */
export function toPixels(values: PixelValues, { settings }: ImageProcessor): RgbImage {
  const [, height, width] = values.shape;
  const plane = height * width;
  const factor = settings.rescaleFactor ?? 1;
  // Clamped and rounded by the array itself.
  const data = new Uint8ClampedArray(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    const mean = settings.normalise?.mean[channel] ?? 0;
    const std = settings.normalise?.std[channel] ?? 1;
    for (let i = 0; i < plane; i++) {
      const value = values.data[channel * plane + i] as number;
      data[3 * i + channel] = (value * std + mean) / factor;
    }
  }
  return { width, height, data: new Uint8Array(data.buffer) };
}
