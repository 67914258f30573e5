import type { Sharp } from 'sharp';
import type { DecodeImageOptions, RgbImage } from './decode-image.ts';
import { representativeFrame } from './frame.ts';
import { KIND_BYTES, sniffMedia } from './media-kind.ts';
import { readHead, unreadableFile } from './read-file.ts';
import type { SampleOptions } from './video.ts';
import { withView } from './view-image.ts';

/** Pixels that the thumbnail has at most; smaller pictures stay as they are. */
export type ThumbnailSize = { readonly height: number } | { readonly longestSide: number };

export type ThumbnailOptions = ThumbnailSize & Omit<DecodeImageOptions, 'name'> & SampleOptions;

/** A strip of any length stays a picture that encoders and grids can take. */
const WIDEST = 8;
const QUALITY = 80;

/** Scales down into the size, never up. */
export function shrinkInto(pipeline: Sharp, size: ThumbnailSize): Sharp {
  const height = 'height' in size ? size.height : size.longestSide;
  const width = 'height' in size ? size.height * WIDEST : size.longestSide;
  return pipeline.resize({ width, height, fit: 'inside', withoutEnlargement: true });
}

/**
 * A small WebP of a picture: upright, in sRGB, with its transparency, without any metadata.
 * @throws those of decodeImage
 */
export function pictureThumbnail(
  source: string | Uint8Array | RgbImage,
  size: ThumbnailSize,
  options: DecodeImageOptions = {},
): Promise<Buffer> {
  return withView(source, options, ({ pipeline }) =>
    shrinkInto(pipeline, size).toColourspace('srgb').webp({ quality: QUALITY }).toBuffer(),
  );
}

/**
 * A small WebP of a picture or of a telling frame of a video: upright, in sRGB, without metadata.
 *
 * @param source path, or the bytes of a picture
 * @throws media/file-unreadable, media/file-empty, media/file-unsupported;
 *         those of decodeImage or of sampleFrames
 */
export async function makeThumbnail(
  source: string | Uint8Array,
  options: ThumbnailOptions,
): Promise<Buffer> {
  if (typeof source !== 'string') return pictureThumbnail(source, options, options);
  const head = await readHead(source, KIND_BYTES).catch((cause: unknown) => {
    throw unreadableFile('media/file-unreadable', source, cause);
  });
  if (sniffMedia(head, source).kind === 'image') return pictureThumbnail(source, options, options);
  const image = await representativeFrame(source, options);
  return pictureThumbnail(image, options, { ...options, name: source });
}
