/**
 * What a line of text reads: the recognition part of PP-OCR, decoded greedily from CTC.
 * @source PaddleOCR's RecResizeImg (height 48) and CTCLabelDecode; arXiv:2009.09941
 */
import type { RgbImage } from '../../media/decode-image.ts';
import type { Rectangle } from './min-area-rectangle.ts';
import type { FloatTensor, OnnxModel } from './onnx-model.ts';

export interface ReadText {
  readonly text: string;
  /** Mean probability of its characters. */
  readonly score: number;
}

const lineHeight = 48;
const longestLine = 3200;
/** A box this much taller than wide is a line that runs downwards. */
const uprightRatio = 1.5;

/** @param characters of the classes from 1 on; class 0 is CTC's blank, a space follows the last */
export async function readText(
  model: OnnxModel,
  characters: readonly string[],
  image: RgbImage,
  box: Rectangle,
): Promise<ReadText> {
  const line = cutLine(image, box);
  const input = model.inputs[0]?.name ?? 'x';
  const output = model.outputNames[0] ?? '';
  const result = (await model.run({ [input]: line }))[output];
  if (result === undefined) return { text: '', score: 0 };
  return decodeCtc(result, characters);
}

/** [1, 3, 48, W] around ±1, blue first: the box turned level and scaled to the height of a line. */
export function cutLine(image: RgbImage, box: Rectangle): FloatTensor {
  const runsDown = box.height >= uprightRatio * box.width;
  const [along, across] = runsDown ? [box.height, box.width] : [box.width, box.height];
  // Downward lines are read from the bottom up, turned by a quarter.
  const radians = ((box.angleDegrees - (runsDown ? 90 : 0)) * Math.PI) / 180;
  const ratio = along / Math.max(1, across);
  const width = Math.max(16, Math.min(longestLine, Math.ceil(lineHeight * ratio)));
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const area = width * lineHeight;
  const values = new Float32Array(3 * area);
  for (let row = 0; row < lineHeight; row++) {
    const v = ((row + 0.5) / lineHeight - 0.5) * across;
    for (let column = 0; column < width; column++) {
      const u = ((column + 0.5) / width - 0.5) * along;
      const x = box.centerX + u * cos - v * sin - 0.5;
      const y = box.centerY + u * sin + v * cos - 0.5;
      for (let channel = 0; channel < 3; channel++) {
        const value = bilinear(image, x, y, 2 - channel);
        values[channel * area + row * width + column] = value / 127.5 - 1;
      }
    }
  }
  return { data: values, shape: [1, 3, lineHeight, width] };
}

/** The picture between its pixels; beyond the edge, the edge. */
function bilinear(
  { data, width, height }: RgbImage,
  x: number,
  y: number,
  channel: number,
): number {
  const cx = Math.min(Math.max(x, 0), width - 1);
  const cy = Math.min(Math.max(y, 0), height - 1);
  const [left, top] = [Math.floor(cx), Math.floor(cy)];
  const [right, bottom] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)];
  const at = (px: number, py: number): number => data[(py * width + px) * 3 + channel] ?? 0;
  const [fx, fy] = [cx - left, cy - top];
  const upper = at(left, top) * (1 - fx) + at(right, top) * fx;
  const lower = at(left, bottom) * (1 - fx) + at(right, bottom) * fx;
  return upper * (1 - fy) + lower * fy;
}

/** Greedy: the likeliest class of each step, repetitions once, blanks out. [1, T, classes]. */
export function decodeCtc({ data, shape }: FloatTensor, characters: readonly string[]): ReadText {
  const [, steps = 0, classes = 0] = shape;
  let [text, sum, count, previous] = ['', 0, 0, 0];
  for (let step = 0; step < steps; step++) {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if ((data[step * classes + c] ?? 0) > (data[step * classes + best] ?? 0)) best = c;
    }
    if (best !== 0 && best !== previous) {
      text += characters[best - 1] ?? ' ';
      sum += data[step * classes + best] ?? 0;
      count++;
    }
    previous = best;
  }
  return { text: text.trim(), score: count === 0 ? 0 : sum / count };
}
