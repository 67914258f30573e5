import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeImage } from '../../src-main/media/decode-image.ts';
import { framePng, sampledFrames } from '../../src-main/media/frame.ts';
import { inspectMedia } from '../../src-main/media/inspect-media.ts';
import { browserShows, makePreview } from '../../src-main/media/preview.ts';
import { makeThumbnail } from '../../src-main/media/thumbnail.ts';
import { sampleFrames } from '../../src-main/media/video.ts';
import type { FrameRule } from '../../src-main/media/video.ts';
import { bmpFile } from './make-bmp.ts';
import { HEIGHT, WIDTH, ffmpegOrReason, makeVideo, numberIn } from './make-video.ts';

const fixtures = fileURLToPath(new URL('../fixtures/media/', import.meta.url));
const pictures = readdirSync(fixtures).filter((name) => /\.(png|jpg|webp|gif|tiff)$/.test(name));
const scratch = mkdtempSync(join(tmpdir(), 'lensmith-thumbnail-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const at = (name: string) => join(scratch, name);

const found = await ffmpegOrReason();
const reason = typeof found === 'string' ? found : undefined;

/** A picture whose four corners are told apart by colour. */
const corners = await sharp({
  create: { width: 400, height: 240, channels: 3, background: '#808080' },
})
  .composite(
    (['#ff0000', '#00ff00', '#0000ff', '#ffffff'] as const).map((background, i) => ({
      input: { create: { width: 120, height: 100, channels: 3, background } },
      left: i % 2 === 0 ? 0 : 280,
      top: i < 2 ? 0 : 140,
    })),
  )
  .png()
  .toBuffer();

/** Names of the four corners: top left, top right, bottom left, bottom right. */
async function cornersOf(bytes: Uint8Array): Promise<string> {
  const { data, info } = await sharp(bytes)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const name = (x: number, y: number) => {
    const from = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * 3;
    const bits = [0, 1, 2].map((channel) => (data[from + channel]! > 127 ? 1 : 0)).join('');
    return { '100': 'R', '010': 'G', '001': 'B', '111': 'W' }[bits] ?? '?';
  };
  return name(0.08, 0.08) + name(0.92, 0.08) + name(0.08, 0.92) + name(0.92, 0.92);
}

/** What the corners are after the turn that each EXIF orientation asks for. */
const TURNED = ['RGBW', 'GRWB', 'WBGR', 'BWRG', 'RBGW', 'BRWG', 'WGBR', 'GWRB'];

describe('makeThumbnail', () => {
  it('scales down, never up, and keeps the proportions', async () => {
    const sizeOf = async (options: Parameters<typeof makeThumbnail>[1], source = corners) => {
      const { width, height, format } = await sharp(
        await makeThumbnail(source, options),
      ).metadata();
      expect(format).toBe('webp');
      return [width, height];
    };
    expect(await sizeOf({ height: 120 })).toEqual([200, 120]);
    expect(await sizeOf({ longestSide: 100 })).toEqual([100, 60]);
    expect(await sizeOf({ height: 1000 })).toEqual([400, 240]);
    const create = { width: 20_000, height: 2, channels: 3 as const, background: 'red' };
    const strip = await sharp({ create }).png().toBuffer();
    expect(await sizeOf({ height: 100 }, strip)).toEqual([800, 1]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is upright for orientation %i', async (orientation) => {
    for (const format of ['jpeg', 'tiff', 'webp'] as const) {
      const path = at(`o${orientation}.${format}`);
      await sharp(corners).withMetadata({ orientation }).toFormat(format).toFile(path);
      const image = await decodeImage(path);
      const thumbnail = await makeThumbnail(path, { longestSide: 100 });
      const { width, height } = await sharp(thumbnail).metadata();
      expect([width, height]).toEqual(orientation > 4 ? [60, 100] : [100, 60]);
      expect(await cornersOf(thumbnail)).toBe(TURNED[orientation - 1]);
      const preview = await makePreview(path);
      expect([preview.width, preview.height]).toEqual([image.width, image.height]);
      expect(await cornersOf(preview.bytes)).toBe(TURNED[orientation - 1]);
      const facts = await inspectMedia(path);
      expect(facts).toMatchObject({ orientation, width: image.width, height: image.height });
      expect(browserShows(facts)).toBe(orientation === 1 && format !== 'tiff');
    }
  });

  it('keeps transparency, drops metadata, and is in sRGB', async () => {
    const create = { width: 64, height: 64, channels: 4 as const, background: '#ff000080' };
    const clear = await sharp({ create })
      .withExif({ IFD0: { Artist: 'A' } })
      .png()
      .toBuffer();
    const thumbnail = await makeThumbnail(clear, { height: 32 });
    const { hasAlpha, exif, icc } = await sharp(thumbnail).metadata();
    expect([hasAlpha, exif, icc]).toEqual([true, undefined, undefined]);
    // Stored in Display P3 the numbers are others; shown they are those of sRGB again.
    const p3 = await sharp({ create: { ...create, background: '#60a060' } })
      .withIccProfile('p3')
      .png()
      .toBuffer();
    const stored = await sharp(p3, { ignoreIcc: true }).raw().toBuffer();
    expect(Math.abs(stored[0]! - 0x60)).toBeGreaterThan(5);
    const { data } = await sharp(await makeThumbnail(p3, { height: 8 }))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(Math.abs(data[0]! - 0x60)).toBeLessThan(5);
  });

  it.each(pictures)('makes a small and a full-size picture of %s', async (name) => {
    const path = join(fixtures, name);
    const image = await decodeImage(path);
    const small = await sharp(await makeThumbnail(path, { longestSide: 12 })).metadata();
    expect(Math.max(small.width, small.height)).toBe(12);
    const full = await makePreview(path);
    expect([full.width, full.height]).toEqual([image.width, image.height]);
    const shown = await sharp(full.bytes).metadata();
    expect([shown.width, shown.height]).toEqual([image.width, image.height]);
    expect(`image/${shown.format}`).toBe(full.mime);
    expect(shown.orientation ?? 1).toBe(1);
    const half = await makePreview(path, { longestSide: 11 });
    expect(Math.max(half.width, half.height)).toBe(11);
  });

  it('shows pictures of more than 8 bits and bitmaps', async () => {
    const grey = Uint16Array.from({ length: 40 * 30 }, (_, i) => (i % 40) * 1600);
    const wide = await sharp(grey, { raw: { width: 40, height: 30, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await sharp(wide).metadata()).depth).toBe('ushort');
    const { bytes, mime } = await makePreview(wide);
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    expect([mime, info.width, info.height]).toEqual(['image/png', 40, 30]);
    expect(Math.abs(data[39 * info.channels]! - (39 * 1600) / 257)).toBeLessThan(3);
    const bmp = bmpFile({ width: 6, height: 3, bits: 24, pixel: (x) => x * 0x202020 });
    const preview = await makePreview(bmp);
    const shown = await sharp(preview.bytes).raw().toBuffer();
    expect(Buffer.compare(shown, (await decodeImage(bmp)).data)).toBe(0);
  });

  it('stands in for a GIF, whose screen browsers and the decoder may see in two sizes', async () => {
    const gif = Buffer.from(readFileSync(join(fixtures, 'still.gif')));
    gif.writeUInt16LE(4000, 6);
    const facts = await inspectMedia(join(fixtures, 'still.gif'));
    expect(browserShows(facts)).toBe(false);
    const { width, height } = await decodeImage(gif);
    expect(await makePreview(gif)).toMatchObject({ mime: 'image/png', width, height });
  });

  it('names what it cannot show', async () => {
    writeFileSync(at('text.png'), 'words');
    const text = makeThumbnail(at('text.png'), { height: 9 });
    await expect(text).rejects.toMatchObject({ code: 'media/file-unsupported' });
    const none = makeThumbnail(at('none.png'), { height: 9 });
    await expect(none).rejects.toMatchObject({ code: 'media/file-unreadable' });
    const cut = readFileSync(join(fixtures, 'rgba.png')).subarray(0, 150);
    await expect(makeThumbnail(cut, { height: 9 })).rejects.toMatchObject({
      code: 'media/image-broken',
    });
    const large = makePreview(join(fixtures, 'rgba.png'), { maxPixels: 9 });
    await expect(large).rejects.toMatchObject({ code: 'media/image-too-large' });
    const stopped = makePreview(corners, { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: 'job/cancelled' });
  });
});

describe.skipIf(reason !== undefined)('frames', () => {
  const x264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '3', '-g', '24'];

  beforeAll(async () => {
    await makeVideo(at('clip.mp4'), { frames: 60, rate: '30', output: x264 });
    const black = `geq=lum='if(lt(N,40),16,lum(X,Y))':cb=128:cr=128`;
    await makeVideo(at('late.mp4'), { frames: 60, rate: '30', filters: black, output: x264 });
    const always = `geq=lum=16:cb=128:cr=128`;
    await makeVideo(at('black.mp4'), { frames: 20, rate: '10', filters: always, output: x264 });
  }, 60_000);

  const decoded = async (bytes: Uint8Array) => numberIn(await decodeImage(bytes));

  it('gives the exact frame of a time as a whole picture', async () => {
    for (const frame of [0, 17, 59]) {
      const png = await framePng(at('clip.mp4'), ((frame + 0.4) * 1000) / 30);
      expect(await decoded(png)).toBe(frame);
      const [same] = await sampleFrames(at('clip.mp4'), {
        timestampsMs: [((frame + 0.4) * 1000) / 30],
      });
      expect(Buffer.compare((await decodeImage(png)).data, same!.image.data)).toBe(0);
    }
    const small = await sharp(await framePng(at('clip.mp4'), 0, { longestSide: 40 })).metadata();
    expect([small.format, small.width, small.height]).toEqual(['png', 40, 24]);
    await expect(framePng(at('clip.mp4'), 9999)).rejects.toMatchObject({
      code: 'media/timestamp-outside',
    });
  });

  it.each<FrameRule>([{ count: 5 }, { fps: 4 }, { fps: 45 }, { timestampsMs: [900, 0, 900, 33] }])(
    'shows the frames that a model sees by %j',
    async (rule) => {
      const wanted = await sampleFrames(at('clip.mp4'), rule);
      const got = await sampledFrames(at('clip.mp4'), rule, { longestSide: WIDTH });
      expect(got.map(({ frameIndex }) => frameIndex)).toEqual(
        wanted.map(({ frameIndex }) => frameIndex),
      );
      expect(got.map(({ timestampMs }) => timestampMs)).toEqual(
        wanted.map(({ timestampMs }) => timestampMs),
      );
      for (const { bytes, frameIndex } of got) expect(await decoded(bytes)).toBe(frameIndex);
      const size = await sharp(got[0]!.bytes).metadata();
      expect([size.format, size.width, size.height]).toEqual(['webp', WIDTH, HEIGHT]);
    },
  );

  it('makes the thumbnail from a frame that shows something', async () => {
    const early = await makeThumbnail(at('clip.mp4'), { height: HEIGHT });
    expect(await decoded(early)).toBe(6);
    const late = await makeThumbnail(at('late.mp4'), { height: HEIGHT });
    expect(await decoded(late)).toBe(42);
    const black = await sharp(await makeThumbnail(at('black.mp4'), { height: 24 })).metadata();
    expect([black.width, black.height]).toEqual([40, 24]);
  });

  it('knows which videos a browser plays', async () => {
    const facts = await inspectMedia(at('clip.mp4'));
    expect(browserShows(facts)).toBe(true);
    if (facts.kind !== 'video') throw new Error('not a video');
    expect(browserShows({ ...facts, format: 'avi' })).toBe(false);
    expect(browserShows({ ...facts, codec: 'hevc' })).toBe(false);
    expect(browserShows({ ...facts, pixelFormat: 'yuv422p10le' })).toBe(false);
  });
});
