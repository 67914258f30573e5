import { describe, expect, test } from 'vitest';
import { boxAt, visibleSpans } from '../../src-main/ipc/contract/track-box.ts';
import type { Keyframe, VideoEdit } from '../../src-main/ipc/contract/video-marks.ts';
import { TestCore } from './conversations-support.ts';

const blank = { labelId: null, attributes: {}, text: '' };
const segment = (startFrame: number, endFrame: number, more = {}) => ({
  ...{ startFrame, endFrame, startSeconds: startFrame / 25, endSeconds: endFrame / 25 },
  ...{ ...blank, ...more },
});
const keyframe = (frame: number, x: number, more: Partial<Keyframe> = {}): Keyframe => ({
  ...{ frame, seconds: frame / 25, x, y: 10, width: 20, height: 30 },
  ...{ isOutside: false, isOccluded: false, ...more },
});

async function withClip() {
  const core = await TestCore.start();
  const itemId = core.addItem('clip.mp4', { kind: 'video', frame_count: 100 });
  const edit = (act: string, ...edits: VideoEdit[]) =>
    core.call('video.edit', { itemId, edits, act });
  const marks = () => core.call('video.marks', { itemId });
  return { core, itemId, edit, marks };
}

describe('marks on a video', () => {
  test('of every kind come back as they were made, and an act of several is one step', async () => {
    const { core, itemId, edit, marks } = await withClip();
    const [first] = await edit('Mark segment', {
      kind: 'add-segment',
      segment: segment(10, 50, { text: 'a <b>run</b>', attributes: { fast: true } }),
    });
    // A split: the first half ends where the second begins.
    const [, second] = await edit(
      'Split segment',
      { kind: 'change-segment', id: first ?? 0, change: { endFrame: 30, endSeconds: 30 / 25 } },
      { kind: 'add-segment', segment: segment(30, 50) },
    );
    const [event] = await edit('Mark moment', {
      kind: 'add-event',
      event: { frame: 99, seconds: 99 / 25, ...blank },
    });
    const split = await marks();
    expect(split.segments).toEqual([
      {
        id: first,
        itemId,
        ...segment(10, 30, { text: 'a <b>run</b>', attributes: { fast: true } }),
      },
      { id: second, itemId, ...segment(30, 50) },
    ]);
    expect(split.events).toEqual([{ id: event, itemId, frame: 99, seconds: 99 / 25, ...blank }]);

    const scope = `item:${itemId}`;
    await core.call('edits.undo', { scope });
    await core.call('edits.undo', { scope });
    const whole = await marks();
    expect(whole.segments.map(({ endFrame }) => endFrame)).toEqual([50]);
    await core.call('edits.redo', { scope });
    await core.call('edits.redo', { scope });
    expect(await marks()).toEqual(split);
  });

  test('are refused outside the video, upside down, with labels that are gone, on other items', async () => {
    const { core, edit, marks } = await withClip();
    const code = (codeOf: string) => expect.objectContaining({ code: codeOf }) as Error;
    const add = (startFrame: number, endFrame: number, more = {}) =>
      edit('Mark', { kind: 'add-segment', segment: segment(startFrame, endFrame, more) });
    await expect(add(10, 101)).rejects.toThrow(code('video/bad-time'));
    await expect(add(20, 20)).rejects.toThrow(code('video/bad-time'));
    await expect(add(1, 2, { labelId: 77 })).rejects.toThrow(code('video/no-label'));
    const picture = core.addItem('a.png');
    await expect(
      core.call('video.edit', {
        itemId: picture,
        edits: [{ kind: 'add-segment', segment: segment(0, 1) }],
        act: 'Mark',
      }),
    ).rejects.toThrow(code('video/no-item'));
    const [id = 0] = await add(0, 100);
    const other = core.addItem('other.mp4', { kind: 'video' });
    await expect(
      core.call('video.edit', {
        itemId: other,
        edits: [{ kind: 'remove-segment', id: id ?? 0 }],
        act: 'Delete',
      }),
    ).rejects.toThrow(code('video/foreign-mark'));
    expect((await marks()).segments).toHaveLength(1);
  });

  test('are found in the library by label and words, and give way to the label that replaces theirs', async () => {
    const { core, itemId, edit, marks } = await withClip();
    core.addItem('other.mp4', { kind: 'video' });
    const gust = core.addLabel('gust');
    const wind = core.addLabel('wind');
    const order = { view: 'library', sort: 'added', isDescending: true } as const;
    const found = async (filter: string): Promise<number> => {
      const { ids } = await core.call('library.list', { filter, ...order });
      return Buffer.from(ids, 'base64').length / 4;
    };
    await edit('Mark segment', {
      kind: 'add-segment',
      segment: segment(0, 5, { labelId: gust, text: 'leaves whirl' }),
    });
    expect(await found('label:gust')).toBe(1);
    expect(await found('annotated:yes')).toBe(1);
    expect(await found('whirl')).toBe(1);
    const labels = await core.call('annotation.labels', {});
    expect(labels.find(({ id }) => id === gust)?.shapes).toBe(1);
    await core.call('annotation.removeLabel', { id: gust, replacement: wind });
    expect((await marks()).segments[0]?.labelId).toBe(wind);
    expect(await found('wind')).toBe(1);
    expect((await core.call('library.cards', { itemIds: [itemId] }))[0]?.markCount).toBe(1);
  });

  test('keyframes are put, replaced and taken away; the last one stays', async () => {
    const { edit, marks } = await withClip();
    const facts = { ...blank, isHidden: false, isLocked: false };
    const [id = 0] = await edit('Draw track', {
      kind: 'add-track',
      track: { ...facts, keyframes: [keyframe(10, 0)] },
    });
    const trackId = id ?? 0;
    await edit('Move', { kind: 'set-keyframe', trackId, keyframe: keyframe(20, 100) });
    await edit('Move', { kind: 'set-keyframe', trackId, keyframe: keyframe(20, 50) });
    expect((await marks()).tracks[0]?.keyframes).toEqual([keyframe(10, 0), keyframe(20, 50)]);
    await edit('Delete keyframe', { kind: 'remove-keyframe', trackId, frame: 10 });
    await expect(
      edit('Delete keyframe', { kind: 'remove-keyframe', trackId, frame: 20 }),
    ).rejects.toThrow(expect.objectContaining({ code: 'video/no-keyframe' }) as Error);
  });
});

describe('a track', () => {
  const keyframes = [
    keyframe(10, 0),
    keyframe(20, 100, { isOccluded: true }),
    keyframe(30, 100, { isOutside: true }),
    keyframe(40, 7),
  ];
  const xAt = (frame: number, seconds = frame / 25) => boxAt(keyframes, frame, seconds)?.x ?? null;

  test('lies between its keyframes by time, stays before a gap and after its last', () => {
    expect(xAt(15)).toBeCloseTo(50);
    expect([9, 10, 20, 29, 30, 39, 40, 99].map((frame) => xAt(frame))).toEqual([
      ...[null, 0, 100, 100, null, null, 7, 7],
    ]);
    // Of a variable rate: frame 15 comes late.
    expect(xAt(15, 0.78)).toBeCloseTo(95);
    expect(boxAt(keyframes, 25, 1)).toMatchObject({ isOccluded: true, isKeyframe: false });
  });

  test('is in the picture in spans', () => {
    expect(visibleSpans(keyframes)).toEqual([
      { startFrame: 10, endFrame: 30 },
      { startFrame: 40, endFrame: null },
    ]);
  });
});
