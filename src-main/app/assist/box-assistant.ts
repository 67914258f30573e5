/**
 * Proposals of a YOLO-type detector: one file, a square picture in, boxes with class scores out.
 * @source layouts as Ultralytics exports them: [1, 4 + C, N] (v8 and later), [1, N, 5 + C] with an
 *         objectness (v5); letterbox with grey 114
 */
import { readFile } from 'node:fs/promises';
import { resizeRgb } from '../../data/resample.ts';
import type { RgbImage } from '../../media/decode-image.ts';
import type { OpenAssistant, Suggestion } from './assistant.ts';
import { OnnxModel, badModel } from './onnx-model.ts';
import type { FloatTensor } from './onnx-model.ts';

const defaultSide = 640;
const lowestScore = 0.25;
const mostOverlap = 0.45;
const mostBoxes = 300;
const grey = 114 / 255;

/** Corners in the coordinates of the model's square. */
interface Candidate {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly score: number;
  readonly category: number;
}

/** @param files the model; names of its classes, one a line, may stand beside it as NAME.txt */
export async function openBoxAssistant(files: readonly string[]): Promise<OpenAssistant> {
  const [path = ''] = files;
  const model = await OnnxModel.open(path);
  const [input] = model.inputs;
  if (input?.shape.length !== 4) {
    const got = `an input of ${input?.shape.length ?? 0} axes`;
    throw badModel(path, got, 'a detector with the input [1, 3, S, S]');
  }
  const [side, output] = [input.shape[3] ?? defaultSide, model.outputNames[0] ?? ''];
  const names = await namesBeside(path);
  return {
    async suggest(image) {
      const { pixels, scale } = letterbox(image, side);
      const result = (await model.run({ [input.name]: pixels }, [output]))[output];
      if (result?.shape.length !== 3) throw badModel(path, 'another output', 'boxes [1, …, …]');
      return withoutOverlaps(candidatesOf(result)).map((box) =>
        suggestionOf(box, scale, image, names),
      );
    },
    close: () => model.close(),
  };
}

async function namesBeside(path: string): Promise<readonly string[]> {
  const text = await readFile(path.replace(/\.onnx$/i, '.txt'), 'utf8').catch(() => '');
  return text.split(/\r?\n/).map((line) => line.trim());
}

/** The picture in the upper left of a grey square, its longer side filled. */
function letterbox(image: RgbImage, side: number): { pixels: FloatTensor; scale: number } {
  const scale = side / Math.max(image.width, image.height);
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const { data } = resizeRgb(image, width, height, 'bilinear');
  const area = side * side;
  const values = new Float32Array(3 * area).fill(grey);
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        values[channel * area + y * side + x] = (data[(y * width + x) * 3 + channel] ?? 0) / 255;
      }
    }
  }
  return { pixels: { data: values, shape: [1, 3, side, side] }, scale };
}

/** Boxes whose best class is likely enough. */
export function candidatesOf({ data, shape }: FloatTensor): Candidate[] {
  const [, first = 0, second = 0] = shape;
  // There are always many more boxes than numbers for one.
  const hasObjectness = first > second;
  const [boxes, fields] = hasObjectness ? [first, second] : [second, first];
  const at = (box: number, field: number): number =>
    data[hasObjectness ? box * fields + field : field * boxes + box] ?? 0;
  const firstClass = hasObjectness ? 5 : 4;
  const candidates: Candidate[] = [];
  for (let box = 0; box < boxes; box++) {
    let category = 0;
    for (let c = 1; c < fields - firstClass; c++) {
      if (at(box, firstClass + c) > at(box, firstClass + category)) category = c;
    }
    const score = at(box, firstClass + category) * (hasObjectness ? at(box, 4) : 1);
    if (score < lowestScore) continue;
    const [x, y, width, height] = [at(box, 0), at(box, 1), at(box, 2), at(box, 3)];
    const [left, top] = [x - width / 2, y - height / 2];
    candidates.push({ left, top, right: left + width, bottom: top + height, score, category });
  }
  return candidates;
}

/** Non-maximum suppression within each class. */
export function withoutOverlaps(candidates: readonly Candidate[]): Candidate[] {
  const kept: Candidate[] = [];
  for (const box of [...candidates].sort((a, b) => b.score - a.score)) {
    if (kept.length === mostBoxes) break;
    const rivals = kept.filter(({ category }) => category === box.category);
    if (rivals.every((other) => overlap(box, other) <= mostOverlap)) kept.push(box);
  }
  return kept;
}

/** Intersection over union. */
function overlap(a: Candidate, b: Candidate): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const area = (box: Candidate): number => (box.right - box.left) * (box.bottom - box.top);
  const shared = width * height;
  return shared / (area(a) + area(b) - shared);
}

function suggestionOf(
  box: Candidate,
  scale: number,
  image: RgbImage,
  names: readonly string[],
): Suggestion {
  const clamp = (value: number, limit: number): number =>
    Math.min(Math.max(value / scale, 0), limit);
  const [x, right] = [clamp(box.left, image.width), clamp(box.right, image.width)];
  const [y, bottom] = [clamp(box.top, image.height), clamp(box.bottom, image.height)];
  return {
    geometry: { kind: 'box', x, y, width: right - x, height: bottom - y },
    score: box.score,
    text: '',
    labelName: names[box.category] || `class ${box.category}`,
  };
}
