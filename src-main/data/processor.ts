import { LensmithError, throwIfCancelled } from '../base/errors.ts';
import { mediaParts } from '../formats/sample.ts';
import type { MediaPart, Sample, VideoPart } from '../formats/sample.ts';
import { loadChatTemplate } from '../tokenizers/chat-template.ts';
import type { ChatTemplate } from '../tokenizers/chat-template.ts';
import { imageTokenCount, resolveImageToken } from '../tokenizers/image-tokens.ts';
import { isJsonObject } from '../tokenizers/model-files.ts';
import type { JsonObject } from '../tokenizers/model-files.ts';
import { loadTokenizer } from '../tokenizers/tokenizer.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { encodeConversation } from './conversation.ts';
import type { EncodedConversation } from './conversation.ts';
import { loadImageProcessor } from './image-processor.ts';
import type { ImageProcessor } from './image-processor.ts';
import type { RgbPixels } from './resample.ts';

/** 8-bit RGB, upright, rows from the top, [height, width, 3]. */
export type RgbImageLike = RgbPixels;

/** Where pictures and frames come from; decoding is no concern of this layer. */
export interface MediaReader {
  /** One image for an image part, the sampled frames in order for a video part. */
  read(part: MediaPart, signal?: AbortSignal): Promise<readonly RgbImageLike[]>;
  /** Frames that `read` will give for a video part, without decoding more than needed. */
  frameCount(part: VideoPart, signal?: AbortSignal): Promise<number>;
  /** Throws the error that `read` would for a file that is no such media; cheap. */
  check?(part: MediaPart, signal?: AbortSignal): Promise<void>;
  /** Equal for equal pixels: a hash of the bytes, and of the way frames are chosen. */
  key(part: MediaPart, signal?: AbortSignal): Promise<string>;
}

/** Whether an error of a MediaReader is about that one file, so that others may still be read. */
export function isMediaFault(error: unknown): error is LensmithError {
  if (!(error instanceof LensmithError) || !error.code.startsWith('media/')) return false;
  return error.code !== 'media/ffmpeg-missing' && error.code !== 'media/program-failed';
}

/** Images that one media part gives; `key` as MediaReader.key. */
export interface MediaKey {
  readonly key: string;
  readonly images: number;
}

/** A conversation ready for the model; pixels are made only when asked for. */
export interface PreparedSample extends EncodedConversation {
  readonly id: string;
  /** Images and video frames, B. */
  readonly imageCount: number;
  /** Pixel values [B, C, H, W], row-major, in the order of the image tokens. */
  loadPixels(signal?: AbortSignal): Promise<Float32Array>;
  /** One entry for each media part, in the same order. */
  mediaKeys(signal?: AbortSignal): Promise<readonly MediaKey[]>;
}

export interface PrepareOptions {
  /** End with the words after which the assistant answers (default false). */
  readonly addGenerationPrompt?: boolean;
  readonly signal?: AbortSignal | undefined;
}

interface ProcessorParts {
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  readonly imageProcessor: ImageProcessor;
}

/** From conversations to ids, labels and pixel values, as one model wants them. */
export class Processor {
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  readonly imageProcessor: ImageProcessor;
  readonly imageTokenId: number;
  /** Tokens that one image takes. */
  readonly tokensPerImage: number;
  /** [C, H, W] of the pixel values of one image. */
  readonly imageShape: readonly [channels: number, height: number, width: number];

  /** @throws data/image-size-mismatch, tokenizers/no-image-token, tokenizers/bad-vision-config */
  constructor(parts: ProcessorParts, modelConfig: JsonObject) {
    this.tokenizer = parts.tokenizer;
    this.template = parts.template;
    this.imageProcessor = parts.imageProcessor;
    this.imageTokenId = resolveImageToken(modelConfig, parts.tokenizer).id;
    const size = sizeForModel(parts.imageProcessor, modelConfig);
    this.imageShape = [3, size.height, size.width];
    this.tokensPerImage = imageTokenCount(modelConfig, size);
  }

  /**
   * Reads tokenizer, chat template and image processor of a Hugging Face folder.
   * @param modelConfig the folder's config.json
   * @throws data/image-size-mismatch, and the errors of loadTokenizer, loadChatTemplate,
   *         loadImageProcessor, resolveImageToken
   */
  static async load(dir: string, modelConfig: JsonObject): Promise<Processor> {
    const tokenizer = await loadTokenizer(dir);
    const [template, imageProcessor] = await Promise.all([
      loadChatTemplate(dir, { tokenizer }),
      loadImageProcessor(dir),
    ]);
    return new Processor({ tokenizer, template, imageProcessor }, modelConfig);
  }

  /**
   * Renders and tokenises a conversation. Videos are probed for their number of
   * frames; no pixel is decoded yet.
   * @throws the errors of encodeConversation and of `media`
   */
  async prepare(
    sample: Pick<Sample, 'id' | 'messages'>,
    media: MediaReader,
    options: PrepareOptions = {},
  ): Promise<PreparedSample> {
    const { signal } = options;
    const parts = mediaParts(sample);
    const imagesOf = await imagesOfParts(parts, media, signal);
    const encoded = encodeConversation(sample.messages, this.tokenizer, this.template, {
      imageTokenId: this.imageTokenId,
      imageTokenCount: this.tokensPerImage,
      frameCounts: imagesOf.filter((_, i) => parts[i]?.type === 'video'),
      addGenerationPrompt: options.addGenerationPrompt ?? false,
    });
    return {
      ...encoded,
      id: sample.id,
      imageCount: encoded.imageRuns.length,
      loadPixels: (cancel) => this.#loadPixels(sample.id, parts, imagesOf, media, cancel),
      mediaKeys: (cancel) =>
        Promise.all(
          parts.map(async (part, i) => ({
            key: await media.key(part, cancel),
            images: imagesOf[i] as number,
          })),
        ),
    };
  }

  async #loadPixels(
    id: string,
    parts: readonly MediaPart[],
    imagesOf: readonly number[],
    media: MediaReader,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    const perImage = this.imageShape.reduce((product, size) => product * size, 1);
    const total = imagesOf.reduce((sum, images) => sum + images, 0);
    const pixels = new Float32Array(total * perImage);
    let filled = 0;
    for (const [i, part] of parts.entries()) {
      throwIfCancelled(signal, `Reading the images of ${id}`);
      const images = await media.read(part, signal);
      const expected = imagesOf[i] as number;
      if (images.length !== expected) throw changedMedia(id, part, expected, images.length);
      for (const image of images) {
        pixels.set(this.imageProcessor.process(image).data, filled);
        filled += perImage;
      }
    }
    return pixels;
  }
}

function imagesOfParts(
  parts: readonly MediaPart[],
  media: MediaReader,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  return Promise.all(
    parts.map(async (part) => (part.type === 'image' ? 1 : media.frameCount(part, signal))),
  );
}

/** The processed size, which has to be what the tower's position embeddings were made for. */
function sizeForModel(
  imageProcessor: ImageProcessor,
  modelConfig: JsonObject,
): { readonly height: number; readonly width: number } {
  const vision = modelConfig['vision_config'];
  const side = isJsonObject(vision) ? vision['image_size'] : undefined;
  const size = imageProcessor.outputSize;
  if (size !== undefined && size.height === side && size.width === side) return size;
  const shown =
    size === undefined ? 'a size that follows each picture' : `${size.height}×${size.width}`;
  throw new LensmithError(
    'data/image-size-mismatch',
    'The image processor does not give pictures of the size that the model reads.',
    {
      expected: `${String(side)}×${String(side)} pixels (vision_config.image_size)`,
      got: shown,
      hint: 'config.json and the processor files must come from the same model.',
    },
  );
}

function changedMedia(id: string, part: MediaPart, expected: number, got: number): LensmithError {
  const name = 'path' in part ? part.path : 'an embedded picture';
  return new LensmithError('data/media-changed', `${name} of ${id} changed while in use.`, {
    expected: `${expected} images`,
    got: `${got}`,
    hint: 'Start again; the file was replaced after its sample was prepared.',
  });
}
