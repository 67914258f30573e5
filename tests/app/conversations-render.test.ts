import { describe, expect, it } from 'vitest';
import { renderSample } from '../../src-main/app/conversations/render-sample.ts';
import type {
  RenderableSample,
  RenderSources,
} from '../../src-main/app/conversations/render-sample.ts';
import { writeRegion, writeTime } from '../../src-main/app/conversations/write-reference.ts';
import { LensmithError } from '../../src-main/base/errors.ts';
import type { Geometry } from '../../src-main/ipc/contract/shapes.ts';

const size = { width: 1000, height: 500 };

/** Each kind of mark, and the box around it in pixels; null where it marks nothing. */
const geometries: readonly (readonly [string, Geometry, readonly number[] | null])[] = [
  ['a box', { kind: 'box', x: 100, y: 50, width: 300, height: 200 }, [100, 50, 400, 250]],
  [
    'a turned box',
    { kind: 'rotated-box', centerX: 500, centerY: 250, width: 200, height: 100, angleDegrees: 90 },
    [450, 150, 550, 350],
  ],
  [
    'a polygon',
    {
      kind: 'polygon',
      points: [
        [10, 20],
        [110, 30],
        [60, 220],
      ],
    },
    [10, 20, 110, 220],
  ],
  [
    'a line by hand',
    {
      kind: 'freehand',
      points: [
        [400, 300],
        [350, 410],
      ],
    },
    [350, 300, 400, 410],
  ],
  [
    'a skeleton without what is not in the picture',
    {
      kind: 'skeleton',
      points: [
        { x: 0, y: 0, visibility: 0 },
        { x: 200, y: 100, visibility: 1 },
        { x: 250, y: 180, visibility: 2 },
      ],
    },
    [200, 100, 250, 180],
  ],
  [
    'a mask smaller than its rectangle',
    // Rows of 10: the second and third hold pixels 3 and 4.
    { kind: 'mask', x: 100, y: 200, width: 10, height: 4, counts: [13, 2, 8, 2, 15] },
    [103, 201, 105, 203],
  ],
  [
    'a mask whose run goes over the end of a row',
    { kind: 'mask', x: 0, y: 0, width: 10, height: 4, counts: [8, 4, 28] },
    [0, 0, 10, 2],
  ],
  ['an empty mask', { kind: 'mask', x: 0, y: 0, width: 10, height: 1, counts: [10] }, null],
  [
    'a skeleton of which nothing is seen',
    { kind: 'skeleton', points: [{ x: 5, y: 5, visibility: 0 }] },
    null,
  ],
];

describe('a mark in a text', () => {
  it.each(geometries)('%s is the box around it', (_, geometry, box) => {
    const pixels = writeRegion(geometry, size, 'pixel-box');
    expect(pixels).toBe(box === null ? null : `[${box.join(', ')}]`);
  });

  const box: Geometry = { kind: 'box', x: 120, y: 150, width: 430, height: 250 };

  it.each([
    ['normalized-box', '[0.12, 0.30, 0.55, 0.80]'],
    ['pixel-box', '[120, 150, 550, 400]'],
    ['box-tokens', '<box>(120,300),(550,800)</box>'],
  ] as const)('is written as %s', (dialect, expected) => {
    expect(writeRegion(box, size, dialect)).toBe(expected);
  });

  it.each([
    ['normalized-box', '(0.12, 0.30)'],
    ['pixel-box', '(120, 150)'],
    ['box-tokens', '(120, 300)'],
  ] as const)('is a place where it has no extent, as %s', (dialect, expected) => {
    expect(writeRegion({ kind: 'point', x: 120, y: 150 }, size, dialect)).toBe(expected);
  });

  it.each([
    ['normalized-box', '[0.00, 0.00, 1.00, 1.00]'],
    ['pixel-box', '[0, 0, 1000, 500]'],
    ['box-tokens', '<box>(0,0),(999,999)</box>'],
  ] as const)('ends at the edge of the picture, as %s', (dialect, expected) => {
    const beyond: Geometry = { kind: 'box', x: -30, y: -5, width: 2000, height: 900 };
    expect(writeRegion(beyond, size, dialect)).toBe(expected);
  });
});

it('writes times in seconds', () => {
  expect(writeTime(3240, null)).toBe('3.2s');
  expect(writeTime(0, 61_500)).toBe('0.0s-61.5s');
});

const sources: RenderSources = {
  item: (id) =>
    ({
      1: { kind: 'image' as const, path: '/media/a.jpg', ...size },
      2: { kind: 'video' as const, path: '/media/b.mp4', width: 320, height: 240 },
    })[id],
  mark: (part) =>
    part.type === 'region' && part.shapeId === 7
      ? { itemId: 1, geometry: { kind: 'box', x: 100, y: 50, width: 300, height: 200 } }
      : undefined,
};

const image = { type: 'image', path: '/media/a.jpg' };
const video = { type: 'video', path: '/media/b.mp4' };

function sampleWith(part: Partial<RenderableSample>): RenderableSample {
  return {
    items: [{ itemId: 1, sampling: null }],
    turns: [{ role: 'user', content: [{ type: 'text', text: 'What?' }] }],
    ...part,
  };
}

function render(part: Partial<RenderableSample>) {
  return renderSample(sampleWith(part), sources, 'pixel-box');
}

describe('a sample as messages', () => {
  it('joins words and references into one text', () => {
    const [message] = render({
      turns: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Is ' },
            { type: 'region', shapeId: 7 },
            { type: 'text', text: ' moving at ' },
            { type: 'time', itemId: 2, fromMs: 1500, toMs: null },
            { type: 'text', text: '?' },
          ],
        },
      ],
    });
    expect(message?.content).toEqual([
      image,
      { type: 'text', text: 'Is [100, 50, 400, 250] moving at 1.5s?' },
    ]);
  });

  it('puts media that no turn places before the first question, in their order', () => {
    const messages = render({
      items: [
        { itemId: 2, sampling: { frames: 4 } },
        { itemId: 1, sampling: null },
      ],
      turns: [
        { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
        { role: 'user', content: [{ type: 'text', text: 'What?' }] },
        { role: 'assistant', content: [{ type: 'text', text: 'A part.' }] },
      ],
    });
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant']);
    expect(messages[1]?.content).toEqual([
      { ...video, frames: 4 },
      image,
      { type: 'text', text: 'What?' },
    ]);
  });

  it('leaves media where a turn places them', () => {
    const messages = render({
      items: [
        { itemId: 1, sampling: null },
        { itemId: 2, sampling: null },
      ],
      turns: [
        { role: 'user', content: [{ type: 'text', text: 'First' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'then ' },
            { type: 'item', itemId: 1 },
            { type: 'text', text: ' last' },
          ],
        },
      ],
    });
    expect(messages[0]?.content).toEqual([video, { type: 'text', text: 'First' }]);
    expect(messages[1]?.content).toEqual([
      { type: 'text', text: 'then ' },
      image,
      { type: 'text', text: ' last' },
    ]);
  });

  it('gives media a question of their own where nobody asks', () => {
    const messages = render({
      turns: [{ role: 'assistant', content: [{ type: 'text', text: 'A cat.' }] }],
    });
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect(messages[0]?.content).toEqual([image]);
  });

  it('leaves out what is still empty at the end, and nothing else', () => {
    const messages = render({
      turns: [
        { role: 'user', content: [] },
        { role: 'assistant', content: [{ type: 'text', text: 'Yes.' }] },
        { role: 'user', content: [{ type: 'text', text: ' ' }] },
        { role: 'assistant', content: [] },
      ],
    });
    expect(messages).toHaveLength(2);
  });

  it('names every mark that is not there', () => {
    const failed = (() => {
      try {
        render({
          turns: [
            { role: 'user', content: [{ type: 'region', shapeId: 8 }] },
            { role: 'assistant', content: [{ type: 'region', shapeId: 9 }] },
          ],
        });
      } catch (error) {
        return error;
      }
    })();
    expect(failed).toBeInstanceOf(LensmithError);
    expect(failed).toMatchObject({
      code: 'conversations/region-missing',
      got: 'turn 1 (mark 8), turn 2 (mark 9)',
    });
  });

  it.each([
    ['of the sample', { items: [{ itemId: 3, sampling: null }] }],
    [
      'of a turn',
      { turns: [{ role: 'user' as const, content: [{ type: 'item' as const, itemId: 2 }] }] },
    ],
  ])('names a picture %s that is not there', (_, part) => {
    expect(() => render(part)).toThrow(
      expect.objectContaining({ code: 'conversations/item-missing' }),
    );
  });
});
