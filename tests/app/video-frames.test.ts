import { createHash } from 'node:crypto';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { DiskMediaReader } from '../../src-main/app/media-reader/media-reader.ts';
import { missedBy } from '../../src-main/app/video/sampling-advice.ts';
import type { Sampling } from '../../src-main/ipc/contract/content.ts';
import type { ImportReport } from '../../src-main/ipc/contract/library.ts';
import { mapFrames, readFrameTimes, sampleFrames } from '../../src-main/media/video.ts';
import { createHttpApp } from '../../src-main/server/http-app.ts';
import { ffmpegOrReason, makeVideo, numberIn } from '../media/make-video.ts';
import { clipKinds, cutShort, makeClips } from '../support/clips.ts';
import type { ClipKind } from '../support/clips.ts';
import { TestCore } from './conversations-support.ts';

const found = await ffmpegOrReason();
const reason = typeof found === 'string' ? found : undefined;
if (reason) console.warn(`SKIPPED: tests of videos, ${reason}`);

function floats(base64: string): number[] {
  const bytes = Buffer.from(base64, 'base64');
  return Array.from({ length: bytes.length / 8 }, (_, at) => bytes.readDoubleLE(at * 8));
}

/** A core with these clips in its library, and its media routes. */
async function withClips(kinds: readonly ClipKind[]) {
  const core = await TestCore.start();
  const paths = await makeClips(join(core.folder, 'clips'), kinds);
  const itemIds = await addFiles(core, paths);
  const app = createHttpApp({
    core: core.core,
    access: { check: () => null },
    pageDir: core.folder,
  });
  const get = (path: string): Promise<Response> =>
    Promise.resolve(app.request(`http://127.0.0.1${path}`));
  return { core, paths, itemIds, get };
}

async function addFiles(core: TestCore, paths: readonly string[]): Promise<number[]> {
  const { jobId } = await core.call('library.import', { paths: [...paths] });
  await core.finished(jobId);
  const report = await core.call('library.importReport', { jobId });
  expect(report?.broken).toEqual([]);
  return paths.map((path) => {
    const row = core.store.get('SELECT id FROM items WHERE path = ?', path);
    return Number(row?.['id']);
  });
}

async function pixelsOf(response: Response) {
  expect(response.status).toBe(200);
  const { data, info } = await sharp(Buffer.from(await response.arrayBuffer()))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(3);
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

describe.skipIf(reason !== undefined)('frames for the window', () => {
  test('are those that training decodes, of every kind of clip', async () => {
    const kinds = Object.values(clipKinds);
    const { core, paths, itemIds, get } = await withClips(kinds);
    for (const [at, { frames, degrees, first }] of kinds.entries()) {
      const itemId = itemIds[at] ?? 0;
      const path = paths[at] ?? '';
      const clip = await core.call('video.clip', { itemId });
      const { timestampsMs, durationMs } = await readFrameTimes(path);
      expect(floats(clip.times)).toEqual(timestampsMs.map((ms) => expect.closeTo(ms / 1000, 9)));
      expect(timestampsMs).toHaveLength(frames);
      expect(clip.durationSeconds * 1000).toBeCloseTo(durationMs, 6);
      // Forwards, far off, and back.
      for (const index of [0, 1, frames - 1, frames - 2, 7]) {
        const back = index === frames - 2 ? '?back=1' : '';
        const response = await get(`/media/${itemId}/frame/${index}${back}`);
        const shown = await pixelsOf(response);
        expect(numberIn(shown, degrees), `frame ${index} of ${path}`).toBe(first + index);
        const [trained] = await sampleFrames(path, { timestampsMs: [timestampsMs[index] ?? 0] });
        expect(trained?.frameIndex).toBe(index);
        expect(response.headers.get('x-pixels-sha256')).toBe(sha256(shown.data));
        expect(sha256(shown.data)).toBe(sha256(trained?.image.data ?? shown.data.subarray(1)));
      }
    }
    const response = await get(`/media/${itemIds[0]}/frame/60`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'video/no-frame' });
  }, 120_000);

  test('several at once are all served, and a file that is cut short is refused by name', async () => {
    const { core, paths, itemIds, get } = await withClips([clipKinds.bFrames]);
    const wanted = [55, 3, 30, 4, 59, 0];
    const shown = await Promise.all(
      wanted.map(async (index) => pixelsOf(await get(`/media/${itemIds[0]}/frame/${index}`))),
    );
    expect(shown.map((image) => numberIn(image))).toEqual(wanted);

    const front = join(core.folder, 'front.mkv');
    await makeVideo(front, { frames: 60, rate: '30', output: ['-c:v', 'libx264'] });
    const cut = cutShort(front, 0.7, join(core.folder, 'cut.mkv'));
    const { jobId } = await core.call('library.import', { paths: [cut] });
    await core.finished(jobId);
    const report = (await core.call('library.importReport', { jobId })) as ImportReport;
    expect(report.broken).toMatchObject([{ error: { code: 'media/video-truncated' } }]);
    expect(paths).toHaveLength(1);
  });
});

describe.skipIf(reason !== undefined)('a preview to play', () => {
  test('has the frames of the original at their times, and leaves the original alone', async () => {
    const kinds = [clipKinds.mpeg4, clipKinds.edited, clipKinds.variable, clipKinds.turned];
    const { core, paths, itemIds, get } = await withClips(kinds);
    for (const [at, { degrees, first }] of kinds.entries()) {
      const itemId = itemIds[at] ?? 0;
      expect((await core.call('video.clip', { itemId })).hasPreview).toBe(false);
      expect((await get(`/media/${itemId}/playable`)).status).toBe(404);
      const { jobId } = await core.call('video.makePreview', { itemId });
      expect(await core.finished(jobId ?? '')).toMatchObject({ state: 'done', error: null });
      expect(await core.call('video.makePreview', { itemId })).toEqual({ jobId: null });
      expect((await core.call('video.clip', { itemId })).hasPreview).toBe(true);

      const { cacheDir } = core.context.projects.current;
      const hash = String(core.store.get('SELECT hash FROM items WHERE id = ?', itemId)?.['hash']);
      const preview = join(cacheDir, 'playable', hash.slice(0, 2), `${hash}.webm`);
      const original = await readFrameTimes(paths[at] ?? '');
      const times = await readFrameTimes(preview);
      expect(times.timestampsMs).toEqual(
        original.timestampsMs.map((ms) => expect.closeTo(ms, -0.5)),
      );
      const numbers = await mapFrames(preview, { count: 3 }, ({ image, frameIndex }) => [
        numberIn(image, degrees),
        first + frameIndex,
      ]);
      for (const [shown, meant] of numbers) expect(shown).toBe(meant);
      const part = await get(`/media/${itemId}/playable`);
      expect(part.headers.get('content-type')).toBe('video/webm');
    }
  }, 120_000);
});

describe.skipIf(reason !== undefined)('the sound of a video', () => {
  test('is drawn from the first frame on; without sound there is none', async () => {
    const { core, itemIds } = await withClips([clipKinds.bFrames, clipKinds.vp9]);
    const [loud = 0, silent = 0] = itemIds;
    const waveform = await core.call('video.waveform', { itemId: loud });
    const peaks = [...Buffer.from(waveform?.peaks ?? '', 'base64')];
    expect(peaks.length / (waveform?.peaksPerSecond ?? 1)).toBeCloseTo(2, 1);
    // A tone of an eighth of the loudest; it ends a little before the picture.
    expect(peaks.slice(10, 140).every((peak) => peak > 24 && peak < 40)).toBe(true);
    expect(await core.call('video.waveform', { itemId: silent })).toBeNull();
  });
});

describe.skipIf(reason !== undefined)('the frames that a model gets', () => {
  const blank = { labelId: null, attributes: {}, text: '' };

  test('are those that its media reader decodes, and marks between them are named', async () => {
    const { core, paths, itemIds } = await withClips([clipKinds.variable, clipKinds.vp9]);
    const reader = new DiskMediaReader();
    const samplings: Sampling[] = [null, { fps: 2 }, { frames: 5 }, { timestampsMs: [900, 0, 33] }];
    for (const [at, path] of paths.entries()) {
      for (const sampling of samplings) {
        const { frames } = await core.call('video.sampling', {
          itemId: itemIds[at] ?? 0,
          sampling,
        });
        const read = await reader.read({ type: 'video', path, ...sampling });
        const numbers = read.map((image) =>
          numberIn({ ...image, data: new Uint8Array(image.data) }),
        );
        expect(frames.map(({ frame }) => frame)).toEqual(numbers);
      }
    }
    const itemId = itemIds[1] ?? 0;
    const [seen, missed, moment] = await core.call('video.edit', {
      ...{ itemId, act: 'Mark' },
      edits: [
        {
          kind: 'add-segment',
          segment: { startFrame: 10, endFrame: 30, startSeconds: 1 / 3, endSeconds: 1, ...blank },
        },
        {
          kind: 'add-segment',
          segment: {
            startFrame: 31,
            endFrame: 34,
            startSeconds: 31 / 30,
            endSeconds: 34 / 30,
            ...blank,
          },
        },
        { kind: 'add-event', event: { frame: 45, seconds: 1.5, ...blank } },
      ],
    });
    const { advice } = await core.call('video.sampling', { itemId, sampling: { fps: 1 } });
    expect(seen).not.toBe(missed);
    expect(advice).toMatchObject({ segmentIds: [seen, missed], eventIds: [moment] });
    const rate = advice.rate ?? { fps: 0, frames: 0 };
    const better = await core.call('video.sampling', { itemId, sampling: { fps: rate.fps } });
    expect(better.frames).toHaveLength(rate.frames);
    expect(better.advice).toMatchObject({ segmentIds: [], eventIds: [] });
    const spread = { frames: advice.frames ?? 1 };
    const least = await core.call('video.sampling', { itemId, sampling: spread });
    expect(least.advice).toMatchObject({ segmentIds: [], eventIds: [] });
  }, 60_000);

  test('a stretch is missed where no frame lies in it', () => {
    const stretch = (startFrame: number, endFrame: number) => ({ startFrame, endFrame });
    const stretches = [
      stretch(0, 4),
      stretch(4, 5),
      stretch(5, 9),
      stretch(9, 20),
      stretch(21, 30),
    ];
    expect(missedBy([20, 4, 8], stretches)).toEqual([0, 3, 4]);
  });
});
