/**
 * Where words stand in a picture: the detection part of PP-OCR, a differentiable-binarization net.
 * @source arXiv:1911.08947; sizes and thresholds as PaddleOCR's DetResizeForTest, NormalizeImage and
 *         DBPostProcess (unclip ratio 1.5, binarization 0.3, box score 0.6)
 */
import { resizeRgb } from '../../data/resample.ts';
import type { RgbImage } from '../../media/decode-image.ts';
import { minAreaRectangle } from './min-area-rectangle.ts';
import type { Point, Rectangle } from './min-area-rectangle.ts';
import type { FloatTensor, OnnxModel } from './onnx-model.ts';

export interface TextBox extends Rectangle {
  /** Mean of the map inside, 0 … 1. */
  readonly score: number;
}

const longestSide = 960;
const sizeStep = 32;
const binarization = 0.3;
const lowestScore = 0.6;
const unclipRatio = 1.5;
const smallestSide = 3;
const mostBoxes = 1000;

/** Words, in pixels of `image`, from the top. */
export async function detectText(model: OnnxModel, image: RgbImage): Promise<TextBox[]> {
  const scale = Math.min(1, longestSide / Math.max(image.width, image.height));
  const sized = (side: number): number =>
    Math.max(sizeStep, Math.round((side * scale) / sizeStep) * sizeStep);
  const [width, height] = [sized(image.width), sized(image.height)];
  const input = model.inputs[0]?.name ?? 'x';
  const output = model.outputNames[0] ?? '';
  const results = await model.run({ [input]: normalized(image, width, height) });
  const map = results[output]?.data ?? new Float32Array();
  const [scaleX, scaleY] = [image.width / width, image.height / height];
  return boxesOfMap(map, width, height)
    .map((box) => stretched(box, scaleX, scaleY))
    .sort((a, b) => a.centerY - b.centerY || a.centerX - b.centerX);
}

/** [1, 3, H, W], channels in the order blue, green, red that the net was trained with. */
function normalized(image: RgbImage, width: number, height: number): FloatTensor {
  const { data } = resizeRgb(image, width, height, 'bilinear');
  const mean = [0.485, 0.456, 0.406];
  const deviation = [0.229, 0.224, 0.225];
  const area = width * height;
  const values = new Float32Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    const [shift, by] = [mean[channel] ?? 0, deviation[channel] ?? 1];
    for (let i = 0; i < area; i++) {
      values[channel * area + i] = ((data[3 * i + 2 - channel] ?? 0) / 255 - shift) / by;
    }
  }
  return { data: values, shape: [1, 3, height, width] };
}

/** Boxes around the connected regions of a probability map [H, W]. */
export function boxesOfMap(map: Float32Array, width: number, height: number): TextBox[] {
  const seen = new Uint8Array(map.length);
  const boxes: TextBox[] = [];
  for (let start = 0; start < map.length && boxes.length < mostBoxes; start++) {
    if (seen[start] === 1 || (map[start] ?? 0) <= binarization) continue;
    const region = regionFrom(start, map, width, height, seen);
    const rectangle = minAreaRectangle(region.outline);
    if (Math.min(rectangle.width, rectangle.height) < smallestSide) continue;
    const score = region.sum / region.pixels;
    if (score >= lowestScore) boxes.push({ ...unclipped(rectangle), score });
  }
  return boxes;
}

interface Region {
  /** First and last pixel of each row, at their outer corners. */
  readonly outline: readonly Point[];
  readonly pixels: number;
  readonly sum: number;
}

/** The region that a pixel belongs to, by its eight neighbours. */
function regionFrom(
  start: number,
  map: Float32Array,
  width: number,
  height: number,
  seen: Uint8Array,
): Region {
  const rows = new Map<number, [first: number, last: number]>();
  const stack = [start];
  seen[start] = 1;
  let [pixels, sum] = [0, 0];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const [x, y] = [at % width, Math.floor(at / width)];
    pixels++;
    sum += map[at] ?? 0;
    const row = rows.get(y);
    if (row === undefined) rows.set(y, [x, x]);
    else [row[0], row[1]] = [Math.min(row[0], x), Math.max(row[1], x)];
    for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
      for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
        const next = ny * width + nx;
        if (seen[next] === 1 || (map[next] ?? 0) <= binarization) continue;
        seen[next] = 1;
        stack.push(next);
      }
    }
  }
  const outline = [...rows].flatMap(([y, [first, last]]): Point[] => [
    [first, y],
    [last + 1, y],
    [first, y + 1],
    [last + 1, y + 1],
  ]);
  return { outline, pixels, sum };
}

/** The net marks the core of words: grown by area · ratio / perimeter on each side. */
function unclipped(rectangle: Rectangle): Rectangle {
  const { width, height } = rectangle;
  const distance = (width * height * unclipRatio) / (2 * (width + height));
  return { ...rectangle, width: width + 2 * distance, height: height + 2 * distance };
}

/** A box of the resized picture in the original, whose sides may have been scaled unequally. */
function stretched(box: TextBox, scaleX: number, scaleY: number): TextBox {
  const radians = (box.angleDegrees * Math.PI) / 180;
  const along = Math.hypot(Math.cos(radians) * scaleX, Math.sin(radians) * scaleY);
  const across = Math.hypot(Math.sin(radians) * scaleX, Math.cos(radians) * scaleY);
  const turned = Math.atan2(Math.sin(radians) * scaleY, Math.cos(radians) * scaleX);
  return {
    ...box,
    centerX: box.centerX * scaleX,
    centerY: box.centerY * scaleY,
    width: box.width * along,
    height: box.height * across,
    angleDegrees: (turned * 180) / Math.PI,
  };
}
