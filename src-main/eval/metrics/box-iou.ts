import type { AnswerMetric } from './metric.ts';

/** Left, top, right, bottom, in whatever unit the dialect has. */
type Box = readonly [number, number, number, number];

const number = '(-?\\d+(?:\\.\\d+)?)';
const list = new RegExp(
  `\\[\\s*${[number, number, number, number].join('\\s*,\\s*')}\\s*\\]`,
  'gu',
);
const pair = `\\(\\s*${number}\\s*,\\s*${number}\\s*\\)`;
const tokens = new RegExp(`<box>\\s*${pair}\\s*,\\s*${pair}\\s*</box>`, 'gu');

/** Boxes of all dialects in a text: `[0.1, 0.2, 0.5, 0.8]`, `<box>(100,200),(500,800)</box>`. */
export function boxesIn(text: string): Box[] {
  return [list, tokens].flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, ...sides]) => {
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = sides.map(Number);
      return [Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)] as const;
    }),
  );
}

function iou(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  const common = Math.max(0, width) * Math.max(0, height);
  const area = ([x1, y1, x2, y2]: Box): number => (x2 - x1) * (y2 - y1);
  const union = area(a) + area(b) - common;
  return union > 0 ? common / union : 0;
}

/**
 * Intersection over union of the boxes in the answer and in the known answer: matched greedily, best
 * pair first, and summed over the larger of both numbers, so that boxes too many cost as boxes
 * missed do. Not measured where the known answer has no box.
 * @source arXiv:1608.00272 (RefCOCO: the measure of referring expressions)
 */
export const boxIou: AnswerMetric = {
  kind: 'answer',
  id: 'box-iou',
  title: 'box IoU',
  isBinary: false,
  score(prediction, reference) {
    const [said, wanted] = [boxesIn(prediction), boxesIn(reference)];
    if (wanted.length === 0) return null;
    const pairs = said
      .flatMap((a, i) => wanted.map((b, j) => ({ i, j, value: iou(a, b) })))
      .sort((a, b) => b.value - a.value);
    const used = { said: new Set<number>(), wanted: new Set<number>() };
    let sum = 0;
    for (const { i, j, value } of pairs) {
      if (used.said.has(i) || used.wanted.has(j)) continue;
      used.said.add(i);
      used.wanted.add(j);
      sum += value;
    }
    return sum / Math.max(said.length, wanted.length);
  },
};
