import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/lib/paths.mjs';
import { boxAt } from '../../src-main/ipc/contract/track-box.ts';
import { clipKinds, makeClips } from '../support/clips.ts';
import { Annotating, eventually } from './support/annotating.ts';
import { useApp } from './support/app.ts';
import { draw, press } from './support/input.ts';
import { HeldAnswers } from './support/page-answers.ts';
import { screenshot } from './support/screenshot.ts';
import { VideoStage } from './support/video-stage.ts';

const ui = useApp();
const size = { width: 80, height: 48 };
/** Pictures are taken when they are asked for. */
const themes =
  process.env['LENSMITH_SCREENSHOTS'] === '1' ? (['light', 'dark'] as const) : ([] as const);

describe('a video on the annotate screen', () => {
  it('shows the very frame that training decodes, of every kind of clip, stepped, sought and stopped', async () => {
    const { bFrames, vp9, variable, turned, edited, mpeg4 } = clipKinds;
    const kinds = [bFrames, vp9, variable, turned, edited, mpeg4];
    const a = await Annotating.start(ui, (folder) => makeClips(folder, kinds));
    const stage = new VideoStage(a);
    const idOf = new Map<string, number>();
    for (const itemId of a.itemIds) {
      const { name } = await a.rpc.call<{ name: string }>('library.item', { itemId });
      idOf.set(name, itemId);
    }
    for (const { name, frames, degrees, first } of kinds) {
      await stage.open(idOf.get(name) ?? 0);
      const isAt = async (frame: number): Promise<void> => {
        await stage.stands(frame);
        expect(await stage.frame(), name).toBe(frame);
        expect(await stage.number(degrees), `${name}, frame ${frame}`).toBe(first + frame);
      };
      await isAt(0);
      await press(a.page, 'ArrowRight', '.', 'ArrowRight');
      await isAt(3);
      await stage.isExact();
      await press(a.page, ',');
      await isAt(2);
      await press(a.page, 'End');
      await isAt(frames - 1);
      await press(a.page, 'ArrowLeft');
      await isAt(frames - 2);
      await a.page.getByRole('textbox', { name: 'Go to a time or frame' }).fill('7');
      await press(a.page, 'Enter');
      await isAt(7);
    }

    // The browser's own picture while it runs; a stop is a decoded frame again.
    for (const { name, degrees, first } of [vp9, edited]) {
      await stage.open(idOf.get(name) ?? 0);
      await press(a.page, 'l');
      await eventually(() => stage.frame()).toBeGreaterThan(4);
      await press(a.page, 'k');
      await stage.isExact();
      const stopped = await stage.frame();
      expect(await stage.number(degrees)).toBe(first + stopped);
    }
    // Backwards by decoded frames.
    await press(a.page, 'End', 'j');
    await eventually(() => stage.frame()).toBeLessThan(edited.frames - 4);
    await press(a.page, 'k');
    await stage.isExact();
    expect(await stage.number()).toBe(edited.first + (await stage.frame()));

    // What the browser does not play gets a preview; its stops are the original's frames.
    const old = idOf.get(mpeg4.name) ?? 0;
    await stage.open(old);
    await a.page.getByRole('button', { name: 'Make a preview to play' }).click();
    await eventually(
      async () =>
        (await a.rpc.call<{ hasPreview: boolean }>('video.clip', { itemId: old })).hasPreview,
    ).toBe(true);
    await a.page.getByText('This browser does not play').waitFor({ state: 'detached' });
    await press(a.page, 'Space');
    await eventually(() => stage.frame()).toBeGreaterThan(4);
    await press(a.page, 'Space');
    await stage.isExact();
    expect(await stage.number()).toBe(await stage.frame());
  }, 240_000);

  it('is marked by keys and mouse, and says what a model would not see', async () => {
    const a = await Annotating.start(ui, (folder) => makeClips(folder, [clipKinds.vp9]));
    const stage = new VideoStage(a);
    const [itemId = 0] = a.itemIds;
    const run = await a.createLabel('run', 0);
    const marks = () => stage.marks(itemId);
    const spans = async () =>
      (await marks()).segments.map(({ startFrame, endFrame }) => [startFrame, endFrame]);
    const goTo = async (frame: number): Promise<void> => {
      await press(a.page, 'Control+g');
      await a.page.keyboard.type(String(frame));
      await press(a.page, 'Enter');
      await stage.stands(frame);
    };
    await stage.open(itemId);

    await a.page.getByRole('button', { name: 'run', exact: true }).waitFor();
    await press(a.page, '1');
    await goTo(10);
    await press(a.page, 'i');
    await goTo(29);
    await press(a.page, 'o');
    await eventually(spans).toEqual([[10, 30]]);
    const [made] = (await marks()).segments;
    // To the millisecond, as the container tells it.
    expect(made).toMatchObject({ labelId: run, startSeconds: 0.333, endSeconds: 1 });

    await goTo(20);
    await press(a.page, 's');
    await eventually(spans).toEqual([
      [10, 20],
      [20, 30],
    ]);
    // The second half is chosen: its edges move by frames.
    await press(a.page, 'Alt+ArrowRight', 'Alt+ArrowRight', 'Alt+Shift+ArrowLeft');
    await eventually(spans).toEqual([
      [10, 20],
      [22, 29],
    ]);
    await press(a.page, 'Control+z', 'Control+z', 'Control+z');
    await eventually(spans).toEqual([
      [10, 20],
      [20, 30],
    ]);
    await a.page.locator('[data-segment]').first().click();
    await press(a.page, 'Shift+M');
    await eventually(spans).toEqual([[10, 30]]);

    // An edge is dragged, and snaps to the playhead.
    await eventually(() => a.page.locator('[data-segment]').count()).toBe(1);
    await goTo(45);
    const edge = a.page.getByRole('slider', { name: 'End of run' });
    const from = await edge.boundingBox();
    const head = await a.page.getByRole('slider', { name: 'Playhead' }).boundingBox();
    if (from === null || head === null) throw new Error('there is no edge');
    const y = from.y + from.height / 2;
    await draw(a.page, [
      { x: from.x + 3, y },
      { x: head.x + 4, y },
    ]);
    await eventually(spans).toEqual([[10, 45]]);

    await goTo(50);
    await press(a.page, 'Escape', 'e');
    await eventually(async () => (await marks()).events.map(({ frame }) => frame)).toEqual([50]);

    // A box, moved at another frame, lies between in between.
    await goTo(0);
    await press(a.page, 'b');
    await draw(
      a.page,
      await a.places(size, [
        [10, 26],
        [30, 44],
      ]),
    );
    await eventually(async () => (await marks()).tracks.length).toBe(1);
    await a.page.locator('[data-track]').waitFor();
    await press(a.page, 'v');
    await goTo(30);
    await draw(
      a.page,
      await a.places(size, [
        [20, 35],
        [50, 35],
      ]),
    );
    await eventually(async () => (await marks()).tracks[0]?.keyframes.length).toBe(2);
    const [track] = (await marks()).tracks;
    const x = (frame: number): number => boxAt(track?.keyframes ?? [], frame, frame / 30)?.x ?? NaN;
    expect(x(30) - x(0)).toBeCloseTo(30, 0);
    expect(x(15) - x(0)).toBeCloseTo(15, 0);
    await goTo(40);
    await press(a.page, 'x');
    await eventually(async () =>
      (await marks()).tracks[0]?.keyframes.map(({ isOutside }) => isOutside),
    ).toEqual([false, false, true]);
    await press(a.page, 'PageUp');
    await stage.stands(30);

    // One frame a second: 0 and 30; the moment at 50 lies between.
    await a.page.getByRole('combobox', { name: 'Frames for the model' }).selectOption({
      label: '1 frames a second',
    });
    const sampled = () =>
      a.page
        .locator('[data-sampled]')
        .evaluateAll((ticks) => ticks.map((tick) => Number(tick.getAttribute('data-sampled'))));
    await eventually(sampled).toEqual([0, 30]);
    const warning = a.page.getByText('1 moment not seen');
    await warning.waitFor();
    await a.page.getByRole('button', { name: /^\d+ a second/ }).click();
    await warning.waitFor({ state: 'detached' });
    expect(await sampled()).toContain(50);

    // What was tried out goes into the conversations about it.
    await a.rpc.call('conversations.create', {
      ...{ kind: 'free', items: [{ itemId, sampling: null }], turns: [] },
    });
    await a.page.getByRole('button', { name: 'Use in 1 conversation' }).click();
    const samplings = () => a.rpc.call('video.samplings', { itemId });
    await eventually(samplings).toMatchObject([
      { sampling: { fps: expect.any(Number) as number } },
    ]);

    // The marks as a file, and once more from it.
    const path = join(tmpdir(), `lensmith-marks-${process.pid}.csv`);
    const before = await marks();
    const fileAct = async (name: string, start: string): Promise<void> => {
      await a.page.getByRole('button', { name: 'Marks as a file' }).click();
      await a.page.getByRole('menuitem', { name }).click();
      const dialog = a.page.getByRole('dialog');
      await dialog.getByRole('textbox', { name: 'File' }).fill(path);
      await dialog.getByRole('button', { name: start }).click();
      await dialog.waitFor({ state: 'detached' });
    };
    await fileAct('Export marks…', 'Export');
    await fileAct('Import marks…', 'Import');
    rmSync(path);
    const after = await marks();
    expect(after.events.length).toBe(2 * before.events.length);
    expect(after.tracks.length).toBe(2 * before.tracks.length);
  }, 120_000);

  it('lets acts in quick succession build on what undo left', async () => {
    const a = await Annotating.start(ui, (folder) => makeClips(folder, [clipKinds.vp9]));
    const stage = new VideoStage(a);
    const [itemId = 0] = a.itemIds;
    const span = (startFrame: number, endFrame: number) => ({
      ...{ startFrame, endFrame, startSeconds: startFrame / 30, endSeconds: endFrame / 30 },
      ...{ labelId: null, attributes: {}, text: '' },
    });
    await a.rpc.call('video.edit', {
      itemId,
      edits: [
        { kind: 'add-segment', segment: span(10, 20) },
        { kind: 'add-segment', segment: span(20, 30) },
      ],
      act: 'Mark',
    });
    const answers = await HeldAnswers.of(a.page, 'video.marks');
    await stage.open(itemId);
    const bars = a.page.locator('[data-segment]');
    await bars.nth(1).click();
    await press(a.page, 'Alt+Shift+ArrowLeft');
    await a.page
      .getByRole('slider', { name: 'End of' })
      .and(a.page.locator('[aria-valuenow="29"]'))
      .waitFor();
    await bars.first().click();
    answers.hold();
    await press(a.page, 'Control+z', 'Shift+M');
    const spans = async () =>
      (await stage.marks(itemId)).segments.map(({ startFrame, endFrame }) => [
        startFrame,
        endFrame,
      ]);
    await eventually(spans).toContainEqual([20, 30]);
    answers.release();
    await eventually(spans).toEqual([[10, 30]]);
  });

  it.each(themes)('has its picture taken, %s', async (theme) => {
    const clip = join(root, 'resources', 'sample-project', 'clips', 'train-belt.mp4');
    const a = await Annotating.start(ui, () => Promise.resolve([clip]), { theme });
    const stage = new VideoStage(a);
    const [itemId = 0] = a.itemIds;
    await markBelt(a, itemId);
    await stage.open(itemId);
    await a.page.locator('[data-track]').first().click();
    await press(a.page, 'Control+g');
    await a.page.keyboard.type('14');
    await press(a.page, 'Enter');
    await stage.stands(14);
    await stage.isExact();
    await screenshot(a.page, `annotate-video-${theme}`);
  });
});

/** What a person may have marked on the clip of the sample project: 36 frames, 12 a second. */
async function markBelt(a: Annotating, itemId: number): Promise<void> {
  const link = await a.createLabel('link', 0);
  const level = await a.createLabel('level', 1);
  const turning = await a.createLabel('turning', 2);
  const said = (labelId: number, text = '') => ({ labelId, attributes: {}, text });
  const span = (startFrame: number, endFrame: number) => ({
    ...{ startFrame, endFrame, startSeconds: startFrame / 12, endSeconds: endFrame / 12 },
  });
  const key = (frame: number, x: number, y: number, width: number, height: number) => ({
    ...{ frame, seconds: frame / 12, x, y, width, height, isOutside: false, isOccluded: false },
  });
  const keyframes = [key(0, 10, 29, 88, 70), key(10, 14, 37, 92, 55), key(20, 19, 36, 91, 48)];
  await a.rpc.call('video.edit', {
    itemId,
    edits: [
      { kind: 'add-segment', segment: { ...span(2, 16), ...said(turning, 'clockwise') } },
      { kind: 'add-segment', segment: { ...span(16, 22), ...said(level) } },
      { kind: 'add-segment', segment: { ...span(22, 34), ...said(turning) } },
      { kind: 'add-event', event: { frame: 19, seconds: 19 / 12, ...said(level, 'flat') } },
      {
        kind: 'add-track',
        track: {
          ...{ ...said(link), isHidden: false, isLocked: false },
          keyframes: [...keyframes, { ...key(33, 20, 40, 88, 60), isOutside: true }],
        },
      },
    ],
    act: 'Mark',
  });
}
