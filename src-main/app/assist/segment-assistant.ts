/**
 * Outlines of what a person points at: Segment Anything as its ONNX exports give it, an encoder that
 * sees the picture once and a decoder that answers each prompt.
 * @source arXiv:2304.02643; decoder's inputs as segment-anything's export_onnx_model.py names them
 */
import { LensmithError, throwIfCancelled } from '../../base/errors.ts';
import { resizeRgb } from '../../data/resample.ts';
import type { Prompt } from '../../ipc/contract/assist.ts';
import type { GeometryOf } from '../../ipc/contract/shapes.ts';
import type { RgbImage } from '../../media/decode-image.ts';
import type { AssistImage, OpenAssistant } from './assistant.ts';
import { OnnxModel, badModel } from './onnx-model.ts';
import type { FloatTensor } from './onnx-model.ts';

const longestSide = 1024;
/** Mean and deviation of ImageNet in units of 8-bit values, as SAM's Sam.pixel_mean and pixel_std. */
const mean = [123.675, 116.28, 103.53] as const;
const deviation = [58.395, 57.12, 57.375] as const;
const maskInputSide = 256;
const decoderInputs = [
  'image_embeddings',
  'point_coords',
  'point_labels',
  'mask_input',
  'has_mask_input',
  'orig_im_size',
] as const;
/** Pictures whose embeddings are kept: going back and forth between two must not compute anew. */
const keptEmbeddings = 3;

/** @param files the encoder, then the decoder */
export async function openSegmentAssistant(files: readonly string[]): Promise<OpenAssistant> {
  const [encoderPath = '', decoderPath = ''] = files;
  const encoder = await OnnxModel.open(encoderPath);
  const decoder = await OnnxModel.open(decoderPath);
  requireDecoder(decoder);
  const embeddings = new Map<string, Promise<FloatTensor>>();

  const embeddingOf = (image: AssistImage): Promise<FloatTensor> => {
    const known = embeddings.get(image.key);
    embeddings.delete(image.key);
    const embedding = known ?? embed(encoder, image);
    embeddings.set(image.key, embedding);
    embedding.catch(() => embeddings.delete(image.key));
    for (const key of [...embeddings.keys()].slice(0, -keptEmbeddings)) embeddings.delete(key);
    return embedding;
  };

  return {
    async suggest(image, prompts, signal) {
      if (prompts.length === 0) throw noPrompt();
      const embedding = await embeddingOf(image);
      throwIfCancelled(signal, 'Segmenting');
      const { mask, score } = await decode(decoder, embedding, image, prompts);
      if (mask.width === 0) return [];
      return [{ geometry: mask, score, text: '', labelName: null }];
    },
    async close() {
      await encoder.close();
      await decoder.close();
    },
  };
}

function requireDecoder(decoder: OnnxModel): void {
  const names = decoder.inputs.map(({ name }) => name);
  const missing = decoderInputs.filter((name) => !names.includes(name));
  if (missing.length === 0 && decoder.outputNames.includes('masks')) return;
  throw badModel(
    decoder.path,
    `inputs ${names.join(', ')}; outputs ${decoder.outputNames.join(', ')}`,
    `a Segment Anything decoder with the inputs ${decoderInputs.join(', ')} and the output masks`,
  );
}

const scaleOf = ({ width, height }: RgbImage): number => longestSide / Math.max(width, height);

/** The encoder takes either a normalised, padded square [1, 3, S, S] or plain pixels [H, W, 3]. */
async function embed(encoder: OnnxModel, image: RgbImage): Promise<FloatTensor> {
  const [input] = encoder.inputs;
  const output = encoder.outputNames[0] ?? '';
  if (input === undefined || (input.shape.length !== 4 && input.shape.length !== 3)) {
    const got = `an input of ${input?.shape.length ?? 0} axes`;
    throw badModel(encoder.path, got, 'a Segment Anything encoder, [1, 3, S, S] or [H, W, 3]');
  }
  const scale = scaleOf(image);
  const [width, height] = [Math.round(image.width * scale), Math.round(image.height * scale)];
  const resized = resizeRgb(image, width, height, 'bilinear');
  const pixels = input.shape.length === 4 ? squared(resized) : plain(resized, input.shape);
  const result = (await encoder.run({ [input.name]: pixels }, [output]))[output];
  if (result === undefined) throw badModel(encoder.path, 'no output', 'an embedding');
  return result;
}

function squared({ data, width, height }: RgbImage): FloatTensor {
  const area = longestSide * longestSide;
  const values = new Float32Array(3 * area); // zeros beyond the picture, after normalising
  for (let channel = 0; channel < 3; channel++) {
    const [shift, by] = [mean[channel] ?? 0, deviation[channel] ?? 1];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const value = data[(y * width + x) * 3 + channel] ?? 0;
        values[channel * area + y * longestSide + x] = (value - shift) / by;
      }
    }
  }
  return { data: values, shape: [1, 3, longestSide, longestSide] };
}

/** Exports that normalise by themselves; some have a size of their own, smaller pictures are padded. */
function plain({ data, width, height }: RgbImage, shape: readonly (number | null)[]): FloatTensor {
  const [rows, columns] = [shape[0] ?? height, shape[1] ?? width];
  const values = new Float32Array(rows * columns * 3);
  for (let y = 0; y < Math.min(rows, height); y++) {
    const length = 3 * Math.min(columns, width);
    values.set(data.subarray(3 * y * width, 3 * y * width + length), 3 * y * columns);
  }
  return { data: values, shape: [rows, columns, 3] };
}

/** Coordinates in the resized picture; a box is two corners, and without one a point of no kind follows. */
export function promptTensors(
  prompts: readonly Prompt[],
  scale: number,
): { point_coords: FloatTensor; point_labels: FloatTensor } {
  const points = prompts.flatMap((prompt): [x: number, y: number, label: number][] => {
    if (prompt.kind === 'point') return [[prompt.x, prompt.y, prompt.isInside ? 1 : 0]];
    const { x, y, width, height } = prompt;
    return [
      [x, y, 2],
      [x + width, y + height, 3],
    ];
  });
  if (!prompts.some(({ kind }) => kind === 'box')) points.push([0, 0, -1]);
  const count = points.length;
  return {
    point_coords: {
      data: Float32Array.from(points.flatMap(([x, y]) => [x * scale, y * scale])),
      shape: [1, count, 2],
    },
    point_labels: {
      data: Float32Array.from(points.map(([, , label]) => label)),
      shape: [1, count],
    },
  };
}

async function decode(
  decoder: OnnxModel,
  embedding: FloatTensor,
  image: RgbImage,
  prompts: readonly Prompt[],
): Promise<{ mask: GeometryOf<'mask'>; score: number }> {
  const hasScores = decoder.outputNames.includes('iou_predictions');
  const results = await decoder.run(
    {
      image_embeddings: embedding,
      ...promptTensors(prompts, scaleOf(image)),
      mask_input: {
        data: new Float32Array(maskInputSide * maskInputSide),
        shape: [1, 1, maskInputSide, maskInputSide],
      },
      has_mask_input: { data: new Float32Array(1), shape: [1] },
      orig_im_size: { data: Float32Array.of(image.height, image.width), shape: [2] },
    },
    hasScores ? ['masks', 'iou_predictions'] : ['masks'],
  );
  const masks = results['masks'];
  const scores = results['iou_predictions']?.data ?? Float32Array.of(1);
  const [height = 0, width = 0] = masks?.shape.slice(-2) ?? [];
  if (masks === undefined || width !== image.width || height !== image.height) {
    throw badModel(
      decoder.path,
      `masks of ${width} × ${height}`,
      'masks of the size of the picture',
    );
  }
  const best = scores.indexOf(Math.max(...scores));
  const logits = masks.data.subarray(best * width * height, (best + 1) * width * height);
  return { mask: maskOf(logits, width, height), score: Math.min(1, scores[best] ?? 0) };
}

/** Pixels above zero as run lengths over the smallest rectangle around them. */
export function maskOf(logits: Float32Array, width: number, height: number): GeometryOf<'mask'> {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let at = 0; at < logits.length; at++) {
    if ((logits[at] ?? 0) <= 0) continue;
    const [x, y] = [at % width, Math.floor(at / width)];
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  if (right < 0) return { kind: 'mask', x: 0, y: 0, width: 0, height: 0, counts: [] };
  const counts: number[] = [];
  let [isInside, run] = [false, 0];
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      if ((logits[y * width + x] ?? 0) > 0 === isInside) run++;
      else {
        counts.push(run);
        [isInside, run] = [!isInside, 1];
      }
    }
  }
  counts.push(run);
  return {
    kind: 'mask',
    x: left,
    y: top,
    width: right - left + 1,
    height: bottom - top + 1,
    counts,
  };
}

function noPrompt(): LensmithError {
  return new LensmithError('assist/no-prompt', 'Nothing is pointed at.', {
    expected: 'a point or a box on the picture',
    hint: 'Click on the thing, or draw a box around it.',
  });
}
