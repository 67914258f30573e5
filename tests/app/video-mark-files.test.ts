/** Marks of videos as files: what is written is read back, by this program and in the form of others. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { boxAt } from '../../src-main/ipc/contract/track-box.ts';
import type { MarkFileFormat } from '../../src-main/ipc/contract/video.ts';
import type { Keyframe, VideoEdit, VideoMarks } from '../../src-main/ipc/contract/video-marks.ts';
import { exportMarks, importMarks } from '../../src-main/app/video/mark-files.ts';
import { frameAt } from '../../src-main/app/video/mark-files/video-marks-format.ts';
import { TestCore } from './conversations-support.ts';

/** A video of a variable rate: frames last 20, 40, 60 ms in turn. */
const count = 120;
const seconds = Array.from(
  { length: count },
  (_, n) => Math.floor(n / 3) * 0.12 + [0, 0.02, 0.06][n % 3]!,
);
const video = { name: 'clip.mp4', seconds, durationSeconds: 4.8 };
const at = (frame: number): number => seconds[frame] ?? video.durationSeconds;

const segment = (startFrame: number, endFrame: number, more: object = {}) => ({
  ...{ startFrame, endFrame, startSeconds: at(startFrame), endSeconds: at(endFrame) },
  ...{ labelId: null, attributes: {}, text: '', ...more },
});
const keyframe = (frame: number, x: number, more: Partial<Keyframe> = {}): Keyframe => ({
  ...{ frame, seconds: at(frame), x, y: 10.5, width: 20, height: 30 },
  ...{ isOutside: false, isOccluded: false, ...more },
});

async function withMarks() {
  const core = await TestCore.start();
  const [one, other] = core.addItems(['clip.mp4', 'other.mp4'], {
    kind: 'video',
    frame_count: count,
  });
  const labelId = await core.call('annotation.createLabel', {
    ...{ name: 'a, "b"\nc', color: 1, attributes: [], skeleton: null },
  });
  const track = {
    ...{ labelId, attributes: {}, text: 'ball', isHidden: false, isLocked: false },
    keyframes: [
      keyframe(3, 0),
      keyframe(30, 90, { isOccluded: true }),
      keyframe(45, 100, { y: 40 }),
      keyframe(60, 0, { isOutside: true }),
      keyframe(80, 7),
      keyframe(119, 7),
    ],
  };
  const edits: VideoEdit[] = [
    { kind: 'add-segment', segment: segment(10, 50, { labelId, text: 'it, "runs"\r\non' }) },
    { kind: 'add-segment', segment: segment(100, 120, { text: ' 2' }) },
    { kind: 'add-event', event: { frame: 7, seconds: at(7), labelId, attributes: {}, text: '' } },
    { kind: 'add-track', track },
  ];
  await core.call('video.edit', { itemId: one!, edits, act: 'Mark' });
  const write = (format: MarkFileFormat, path: string) =>
    exportMarks(core.store, one!, video, format, path);
  const read = (path: string) => importMarks(core.store, other!, video, path);
  const marks = (itemId: number) => core.call('video.marks', { itemId });
  return { core, one: one!, other: other!, write, read, marks, labelId };
}

const plain = ({ segments, events, tracks }: VideoMarks): unknown => ({
  segments: segments.map(({ id: _, itemId: __, ...rest }) => rest),
  events: events.map(({ id: _, itemId: __, ...rest }) => rest),
  tracks: tracks.map(({ id: _, itemId: __, ...rest }) => rest),
});

const places = (marks: VideoMarks) =>
  marks.tracks.map(({ keyframes }) =>
    seconds.map((second, frame) => {
      const box = boxAt(keyframes, frame, second);
      return box === null ? null : [box.x, box.y, box.width, box.isOccluded];
    }),
  );

describe('a table of marks', () => {
  test('gives back every mark, and one undo takes the import away', async () => {
    const { core, one, other, write, read, marks } = await withMarks();
    const path = join(core.folder, 'marks.csv');
    const all = { segments: 2, moments: 1, tracks: 1 };
    expect(await write('csv', path)).toEqual({
      written: all,
      leftOut: { segments: 0, moments: 0, tracks: 0 },
    });
    expect(await read(path)).toEqual(all);
    expect(plain(await marks(other))).toEqual(plain(await marks(one)));
    await core.call('edits.undo', { scope: `item:${other}` });
    expect(plain(await marks(other))).toEqual({ segments: [], events: [], tracks: [] });
  });

  test('says which row is wrong, and adds nothing', async () => {
    const { core, other, read, marks } = await withMarks();
    const path = join(core.folder, 'bad.csv');
    const head = 'kind,track,label,text,start_frame,end_frame,start_s,end_s,x,y,width,height,state';
    for (const [row, said] of [
      ['segment,,a,,5,5', 'it ends before it begins'],
      ['moment,,a,,500', 'frame 500 is not there'],
      ['box,1,a,,5,,,,x,1,1,1,', 'no number in x'],
      ['song,,a', 'no kind of mark'],
      ['moment,,"a', 'quotation mark'],
    ] as const) {
      await writeFile(path, `${head}\nmoment,,fine,,1,,,\n${row}\n`);
      await expect(read(path), row).rejects.toThrow(said);
    }
    expect((await marks(other)).events).toEqual([]);
  });
});

describe('ActivityNet', () => {
  test('has the segments by seconds, and they come back to the frame', async () => {
    const { core, other, write, read, marks } = await withMarks();
    const path = join(core.folder, 'marks.json');
    expect((await write('activitynet', path)).leftOut).toEqual({
      segments: 0,
      moments: 1,
      tracks: 1,
    });
    const file = JSON.parse(await readFile(path, 'utf8')) as {
      database: Record<string, { duration: number; annotations: unknown[] }>;
    };
    expect(file.database['clip']).toMatchObject({
      duration: 4.8,
      annotations: [{ segment: [0.38, 1.98], label: 'a, "b"\nc' }, { segment: [3.98, 4.8] }],
    });
    await read(path);
    expect((await marks(other)).segments.map((one) => [one.startFrame, one.endFrame])).toEqual([
      [10, 50],
      [100, 120],
    ]);
  });

  test('of others is read: one video by whatever name, labels that are made', async () => {
    const { core, other, read, marks } = await withMarks();
    const path = join(core.folder, 'others.json');
    const annotations = [{ segment: [0.01, 0.05], label: 'High jump' }];
    await writeFile(path, JSON.stringify({ database: { v_xyz: { annotations } } }));
    await read(path);
    const [found] = (await marks(other)).segments;
    expect(found).toMatchObject({ startFrame: 0, endFrame: 2, endSeconds: 0.06 });
    expect(found?.labelId).not.toBeNull();
    annotations[0]!.segment = [9, 12];
    await writeFile(path, JSON.stringify({ database: { v_xyz: { annotations } } }));
    await expect(read(path)).rejects.toThrow('outside the video');
    await writeFile(path, JSON.stringify({ database: { a: {}, b: {} } }));
    await expect(read(path)).rejects.toThrow('says nothing of clip.mp4');
  });
});

describe('MOT', () => {
  test('has a box for each frame; read back they are where they were, frame by frame', async () => {
    const { core, one, other, write, read, marks } = await withMarks();
    const path = join(core.folder, 'gt.txt');
    expect((await write('mot', path)).leftOut).toEqual({ segments: 2, moments: 1, tracks: 0 });
    const lines = (await readFile(path, 'utf8')).split('\n');
    expect(lines[0]).toBe('# class 1: a, "b" c');
    expect(lines[1]).toBe('4,1,0,10.5,20,30,1,1,1');
    await read(path);
    const [before, after] = [places(await marks(one)), places(await marks(other))];
    expect(after[0]?.map((box) => box === null)).toEqual(before[0]?.map((box) => box === null));
    for (const [frame, box] of (before[0] ?? []).entries()) {
      if (box === null) continue;
      const [x, y, width, isOccluded] = after[0]?.[frame] ?? [];
      expect(Math.abs(Number(x) - Number(box[0])), `frame ${frame}`).toBeLessThan(0.02);
      expect(Math.abs(Number(y) - Number(box[1])), `frame ${frame}`).toBeLessThan(0.02);
      expect([width, isOccluded]).toEqual([box[2], box[3]]);
    }
    // Not a keyframe a frame: an even motion stays one.
    expect((await marks(other)).tracks[0]?.keyframes.length).toBeLessThan(12);
  });

  test('of others is read: ids of any order, gaps, classes as numbers', async () => {
    const { core, other, read, marks } = await withMarks();
    const path = join(core.folder, 'mot.txt');
    await writeFile(
      path,
      '1, 7, 10, 20, 5, 5, 1, 3, 1\n1,2,0,0,4,4,1,1,0.2\n2,7,12,20,5,5,1,3,1\n9,7,1,1,5,5,1,3,1\n',
    );
    expect(await read(path)).toEqual({ segments: 0, moments: 0, tracks: 2 });
    const { tracks } = await marks(other);
    const seven = tracks[0]?.keyframes.map(({ frame, isOutside }) => [frame, isOutside]);
    expect(seven).toEqual([
      ...[
        [0, false],
        [1, false],
        [2, true],
      ],
      ...[
        [8, false],
        [9, true],
      ],
    ]);
    expect(tracks[1]?.keyframes[0]?.isOccluded).toBe(true);
    await writeFile(path, '500,1,0,0,4,4,1,1,1\n');
    await expect(read(path)).rejects.toThrow('names frame 500');
  });
});

test('a file that is no marks is refused, with what would be right', async () => {
  const { core, read } = await withMarks();
  const path = join(core.folder, 'other.txt');
  for (const text of ['', 'hello', '{"a": 1}', '# class 1: only\n']) {
    await writeFile(path, text);
    await expect(read(path), text).rejects.toMatchObject({ code: 'video/marks-unreadable' });
  }
  await expect(read(join(core.folder, 'gone.csv'))).rejects.toMatchObject({
    code: 'media/file-unreadable',
  });
});

test('a moment falls on the frame that is shown then', () => {
  expect([0, 0.019, 0.02, 0.059, 0.06, 0.12, 99].map((moment) => frameAt(video, moment))).toEqual([
    0, 0, 1, 1, 2, 3, 119,
  ]);
});

test('a way to take frames is given to every conversation about a video, and taken back', async () => {
  const { core, one } = await withMarks();
  const turn = [{ role: 'user' as const, content: [] }];
  for (const sampling of [null, { fps: 2 }, { frames: 4 }]) {
    await core.call('conversations.create', {
      ...{ kind: 'free', items: [{ itemId: one, sampling }], turns: turn },
    });
  }
  const used = () => core.call('video.samplings', { itemId: one });
  const before = await used();
  const use = () => core.call('video.useSampling', { itemId: one, sampling: { frames: 4 } });
  expect(await use()).toEqual({ changed: 2 });
  expect(await used()).toMatchObject([{ sampling: { frames: 4 } }]);
  expect(await use()).toEqual({ changed: 0 });
  await core.call('edits.undo', { scope: `item:${one}` });
  expect(await used()).toEqual(before);
});
