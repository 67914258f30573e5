import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { ImportReport } from '../../src-main/ipc/contract/library.ts';
import { TaskQueue } from '../../src-main/app/library/task-queue.ts';
import { createHttpApp } from '../../src-main/server/http-app.ts';
import { makeClip, makeImage } from '../ui/support/media.ts';
import { TestCore } from './conversations-support.ts';

/** The routes over a core of this process; who may ask is another test's matter. */
function serve(core: TestCore) {
  const app = createHttpApp({
    core: core.core,
    access: { check: () => null },
    pageDir: core.folder,
  });
  return (path: string, init?: RequestInit): Promise<Response> =>
    Promise.resolve(app.request(`http://127.0.0.1${path}`, init));
}

async function addFiles(core: TestCore, paths: string[]): Promise<ImportReport> {
  const { jobId } = await core.call('library.import', { paths });
  await core.finished(jobId);
  return (await core.call('library.importReport', { jobId })) as ImportReport;
}

/** 60 × 40, white, with a red corner at the upper left. */
function marked(): Promise<Buffer> {
  const red = { create: { width: 16, height: 12, channels: 3, background: '#d02020' } } as const;
  return sharp({ create: { width: 60, height: 40, channels: 3, background: '#ffffff' } })
    .composite([{ input: red, left: 0, top: 0 }])
    .png()
    .toBuffer();
}

/** Pixels as a camera stores them that says `orientation`: seen by it they are `upright` again. */
async function stored(upright: Buffer, orientation: number): Promise<Buffer> {
  const turned = async (degrees: number): Promise<Buffer> =>
    sharp(upright).rotate(degrees).toBuffer();
  switch (orientation) {
    case 2:
      return sharp(upright).flop().toBuffer();
    case 3:
      return turned(180);
    case 4:
      return sharp(upright).flip().toBuffer();
    case 5:
      return sharp(await turned(90))
        .flop()
        .toBuffer();
    case 6:
      return turned(-90);
    case 7:
      return sharp(await turned(90))
        .flip()
        .toBuffer();
    case 8:
      return turned(90);
    default:
      return upright;
  }
}

async function corners(response: Response): Promise<{ size: string; redAt: string }> {
  const bytes = Buffer.from(await response.arrayBuffer());
  const { data, info } = await sharp(bytes)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const isRed = (x: number, y: number): boolean => {
    const at = (y * info.width + x) * 3;
    return (data[at] ?? 0) > 150 && (data[at + 1] ?? 0) < 90;
  };
  const [right, bottom] = [info.width - 3, info.height - 3];
  const places = { topLeft: isRed(2, 2), topRight: isRed(right, 2), bottomLeft: isRed(2, bottom) };
  const redAt = Object.entries(places)
    .filter(([, isSo]) => isSo)
    .map(([name]) => name);
  return { size: `${info.width}x${info.height}`, redAt: redAt.join() };
}

describe('media over HTTP', () => {
  test('every EXIF orientation is upright in thumbnail, preview and full size', async () => {
    const core = await TestCore.start();
    const get = serve(core);
    const folder = join(core.folder, 'turned');
    mkdirSync(folder);
    const upright = await marked();
    for (let orientation = 1; orientation <= 8; orientation += 1) {
      const jpeg = sharp(await stored(upright, orientation)).jpeg({ quality: 95 });
      // Not two with the same bytes.
      const file = await jpeg.withMetadata({ orientation, density: 70 + orientation }).toBuffer();
      writeFileSync(join(folder, `o${orientation}.jpg`), file);
    }
    const { addedIds } = await addFiles(core, [folder]);
    expect(addedIds).toHaveLength(8);
    for (const id of addedIds) {
      const item = await core.call('library.item', { itemId: id });
      expect([item.width, item.height], item.name).toEqual([60, 40]);
      for (const form of ['thumb?height=120', 'thumb?height=480', 'preview', 'full']) {
        const response = await get(`/media/${id}/${form}`);
        expect(response.status).toBe(200);
        expect(await corners(response), `${item.name} ${form}`).toEqual({
          size: '60x40',
          redAt: 'topLeft',
        });
      }
    }
  });

  test('addresses with the hash are kept for ever, files have ranges and their own type', async () => {
    const core = await TestCore.start();
    const get = serve(core);
    const picture = await makeImage(join(core.folder, 'a'), 1);
    const clip = await makeClip(join(core.folder, 'a'), 1);
    const { addedIds } = await addFiles(core, [picture.path, clip.path]);
    const ids = new Map<string, number>();
    for (const id of addedIds) ids.set((await core.call('library.item', { itemId: id })).kind, id);
    const { hash } = await core.call('library.item', { itemId: ids.get('image') ?? 0 });
    const kept = await get(`/media/${ids.get('image')}/thumb?v=${hash.slice(0, 12)}`);
    expect(kept.headers.get('cache-control')).toContain('immutable');
    expect(kept.headers.get('content-type')).toBe('image/webp');
    const other = await get(`/media/${ids.get('image')}/thumb?v=000000000000`);
    expect(other.headers.get('cache-control')).toBe('no-cache');
    const video = await get(`/media/${ids.get('video')}/file`, {
      headers: { range: 'bytes=0-99' },
    });
    expect(video.status).toBe(206);
    expect(video.headers.get('content-type')).toBe('video/mp4');
    expect(Buffer.from(await video.arrayBuffer())).toEqual(
      readFileSync(clip.path).subarray(0, 100),
    );
    expect((await get(`/media/${ids.get('video')}/preview`)).headers.get('content-type')).toBe(
      'image/webp',
    );
  });

  test('thumbnails come back when the cache was deleted', async () => {
    const core = await TestCore.start();
    const get = serve(core);
    const { path } = await makeImage(join(core.folder, 'a'), 1);
    const { addedIds } = await addFiles(core, [path]);
    rmSync(core.context.projects.current.cacheDir, { recursive: true });
    expect((await get(`/media/${addedIds[0]}/thumb?height=240`)).status).toBe(200);
  });

  test('says why there is no picture: missing, broken since, unknown', async () => {
    const core = await TestCore.start();
    const get = serve(core);
    const { path } = await makeImage(join(core.folder, 'a'), 1);
    const { addedIds } = await addFiles(core, [path]);
    const [id] = addedIds;
    rmSync(core.context.projects.current.cacheDir, { recursive: true });
    writeFileSync(path, readFileSync(path).subarray(0, 500));
    const broken = await get(`/media/${id}/thumb`);
    expect(broken.status).toBe(422);
    expect(await broken.json()).toMatchObject({ code: expect.stringMatching(/^media\//u) });
    rmSync(path);
    const missing = await get(`/media/${id}/file`);
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ code: 'media/missing' });
    expect(await core.call('library.item', { itemId: id ?? 0 })).toMatchObject({ isMissing: true });
    for (const address of ['/media/999/thumb', '/media/1/../../etc/passwd', '/media/x/file']) {
      expect((await get(address)).status).toBe(404);
    }
  });

  test('takes an upload of any size to the disk and hands it to the import', async () => {
    const core = await TestCore.start();
    const get = serve(core);
    const { path } = await makeImage(join(core.folder, 'a'), 4);
    const body = readFileSync(path);
    const put = await get('/upload?name=..%2F..%2Fevil%00.jpg', { method: 'PUT', body });
    const { upload } = (await put.json()) as { upload: string };
    const incoming = join(core.context.projects.current.mediaDir, 'incoming', upload);
    expect(readFileSync(incoming)).toEqual(body);
    const { jobId } = await core.call('library.import', { paths: [], uploads: [upload] });
    expect((await core.finished(jobId)).state).toBe('done');
    expect(existsSync(incoming)).toBe(false);
  });
});

describe('the queue of pictures', () => {
  test('does the newest first, shares the same work, and drops what nobody waits for', async () => {
    const queue = new TaskQueue<string>(1);
    const done: string[] = [];
    const gates = new Map<string, () => void>();
    const work = (key: string) => async (signal: AbortSignal) => {
      await new Promise<void>((resolve) => gates.set(key, resolve));
      done.push(signal.aborted ? `${key} (cancelled)` : key);
      return key;
    };
    const ask = (key: string, signal = new AbortController().signal) =>
      queue.run(key, work(key), signal);
    const first = ask('first');
    const gone = new AbortController();
    const dropped = ask('dropped', gone.signal);
    const [old, twin, newest] = [ask('old'), ask('old'), ask('newest')];
    gone.abort();
    await expect(dropped).rejects.toMatchObject({ code: 'job/cancelled' });
    const open = async (key: string): Promise<void> => {
      while (!gates.has(key)) await new Promise((resolve) => setImmediate(resolve));
      gates.get(key)?.();
    };
    await open('first');
    await open('newest');
    await open('old');
    expect(await Promise.all([first, old, twin, newest])).toEqual([
      'first',
      'old',
      'old',
      'newest',
    ]);
    expect(done).toEqual(['first', 'newest', 'old']);
  });
});
