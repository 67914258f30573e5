import type { Sharp } from 'sharp';
import type { DecodeImageOptions } from './decode-image.ts';
import type { ImageFormat } from './image-format.ts';
import type { MediaFacts } from './inspect-media.ts';
import { withView } from './view-image.ts';
import type { ViewedImage } from './view-image.ts';

/** An encoded picture with the type under which it is served. */
export interface Preview {
  readonly bytes: Buffer;
  readonly mime: 'image/png' | 'image/jpeg' | 'image/webp';
  readonly width: number;
  readonly height: number;
}

export interface PreviewOptions extends DecodeImageOptions {
  /** Scaled down to it; without it the preview has every pixel of the picture. */
  readonly longestSide?: number | undefined;
}

/**
 * No GIF: of its screen the decoder and a browser may think differently (the first leaves out the
 * margin around the frames of some), and marks belong to the first frame, the one that is learnt from.
 */
const SHOWN_PICTURES: readonly ImageFormat[] = ['jpeg', 'png', 'webp', 'avif', 'bmp'];
/** Codecs without fees and H.264, in the containers that all browsers open. */
const SHOWN_VIDEOS: Readonly<Partial<Record<string, readonly string[]>>> = {
  mp4: ['h264', 'vp9', 'av1'],
  mov: ['h264'],
  webm: ['vp8', 'vp9', 'av1'],
};
const SHOWN_PIXELS = ['yuv420p', 'yuvj420p'];

/**
 * Whether a browser shows the original file the way it is learnt from: upright pixels of a format
 * that it knows. Else makePreview has to stand in.
 */
export function browserShows(facts: MediaFacts): boolean {
  if (facts.kind === 'image') {
    return facts.orientation === 1 && SHOWN_PICTURES.includes(facts.format);
  }
  return browserPlays(facts.format, facts.codec, facts.pixelFormat);
}

/** Whether browsers play such a video as it is; one that was built without fees may lack H.264. */
export function browserPlays(
  format: string,
  codec: string,
  pixelFormat: string | undefined,
): boolean {
  const plain = pixelFormat === undefined || SHOWN_PIXELS.includes(pixelFormat);
  return plain && SHOWN_VIDEOS[format]?.includes(codec) === true;
}

const LOSSLESS: readonly (ImageFormat | undefined)[] = ['png', 'gif', 'tiff', 'bmp', undefined];
/** Up to so many pixels a picture without losses stays one; a large one is a photograph. */
const PNG_PIXELS = 2 ** 22;
const WEBP_SIDE = 16_383;
const JPEG_SIDE = 65_500;

type Encoding = Preview['mime'];

function encodingFor(view: ViewedImage, width: number, height: number): Encoding {
  const longest = Math.max(width, height);
  const lossless = LOSSLESS.includes(view.format) && width * height <= PNG_PIXELS;
  if (lossless || longest > JPEG_SIDE) return 'image/png';
  if (!view.hasAlpha) return 'image/jpeg';
  return longest <= WEBP_SIDE ? 'image/webp' : 'image/png';
}

const ENCODERS: { readonly [E in Encoding]: (pipeline: Sharp) => Sharp } = {
  'image/png': (pipeline) => pipeline.png({ compressionLevel: 4 }),
  'image/jpeg': (pipeline) => pipeline.jpeg({ quality: 95, chromaSubsampling: '4:4:4' }),
  'image/webp': (pipeline) => pipeline.webp({ quality: 95 }),
};

/**
 * A picture in a form that every browser shows: upright, in sRGB, without metadata, with its
 * transparency. At full size it has exactly the width and height that decodeImage gives, so that
 * marks drawn on it are where the model will see them.
 *
 * @throws those of decodeImage
 */
export function makePreview(
  source: string | Uint8Array,
  options: PreviewOptions = {},
): Promise<Preview> {
  const { longestSide } = options;
  return withView(source, options, async (view) => {
    const longest = Math.max(view.width, view.height);
    const scale = longestSide === undefined ? 1 : Math.min(1, longestSide / longest);
    const width = Math.max(1, Math.round(view.width * scale));
    const height = Math.max(1, Math.round(view.height * scale));
    const sized =
      scale === 1 ? view.pipeline : view.pipeline.resize(width, height, { fit: 'fill' });
    const mime = encodingFor(view, width, height);
    const { data, info } = await ENCODERS[mime](sized.toColourspace('srgb')).toBuffer({
      resolveWithObject: true,
    });
    return { bytes: data, mime, width: info.width, height: info.height };
  });
}
