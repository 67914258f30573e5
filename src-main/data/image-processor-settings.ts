import { LensmithError } from '../base/errors.ts';
import type { ResampleFilter } from './resample.ts';

export type TargetSize =
  | { readonly kind: 'shortest-edge'; readonly edge: number }
  | { readonly kind: 'exact'; readonly height: number; readonly width: number };

/** What happens to a picture, in this order: resize, centre crop, rescale, normalise. */
export interface ImageProcessorSettings {
  /** `image_processor_type` as the file names it. */
  readonly type: string;
  readonly resize: { readonly size: TargetSize; readonly filter: ResampleFilter } | undefined;
  readonly centreCrop: { readonly height: number; readonly width: number } | undefined;
  /** Factor on the 8-bit value; undefined keeps 0…255. */
  readonly rescaleFactor: number | undefined;
  /** Per channel R, G, B, in units of the rescaled value. */
  readonly normalise:
    { readonly mean: readonly number[]; readonly std: readonly number[] } | undefined;
}

type Json = Record<string, unknown>;

const MAX_SIDE = 8192;
const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073];
const CLIP_STD = [0.26862954, 0.26130258, 0.27577711];
const HALF = [0.5, 0.5, 0.5];

/** What the reference's class uses where the file is silent. */
interface ClassDefaults {
  readonly size: unknown;
  readonly cropSize: unknown;
  readonly centreCrop: boolean;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly resample: number;
  /** A bare number means a square here, the shortest edge elsewhere. */
  readonly numberIsSquare: boolean;
}

const clip: ClassDefaults = {
  size: { shortest_edge: 224 },
  cropSize: { height: 224, width: 224 },
  centreCrop: true,
  mean: CLIP_MEAN,
  std: CLIP_STD,
  resample: 3,
  numberIsSquare: false,
};
const siglip: ClassDefaults = {
  ...clip,
  size: { height: 224, width: 224 },
  centreCrop: false,
  mean: HALF,
  std: HALF,
};
const vit: ClassDefaults = { ...siglip, resample: 2, numberIsSquare: true };
const blip: ClassDefaults = {
  ...siglip,
  size: { height: 384, width: 384 },
  mean: CLIP_MEAN,
  std: CLIP_STD,
  numberIsSquare: true,
};

/** Classes that do these four steps and nothing else, by the stem of their name. */
const CLASSES: ReadonlyMap<string, ClassDefaults> = new Map([
  ['CLIP', clip],
  ['ChineseCLIP', clip],
  ['Bit', clip],
  ['Llava', clip],
  ['Siglip', siglip],
  ['ViT', vit],
  ['Blip', blip],
]);

function fault(message: string, expected: string, got: unknown, hint?: string): LensmithError {
  const shown = JSON.stringify(got) ?? String(got);
  return new LensmithError('data/processor-invalid', message, {
    expected,
    got: shown.length > 200 ? `${shown.slice(0, 200)}…` : shown,
    hint,
  });
}

function side(value: unknown, name: string): number {
  if (Number.isInteger(value) && (value as number) > 0 && (value as number) <= MAX_SIDE) {
    return value as number;
  }
  throw fault(`The image processor's ${name} is not usable.`, `1 to ${MAX_SIDE} pixels`, value);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasNoOther(size: Json, allowed: readonly string[]): boolean {
  return Object.entries(size).every(
    ([key, value]) => allowed.includes(key) || value === null || value === undefined,
  );
}

function parseSize(value: unknown, numberIsSquare: boolean): TargetSize {
  if (typeof value === 'number') {
    const edge = side(value, 'size');
    return numberIsSquare
      ? { kind: 'exact', height: edge, width: edge }
      : { kind: 'shortest-edge', edge };
  }
  if (Array.isArray(value) && value.length === 2) {
    return { kind: 'exact', height: side(value[0], 'size'), width: side(value[1], 'size') };
  }
  if (isObject(value) && value['shortest_edge'] && hasNoOther(value, ['shortest_edge'])) {
    return { kind: 'shortest-edge', edge: side(value['shortest_edge'], 'size.shortest_edge') };
  }
  if (isObject(value) && hasNoOther(value, ['height', 'width'])) {
    return {
      kind: 'exact',
      height: side(value['height'], 'size.height'),
      width: side(value['width'], 'size.width'),
    };
  }
  const expected = 'a number, {"shortest_edge"} or {"height", "width"}';
  throw fault("The image processor's size is of a kind not supported.", expected, value);
}

function parseCrop(value: unknown): { height: number; width: number } {
  const size = parseSize(value, true);
  if (size.kind === 'exact') return { height: size.height, width: size.width };
  return { height: size.edge, width: size.edge };
}

function parseFilter(value: unknown): ResampleFilter {
  if (value === 1 || value === 'lanczos') return 'lanczos';
  if (value === 2 || value === 'bilinear') return 'bilinear';
  if (value === 3 || value === 'bicubic') return 'bicubic';
  const expected = '1 (Lanczos), 2 (bilinear) or 3 (bicubic)';
  throw fault("The image processor's resample is not supported.", expected, value);
}

function parseChannels(value: unknown, name: string, divisor: boolean): number[] {
  const list = typeof value === 'number' ? [value, value, value] : value;
  const usable = (x: unknown) => Number.isFinite(x) && (!divisor || Math.fround(x as number) !== 0);
  if (Array.isArray(list) && list.length === 3 && list.every(usable)) return list as number[];
  const expected = divisor ? '3 numbers other than 0' : '3 numbers';
  throw fault(`The image processor's ${name} is not usable.`, expected, value);
}

function flag(json: Json, name: string, fallback: boolean): boolean {
  const value = json[name] ?? fallback;
  if (typeof value === 'boolean') return value;
  throw fault(`The image processor's ${name} is not usable.`, 'true or false', value);
}

function factor(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw fault("The image processor's rescale_factor is not usable.", 'a number', value);
}

function classOf(json: Json): { type: string; defaults: ClassDefaults } {
  const type = json['image_processor_type'] ?? json['feature_extractor_type'];
  const stem = String(type).replace(/(ImageProcessor(Fast|Pil)?|FeatureExtractor)$/, '');
  const defaults = typeof type === 'string' && stem !== type ? CLASSES.get(stem) : undefined;
  if (defaults) return { type: type as string, defaults };
  throw new LensmithError('data/processor-unknown', 'The image processor is not known.', {
    expected: [...CLASSES.keys()].map((name) => `${name}ImageProcessor`).join(', '),
    got: type === undefined ? 'no image_processor_type' : JSON.stringify(type).slice(0, 200),
    hint: 'This model prepares its pictures in a way that is not supported yet.',
  });
}

/**
 * The settings in an image processor's JSON, either generation of it: sizes as
 * a number or a dictionary, flags that may be missing (then the class's own
 * defaults hold, as in the reference).
 *
 * @throws data/processor-unknown      a class that does something else
 * @throws data/processor-unsupported  a step that is not one of the four
 * @throws data/processor-invalid      a value of the wrong kind or out of range
 * @source transformers' CLIPImageProcessor, SiglipImageProcessor
 */
export function parseImageProcessorSettings(json: unknown): ImageProcessorSettings {
  if (!isObject(json)) throw fault('An image processor is not usable.', 'a JSON object', json);
  const { type, defaults } = classOf(json);
  for (const step of [
    'do_pad',
    'do_image_splitting',
    'do_thumbnail',
    'do_align_long_axis',
    'use_square_size',
  ]) {
    if (!flag(json, step, false)) continue;
    throw new LensmithError('data/processor-unsupported', `${type} asks for ${step}.`, {
      expected: 'resize, centre crop, rescale and normalise only',
      got: `${step}: true`,
      hint: `Set ${step} to false if the model was not trained with it.`,
    });
  }
  return {
    type,
    resize: flag(json, 'do_resize', true)
      ? {
          size: parseSize(json['size'] ?? defaults.size, defaults.numberIsSquare),
          filter: parseFilter(json['resample'] ?? defaults.resample),
        }
      : undefined,
    centreCrop: flag(json, 'do_center_crop', defaults.centreCrop)
      ? parseCrop(json['crop_size'] ?? defaults.cropSize)
      : undefined,
    rescaleFactor: flag(json, 'do_rescale', true)
      ? factor(json['rescale_factor'] ?? 1 / 255)
      : undefined,
    normalise: flag(json, 'do_normalize', true)
      ? {
          mean: parseChannels(json['image_mean'] ?? defaults.mean, 'image_mean', false),
          std: parseChannels(json['image_std'] ?? defaults.std, 'image_std', true),
        }
      : undefined,
  };
}
