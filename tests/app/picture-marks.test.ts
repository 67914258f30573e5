/** Marks of pictures in COCO's form: what is written is read back, and what others wrote is read as meant. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { maskOf, pixelsInside, pixelsOf } from '../../src-main/app/annotation/coco/mask-pixels.ts';
import {
  columnsOfMask,
  maskOfColumns,
  unpackRuns,
} from '../../src-main/app/annotation/coco/run-lengths.ts';
import { Random } from '../../src-main/base/random.ts';
import type {
  MarksExportResult,
  MarksImportResult,
} from '../../src-main/ipc/contract/annotation.ts';
import type { Geometry, NewShape } from '../../src-main/ipc/contract/shapes.ts';
import { TestCore } from './conversations-support.ts';

const size = { width: 1000, height: 500 };

const shape = (
  labelId: number | null,
  geometry: Geometry,
  more: Partial<NewShape> = {},
): NewShape => ({
  ...{ labelId, geometry, attributes: {}, isLocked: false, isHidden: false, isDraft: false },
  ...{ source: 'person', text: '', ...more },
});

const box: Geometry = { kind: 'box', x: 10.1, y: 20.2, width: 30.3, height: 40.4 };
const polygon: Geometry = {
  kind: 'polygon',
  points: [
    [0, 0],
    [100, 0],
    [100, 50.5],
  ],
};
/** A ring of 5 × 4 pixels, in a rectangle that is larger than it is. */
const mask: Geometry = {
  ...{ kind: 'mask', x: 7, y: 9, width: 6, height: 5 },
  counts: [0, 5, 1, 1, 3, 1, 1, 1, 3, 1, 1, 5, 7],
};
const ring: Geometry = {
  ...{ kind: 'mask', x: 7, y: 9, width: 5, height: 4 },
  counts: [0, 6, 3, 2, 3, 6],
};

async function exported(core: TestCore, path: string, itemIds: number[] | null = null) {
  const scope = { itemIds, filter: '' };
  const check = await core.call('annotation.exportCheck', scope);
  const { jobId } = await core.call('annotation.exportMarks', { ...scope, path });
  const { result, error } = await core.finished(jobId);
  expect(error).toBeNull();
  return { check, result: result as MarksExportResult };
}

async function imported(core: TestCore, path: string): Promise<MarksImportResult> {
  const { jobId } = await core.call('annotation.importMarks', { path });
  const { result, error } = await core.finished(jobId);
  expect(error).toBeNull();
  return result as MarksImportResult;
}

async function importedFrom(core: TestCore, document: unknown): Promise<MarksImportResult> {
  const path = join(core.folder, 'marks.json');
  writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document));
  return imported(core, path);
}

const marksOn = async (core: TestCore, itemId: number) =>
  (await core.call('annotation.shapes', { itemId })).map(({ geometry, attributes, text }) => ({
    ...{ geometry, attributes, text },
  }));

/** As a labelling program writes it. */
const coco = (annotations: readonly object[], more: object = {}) => ({
  images: [{ id: 5, file_name: 'a.png', ...size }],
  categories: [
    { id: 1, name: 'crack', supercategory: '' },
    { id: 2, name: 'hand', keypoints: ['wrist', 'tip'], skeleton: [[1, 2]] },
  ],
  annotations: annotations.map((one, at) => ({ id: at + 1, image_id: 5, category_id: 1, ...one })),
  ...more,
});

describe('there and back', () => {
  async function withMarks() {
    const core = await TestCore.start();
    const [one] = core.addItems(['a.png', 'b.png']);
    core.addItem('c.mp4', { kind: 'video' });
    const facts = { color: 3, attributes: [], skeleton: null };
    const crack = await core.call('annotation.createLabel', { ...facts, name: 'crack' });
    const hand = await core.call('annotation.createLabel', {
      ...{ ...facts, name: 'hand' },
      skeleton: {
        joints: ['wrist', 'tip', 'thumb'],
        bones: [
          [0, 1],
          [0, 2],
        ],
      },
    });
    const joints: Geometry = {
      kind: 'skeleton',
      points: [
        { x: 5, y: 6, visibility: 2 },
        { x: 50, y: 60.25, visibility: 1 },
        { x: 0, y: 0, visibility: 0 },
      ],
    };
    const turned: Geometry = {
      ...{ kind: 'rotated-box', centerX: 200, centerY: 100, width: 40, height: 20 },
      angleDegrees: 90,
    };
    const shapes = [
      shape(crack, box, { attributes: { grade: 'II', deep: true, depth: 0.5 }, text: 'read it' }),
      shape(crack, polygon),
      shape(crack, mask),
      shape(hand, joints),
      shape(crack, turned),
      shape(null, box),
      shape(crack, { kind: 'point', x: 1, y: 1 }),
      shape(crack, box, { isDraft: true }),
    ];
    await core.call('annotation.create', { itemId: one!, shapes, act: 'Draw' });
    const path = join(core.folder, 'marks.json');
    return { core, one: one!, path, joints };
  }

  test('every form that COCO has is read back, with its labels, and the rest was told before', async () => {
    const { core, path, joints } = await withMarks();
    const { check, result } = await exported(core, path);
    expect(check).toEqual({ pictures: 2, marks: 5, unlabelled: 1, withoutForm: 1, turned: 1 });
    expect(result).toEqual({ path, pictures: 2, marks: 5, leftOut: 2 });

    const again = await TestCore.start();
    const [item] = again.addItems(['a.png', 'b.png']);
    const report = await imported(again, path);
    expect(report).toMatchObject({ pictures: 1, marks: 5, alreadyThere: 0, issueCount: 0 });
    expect(await marksOn(again, item!)).toEqual([
      { geometry: box, attributes: { grade: 'II', deep: true, depth: 0.5 }, text: 'read it' },
      { geometry: polygon, attributes: {}, text: '' },
      { geometry: ring, attributes: {}, text: '' },
      { geometry: joints, attributes: {}, text: '' },
      {
        ...{ attributes: {}, text: '' },
        geometry: {
          kind: 'polygon',
          points: [
            [210, 80],
            [210, 120],
            [190, 120],
            [190, 80],
          ],
        },
      },
    ]);
    const labels = await again.call('annotation.labels', {});
    expect(
      labels.map(({ name, attributes, skeleton }) => ({ name, attributes, skeleton })),
    ).toEqual([
      {
        ...{ name: 'crack', skeleton: null },
        attributes: [
          { name: 'grade', kind: 'text', options: [] },
          { name: 'deep', kind: 'flag', options: [] },
          { name: 'depth', kind: 'number', options: [] },
        ],
      },
      {
        ...{ name: 'hand', attributes: [] },
        skeleton: {
          joints: ['wrist', 'tip', 'thumb'],
          bones: [
            [0, 1],
            [0, 2],
          ],
        },
      },
    ]);
  });

  test('what is there already does not come twice, and one undo takes all of an import away', async () => {
    const { core, path } = await withMarks();
    await exported(core, path);
    expect(await imported(core, path)).toMatchObject({ pictures: 0, marks: 0, alreadyThere: 5 });
    const again = await TestCore.start();
    const [item] = again.addItems(['a.png']);
    await imported(again, path);
    await again.call('edits.undo', { scope: 'library' });
    expect(await marksOn(again, item!)).toEqual([]);
    expect(await again.call('annotation.labels', {})).toEqual([]);
  });

  test('the file is as COCO says: sizes, areas, categories, run lengths by columns', async () => {
    const { core, one, path } = await withMarks();
    await exported(core, path, [one]);
    const file = JSON.parse(readFileSync(path, 'utf8'));
    expect(file.images).toEqual([{ id: one, file_name: 'a.png', ...size }]);
    expect(file.categories[1]).toMatchObject({
      keypoints: ['wrist', 'tip', 'thumb'],
      skeleton: [
        [1, 2],
        [1, 3],
      ],
    });
    const [boxed, outlined, masked, jointed] = file.annotations;
    expect(boxed).toMatchObject({ bbox: [10.1, 20.2, 30.3, 40.4], area: 1224.12, iscrowd: 0 });
    expect(outlined).toMatchObject({
      ...{ segmentation: [[0, 0, 100, 0, 100, 50.5]], area: 2525, bbox: [0, 0, 100, 50.5] },
    });
    expect(masked).toMatchObject({ bbox: [7, 9, 5, 4], area: 14 });
    expect(masked.segmentation.size).toEqual([500, 1000]);
    expect(masked.segmentation.counts.slice(0, 6)).toEqual([7 * 500 + 9, 4, 496, 1, 2, 1]);
    expect(jointed).toMatchObject({
      keypoints: [5, 6, 2, 50, 60.25, 1, 0, 0, 0],
      num_keypoints: 2,
    });
  });

  test('pictures of one name are told apart by their folders', async () => {
    const core = await TestCore.start();
    const [left, right] = ['left', 'right'].map((folder) =>
      core.addItem('scan.png', { path: `/data/${folder}/scan.png`, hash: folder }),
    );
    const label = core.addLabel('crack');
    core.addBox(left!, label, [1, 1, 1, 1]);
    core.addBox(right!, label, [2, 2, 2, 2]);
    const path = join(core.folder, 'marks.json');
    await exported(core, path);
    const names = JSON.parse(readFileSync(path, 'utf8')).images.map(
      (one: { file_name: string }) => one.file_name,
    );
    expect(names.toSorted()).toEqual(['left/scan.png', 'right/scan.png']);
    expect(await imported(core, path)).toMatchObject({ marks: 0, alreadyThere: 2, issueCount: 0 });
  });
});

describe('files of other programs', () => {
  test('outlines in parts are one mask, packed masks are unpacked, a crowd stays one', async () => {
    const core = await TestCore.start();
    const item = core.addItem('a.png', { width: 4, height: 3 });
    const report = await importedFrom(core, {
      ...coco([
        {
          segmentation: [
            [0, 0, 1, 0, 1, 1, 0, 1],
            [2, 1, 4, 1, 4, 3, 2, 3],
          ],
          bbox: [0, 0, 4, 3],
        },
        // 0 outside, 6 inside, 1 outside, 3 inside, 2 outside, column by column.
        { segmentation: { size: [3, 4], counts: '061M1' }, iscrowd: 1, bbox: [0, 0, 4, 3] },
        { segmentation: [], bbox: [1, 1, 2, 1], attributes: { occluded: false, rotation: 0 } },
        { bbox: [1, 1, 2, 1], attributes: { rotation: 30 } },
      ]),
      images: [{ id: 5, file_name: 'images/a.png', width: 4, height: 3 }],
    });
    expect(report).toMatchObject({ pictures: 1, marks: 4, issueCount: 0 });
    const marks = await marksOn(core, item);
    expect(marks.map(({ geometry }) => geometry)).toEqual([
      { kind: 'mask', x: 0, y: 0, width: 4, height: 3, counts: [0, 1, 5, 2, 2, 2] },
      { kind: 'mask', x: 0, y: 0, width: 4, height: 3, counts: [0, 2, 1, 4, 1, 3, 1] },
      { kind: 'box', x: 1, y: 1, width: 2, height: 1 },
      {
        ...{ kind: 'rotated-box', centerX: 2, centerY: 1.5, width: 2, height: 1 },
        angleDegrees: 30,
      },
    ]);
    expect(marks.map(({ attributes }) => attributes)).toEqual([
      {},
      { iscrowd: true },
      { occluded: false },
      {},
    ]);
  });

  test('a mark of byte order before it, empty lists and nulls are no matter', async () => {
    const core = await TestCore.start();
    const item = core.addItem('a.png');
    const category = { id: 1, name: 'crack', keypoints: null, skeleton: null };
    const nothing = { segmentation: null, keypoints: null, iscrowd: null, attributes: null };
    const file = coco([{ bbox: [1, 2, 3, 4], ...nothing }], { categories: [category] });
    const report = await importedFrom(core, `\uFEFF${JSON.stringify(file, null, 2)}`);
    expect(report).toMatchObject({ marks: 1, issueCount: 0 });
    expect(await marksOn(core, item)).toHaveLength(1);
    const empty = await importedFrom(core, { images: [], annotations: [], categories: [] });
    expect(empty).toMatchObject({ marks: 0, issueCount: 0 });
  });

  test('what cannot be placed or read is said one by one, and the rest is there', async () => {
    const core = await TestCore.start();
    const item = core.addItem('a.png');
    core.addItem('small.png', { width: 10 });
    core.addItems(['twice.png'], { path: '/x/twice.png', hash: 'x' });
    core.addItems(['twice.png'], { path: '/y/twice.png', hash: 'y' });
    const images = [
      { id: 5, file_name: 'a.png', ...size },
      { id: 6, file_name: 'gone.png', ...size },
      { id: 7, file_name: 'small.png', ...size },
      { id: 8, file_name: 'twice.png', ...size },
      { id: 9, file_name: 'bad.png', width: 0, height: 5 },
    ];
    const on = (image_id: number) => ({ image_id, bbox: [1, 1, 2, 2] });
    const report = await importedFrom(core, {
      ...coco([
        { bbox: [1, 1, 2, 2] },
        ...[6, 7, 8, 9].map(on),
        { category_id: 44, bbox: [1, 1, 2, 2] },
        { bbox: [1, 1, -2, 2] },
        { bbox: [1, 1] },
        { segmentation: [[1, 2, 3]] },
        { segmentation: { size: [500, 1000], counts: [4, 5] } },
        { segmentation: { size: [3, 4], counts: '06' } },
        { segmentation: { size: [500, 1000], counts: 'é' } },
        { keypoints: [1, 2, 2], category_id: 2 },
        { keypoints: [1, 2, 7, 1, 1, 1], category_id: 2 },
        { bbox: ['x', 1, 2, 3] },
        { bbox: [1e300, 1, 2, 3] },
      ]),
      images,
    });
    expect(report).toMatchObject({ pictures: 1, marks: 1 });
    expect(report.issues).toEqual([
      'Picture 5: width is missing, or not as it should be',
      'Annotation 5: its picture is not in the file',
      'Annotation 6: its category is not in the file',
      'Annotation 7: a side of its box is below 0',
      'Annotation 8: nothing of it can be drawn',
      'Annotation 9: an outline of it has 1.5 corners, not 3 to 20000',
      'Annotation 10: the run lengths of its mask do not fill its picture',
      'Annotation 11: its mask is 4 × 3, and its picture 1000 × 500',
      'Annotation 12: its mask is no packed run lengths',
      'Annotation 13: it has 1 keypoints, and its category 2',
      "Annotation 14: a keypoint's visibility is 7, not 0, 1 or 2",
      'Annotation 15: bbox.0 is missing, or not as it should be',
      'Annotation 16: A mark lies too far from its picture.',
      'gone.png is not in the library; its marks (1) have no picture.',
      'small.png is 1000 × 500 in the file, and 10 × 500 here.',
      'twice.png could be any of 2 pictures of the library.',
    ]);
    expect(await marksOn(core, item)).toHaveLength(1);
  });

  test('labels with other joints keep theirs, and values of another kind become words', async () => {
    const core = await TestCore.start();
    const item = core.addItem('a.png');
    const facts = { color: 0, skeleton: null };
    await core.call('annotation.createLabel', {
      ...{ ...facts, name: 'crack' },
      attributes: [
        { name: 'grade', kind: 'choice', options: ['I'] },
        { name: 'depth', kind: 'number', options: [] },
      ],
    });
    await core.call('annotation.createLabel', {
      ...{ ...facts, name: 'hand', attributes: [] },
      skeleton: { joints: ['tip', 'wrist'], bones: [] },
    });
    const report = await importedFrom(
      core,
      coco([
        { bbox: [1, 1, 2, 2], attributes: { grade: 2, depth: 'deep', list: [1] } },
        { category_id: 2, keypoints: [1, 1, 2, 3, 3, 2] },
      ]),
    );
    expect(report.issues).toEqual([
      'The joints of hand are others here than in the file; its keypoints are left out.',
    ]);
    expect((await marksOn(core, item)).map(({ attributes }) => attributes)).toEqual([
      { grade: '2', depth: 'deep' },
    ]);
    const [crack] = await core.call('annotation.labels', {});
    expect(crack?.attributes).toEqual([
      { name: 'grade', kind: 'choice', options: ['I', '2'] },
      { name: 'depth', kind: 'text', options: [] },
    ]);
  });

  test.each([
    ['no JSON', 'not json'],
    ['a list', '[1, 2]'],
    ['another object', '{"images": []}'],
    ['nothing', ''],
  ])('%s is refused, and nothing is added', async (_, text) => {
    const core = await TestCore.start();
    core.addItem('a.png');
    const path = join(core.folder, 'marks.json');
    writeFileSync(path, text);
    const { jobId } = await core.call('annotation.importMarks', { path });
    const { state, error } = await core.finished(jobId);
    expect(state).toBe('failed');
    expect(error?.code).toBe('annotation/marks-unreadable');
    expect(await core.call('annotation.labels', {})).toEqual([]);
  });
});

describe('run lengths', () => {
  // Of the reference's code, by other implementations of it.
  test.each([
    [[0, 6, 1, 3], '061M'],
    [[0, 6, 1, 6], '0610'],
    [[0, 1, 1, 2, 1, 3, 1, 4, 1], '011101010'],
    [[0, 1024], '0PP1'],
  ])('%j is packed as %s', (counts, packed) => {
    expect(unpackRuns(packed)).toEqual(counts);
  });

  test.each(['P', 'o'.repeat(9), '\u0000', '~~'])('%j is refused', (text) => {
    const read = (): unknown => maskOfColumns(unpackRuns(text), { width: 4, height: 3 });
    expect(read).toThrow();
  });

  test('masks turn into columns and back, wherever they lie', () => {
    const random = new Random(3);
    const below = (end: number): number => Math.floor(random.next() * end);
    for (let round = 0; round < 200; round += 1) {
      const picture = { width: 1 + below(9), height: 1 + below(9) };
      const whole = {
        ...{ x: -2, y: -2, width: picture.width + 4, height: picture.height + 4 },
      };
      const pixels = Uint8Array.from({ length: whole.width * whole.height }, () => below(2));
      const back = maskOfColumns(columnsOfMask(maskOf({ ...whole, pixels }), picture), picture);
      const isIn = (x: number, y: number): number =>
        pixels[(y + 2) * whole.width + x + 2] as number;
      const found = back === null ? null : pixelsOf(back);
      for (let y = 0; y < picture.height; y += 1) {
        for (let x = 0; x < picture.width; x += 1) {
          const [column, row] = [x - (found?.x ?? 0), y - (found?.y ?? 0)];
          const isInside =
            found !== null && column >= 0 && row >= 0 && column < found.width && row < found.height;
          const value = isInside ? found.pixels[row * found.width + column] : 0;
          expect(value).toBe(isIn(x, y));
        }
      }
    }
  });

  test('outlines enclose the pixels whose centres are inside', () => {
    const square = (x: number, y: number, side: number): [number, number][] => [
      ...([
        [x, y],
        [x + side, y],
        [x + side, y + side],
        [x, y + side],
      ] as [number, number][]),
    ];
    const inside = pixelsInside([square(0.4, 0.4, 2), square(1.6, 1.6, 3)], {
      ...{ x: 0, y: 0, width: 4, height: 4 },
    });
    expect(inside).toMatchObject({ x: 0, y: 0, width: 4, height: 4 });
    expect([...(inside?.pixels ?? [])]).toEqual([1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1]);
    expect(pixelsInside([square(9, 9, 2)], { x: 0, y: 0, width: 4, height: 4 })).toBeNull();
  });
});
