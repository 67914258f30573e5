import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Assistants } from '../../src-main/app/assist/assistants.ts';
import type { AssistImage, OpenAssistant } from '../../src-main/app/assist/assistant.ts';
import {
  candidatesOf,
  openBoxAssistant,
  withoutOverlaps,
} from '../../src-main/app/assist/box-assistant.ts';
import { convexHull, minAreaRectangle } from '../../src-main/app/assist/min-area-rectangle.ts';
import type { Point } from '../../src-main/app/assist/min-area-rectangle.ts';
import {
  maskOf,
  openSegmentAssistant,
  promptTensors,
} from '../../src-main/app/assist/segment-assistant.ts';
import { openTextAssistant } from '../../src-main/app/assist/text-assistant.ts';
import { boxesOfMap } from '../../src-main/app/assist/text-detection.ts';
import { decodeCtc } from '../../src-main/app/assist/text-recognition.ts';
import { Random } from '../../src-main/base/random.ts';
import { decodeImage } from '../../src-main/media/decode-image.ts';
import { onnxFile } from '../support/onnx.ts';
import type { OnnxGraph } from '../support/onnx.ts';
import { decoder, encoder } from '../support/segment-model.ts';

const { signal } = new AbortController();

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'lensmith-assist-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function modelFile(dir: string, name: string, graph: OnnxGraph): string {
  const path = join(dir, name);
  writeFileSync(path, onnxFile(graph));
  return path;
}

function closing(assistant: OpenAssistant): OpenAssistant {
  onTestFinished(() => assistant.close());
  return assistant;
}

function plainImage(width: number, height: number): AssistImage {
  return { width, height, data: new Uint8Array(width * height * 3).fill(128), key: 'plain' };
}

describe('reading text', () => {
  it('finds level and turned lines and reads them', async () => {
    const lines = `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="400">
      <rect width="800" height="400" fill="#eee"/>
      <text x="60" y="90" font-size="40" font-family="sans-serif">Serial 4711</text>
      <text x="120" y="300" font-size="36" font-family="sans-serif"
        transform="rotate(15 120 300)">hairline crack</text></svg>`;
    const image = await decodeImage(await sharp(Buffer.from(lines)).png().toBuffer());
    const { files } = await new Assistants(folder()).find('text');
    const assistant = closing(await openTextAssistant(files));
    const found = await assistant.suggest({ ...image, key: 'lines' }, [], signal);
    expect(found.map(({ text }) => text.replaceAll(' ', ''))).toEqual([
      'Serial4711',
      'hairlinecrack',
    ]);
    const [level, turned] = found.map(({ geometry }) => geometry);
    expect(level).toMatchObject({ kind: 'rotated-box', angleDegrees: expect.closeTo(0, 0) });
    expect(turned).toMatchObject({ kind: 'rotated-box' });
    if (turned?.kind === 'rotated-box') {
      expect(Math.abs(turned.angleDegrees - 15)).toBeLessThan(3);
      expect(Math.abs(turned.centerX - 270)).toBeLessThan(40);
    }
  });

  it('boxes each region of the map that is sure enough', () => {
    const [width, height] = [40, 20];
    const map = new Float32Array(width * height);
    const fill = (x0: number, y0: number, x1: number, y1: number, value: number): void => {
      for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) map[y * width + x] = value;
    };
    fill(2, 3, 12, 8, 0.9);
    fill(20, 3, 30, 8, 0.4); // above the binarization, below the score
    fill(2, 14, 12, 16, 0.9); // two pixels high
    const boxes = boxesOfMap(map, width, height);
    expect(boxes).toHaveLength(1);
    const distance = (10 * 5 * 1.5) / (2 * 15);
    expect(boxes[0]).toMatchObject({ centerX: 7, centerY: 5.5, angleDegrees: 0 });
    expect(boxes[0]?.width).toBeCloseTo(10 + 2 * distance);
    expect(boxes[0]?.height).toBeCloseTo(5 + 2 * distance);
    expect(boxes[0]?.score).toBeCloseTo(0.9);
  });

  it('reads classes by CTC: repetitions once, blanks between', () => {
    const steps = [1, 1, 0, 1, 2, 2, 3];
    const data = new Float32Array(steps.length * 4);
    steps.forEach((best, step) => (data[step * 4 + best] = 0.5));
    const read = decodeCtc({ data, shape: [1, steps.length, 4] }, ['a', 'b']);
    expect(read).toEqual({ text: 'aab', score: 0.5 }); // the class behind the last is a space
  });
});

describe('the smallest rectangle', () => {
  it('is found at any angle', () => {
    const random = new Random(3);
    for (let i = 0; i < 50; i++) {
      const angle = random.uniform(-44, 44);
      const [width, height] = [random.uniform(20, 60), random.uniform(2, 15)];
      const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
      const at = (u: number, v: number): Point => [50 + u * cos - v * sin, 40 + u * sin + v * cos];
      const corners = [-1, 1].flatMap((a) =>
        [-1, 1].map((b) => at((a * width) / 2, (b * height) / 2)),
      );
      const inside = Array.from({ length: 20 }, () =>
        at(random.uniform(-0.5, 0.5) * width, random.uniform(-0.5, 0.5) * height),
      );
      const found = minAreaRectangle([...inside, ...corners]);
      expect(found.centerX).toBeCloseTo(50, 6);
      expect(found.width).toBeCloseTo(width, 6);
      expect(found.height).toBeCloseTo(height, 6);
      expect(found.angleDegrees).toBeCloseTo(angle, 6);
    }
  });

  it('takes points on a line and single points', () => {
    expect(minAreaRectangle([[3, 4]])).toMatchObject({
      centerX: 3,
      centerY: 4,
      width: 0,
      height: 0,
    });
    expect(convexHull([[0, 0], [2, 0], [1, 0]])).toEqual([[0, 0], [2, 0]]); // prettier-ignore
    expect(minAreaRectangle([]).width).toBe(0);
  });
});

/** A detector that always sees the same, whatever the picture: [1, 4 + 2, 8]. */
function detector(): OnnxGraph {
  const rows = [
    [320, 322, 100, 500], // centre x
    [160, 161, 100, 300], // centre y
    [200, 200, 50, 20],
    [100, 100, 40, 10],
    [0.9, 0.8, 0.1, 0.2], // class 0
    [0.1, 0.1, 0.7, 0.1], // class 1
  ];
  return {
    inputs: [{ name: 'images', shape: [1, 3, 640, 640] }],
    outputs: [{ name: 'output0', shape: [1, 6, 8] }],
    constants: [
      { name: 'boxes', shape: [1, 6, 8], floats: rows.flatMap((row) => [...row, 0, 0, 0, 0]) },
      { name: 'zero', shape: [1], floats: [0] },
    ],
    nodes: [
      // The picture takes part, so that it must be of the right size.
      { op: 'ReduceMax', inputs: ['images'], outputs: ['most'], attributes: [{ name: 'keepdims', int: 0 }] }, // prettier-ignore
      { op: 'Mul', inputs: ['most', 'zero'], outputs: ['nothing'] },
      { op: 'Add', inputs: ['boxes', 'nothing'], outputs: ['output0'] },
    ],
  };
}

describe('proposing boxes', () => {
  it('brings boxes back to the picture, once each, by the names beside the model', async () => {
    const dir = folder();
    const path = modelFile(dir, 'parts.onnx', detector());
    writeFileSync(join(dir, 'parts.txt'), 'screw\nnut\n');
    const assistant = closing(await openBoxAssistant([path]));
    const found = await assistant.suggest(plainImage(1280, 640), [], signal);
    expect(found.map(({ labelName, score }) => [labelName, Math.round(score * 10)])).toEqual([
      ['screw', 9],
      ['nut', 7],
    ]);
    expect(found[0]?.geometry).toEqual({ kind: 'box', x: 440, y: 220, width: 400, height: 200 });
  });

  it('reads both layouts', () => {
    const v8 = new Float32Array(
      [10, 10, 4, 4, 0.1, 0.9].flatMap((value) => Array<number>(8).fill(value)),
    );
    expect(candidatesOf({ data: v8, shape: [1, 6, 8] })[0]).toMatchObject({
      left: 8,
      right: 12,
      category: 1,
    });
    const v5 = new Float32Array(
      Array.from({ length: 8 }, () => [10, 10, 4, 4, 0.5, 0.1, 0.9]).flat(),
    );
    const [box] = candidatesOf({ data: v5, shape: [1, 8, 7] });
    expect(box).toMatchObject({ left: 8, right: 12, category: 1 });
    expect(box?.score).toBeCloseTo(0.45);
  });

  it('keeps overlapping boxes of different classes', () => {
    const box = { left: 0, top: 0, right: 10, bottom: 10 };
    const kept = withoutOverlaps([
      { ...box, score: 0.5, category: 0 },
      { ...box, score: 0.6, category: 0 },
      { ...box, score: 0.4, category: 1 },
    ]);
    expect(kept.map(({ score }) => score)).toEqual([0.6, 0.4]);
  });

  it('refuses files that are no such model', async () => {
    const path = join(folder(), 'broken.onnx');
    writeFileSync(path, 'no model');
    await expect(openBoxAssistant([path])).rejects.toMatchObject({ code: 'assist/bad-model' });
    await expect(openBoxAssistant([`${path}.gone`])).rejects.toMatchObject({
      code: 'assist/bad-model',
    });
  });
});

describe('segmenting what is pointed at', () => {
  it('runs encoder and decoder and gives the mask in pixels of the picture', async () => {
    const dir = folder();
    const files = [
      modelFile(dir, 'encoder.onnx', encoder),
      modelFile(dir, 'decoder.onnx', decoder),
    ];
    const assistant = closing(await openSegmentAssistant(files));
    const prompts = [{ kind: 'point', x: 10, y: 5, isInside: true }] as const;
    const found = await assistant.suggest(plainImage(60, 30), prompts, signal);
    expect(found).toEqual([
      {
        geometry: { kind: 'mask', x: 0, y: 0, width: 60, height: 30, counts: [0, 1800] },
        score: 0.75,
        text: '',
        labelName: null,
      },
    ]);
    await expect(assistant.suggest(plainImage(60, 30), [], signal)).rejects.toMatchObject({
      code: 'assist/no-prompt',
    });
  });

  it('says when the files are the wrong way round', async () => {
    const dir = folder();
    const files = [
      modelFile(dir, 'encoder.onnx', encoder),
      modelFile(dir, 'decoder.onnx', decoder),
    ];
    await expect(openSegmentAssistant([...files].reverse())).rejects.toMatchObject({
      code: 'assist/bad-model',
    });
  });

  it('gives points and boxes in the coordinates and kinds of the decoder', () => {
    const box = { kind: 'box', x: 10, y: 20, width: 30, height: 40 } as const;
    const outside = { kind: 'point', x: 1, y: 2, isInside: false } as const;
    expect(promptTensors([outside], 2)).toMatchObject({
      point_coords: { data: Float32Array.of(2, 4, 0, 0), shape: [1, 2, 2] },
      point_labels: { data: Float32Array.of(0, -1) },
    });
    expect(promptTensors([box, outside], 2)).toMatchObject({
      point_coords: { data: Float32Array.of(20, 40, 80, 120, 2, 4), shape: [1, 3, 2] },
      point_labels: { data: Float32Array.of(2, 3, 0) },
    });
  });

  it('writes masks as run lengths over their smallest rectangle', () => {
    const logits = Float32Array.of(-1, -1, -1, -1, -1, 1, -1, 1, -1, 1, 1, -1);
    expect(maskOf(logits, 4, 3)).toEqual({
      kind: 'mask',
      x: 1,
      y: 1,
      width: 3,
      height: 2,
      counts: [0, 1, 1, 3, 1], // prettier-ignore
    });
    expect(maskOf(new Float32Array(12), 4, 3).width).toBe(0);
  });
});
