import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src-main/base/random.ts';
import { decodeImage } from '../../src-main/media/decode-image.ts';
import type { RgbImage } from '../../src-main/media/decode-image.ts';
import { inspectWithThumbnail } from '../../src-main/media/inspect-media.ts';
import { browserShows, makePreview } from '../../src-main/media/preview.ts';
import { exifBytes } from './make-exif.ts';
import { clap, imir, irot, makeHeic, nclx } from './make-heic.ts';
import { ffmpegOrReason } from './make-video.ts';

const scratch = mkdtempSync(join(tmpdir(), 'lensmith-heic-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const found = await ffmpegOrReason();
const reason = typeof found === 'string' ? found : undefined;

/** Smooth in all channels, and different everywhere. */
function gradient(width: number, height: number, fromX = 0, fromY = 0): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      data.set(
        [(fromX + x) % 256, (fromY + y) % 256, (fromX + fromY + x + y) % 256],
        (y * width + x) * 3,
      );
    }
  }
  return { width, height, data };
}

const SIDE = 64;

describe.skipIf(reason !== undefined)('HEIC', () => {
  const plain = gradient(SIDE, 48);
  let whole: Buffer;
  let grid: Buffer;

  beforeAll(async () => {
    whole = await makeHeic({ tiles: [plain], width: SIDE, height: 48 });
    const tiles = [0, 1, 2, 3, 4, 5].map((i) =>
      gradient(SIDE, SIDE, (i % 3) * SIDE, Math.floor(i / 3) * SIDE),
    );
    const exif = exifBytes({ 0x9003: '2024:05:03 12:34:56' });
    grid = await makeHeic({ tiles, columns: 3, width: 150, height: 100, exif });
  });

  it('decodes a picture without loss, as a library for the format sees its size', async () => {
    expect(await sharp(whole).metadata()).toMatchObject({
      width: SIDE,
      height: 48,
      format: 'heif',
    });
    const got = await decodeImage(whole);
    expect(got).toMatchObject({ width: SIDE, height: 48, format: 'heic', orientation: 1 });
    expect(Buffer.compare(got.data, plain.data)).toBe(0);
  });

  it('puts a grid of tiles together and cuts off what stands over', async () => {
    expect(await sharp(grid).metadata()).toMatchObject({ width: 150, height: 100 });
    const got = await decodeImage(grid);
    expect([got.width, got.height]).toEqual([150, 100]);
    expect(Buffer.compare(got.data, gradient(150, 100).data)).toBe(0);
  });

  /** Where the pixel shown at (x, y) stands in the stored picture. */
  const cases: [
    string,
    Uint8Array[],
    number,
    number,
    (x: number, y: number) => [number, number],
  ][] = [
    ['a turn to the left', [irot(1)], 48, SIDE, (x, y) => [SIDE - 1 - y, x]],
    ['half a turn', [irot(2)], SIDE, 48, (x, y) => [SIDE - 1 - x, 47 - y]],
    ['a turn to the right', [irot(3)], 48, SIDE, (x, y) => [y, 47 - x]],
    ['top and bottom exchanged', [imir(0)], SIDE, 48, (x, y) => [x, 47 - y]],
    ['left and right exchanged', [imir(1)], SIDE, 48, (x, y) => [SIDE - 1 - x, y]],
    [
      'a crop, 4 to the right of the centre',
      [clap(40, 1, 20, 1, 4, 1, 0, 1)],
      40,
      20,
      (x, y) => [x + 16, y + 14],
    ],
    [
      'a crop, then a turn',
      [clap(40, 1, 20, 1, 4, 1, 0, 1), irot(3)],
      20,
      40,
      (x, y) => [y + 16, 33 - x],
    ],
  ];

  it.each(cases)('applies %s', async (_, transforms, width, height, origin) => {
    const bytes = await makeHeic({ tiles: [plain], width: SIDE, height: 48, transforms });
    expect(await sharp(bytes).metadata()).toMatchObject({ width, height });
    const got = await decodeImage(bytes);
    expect([got.width, got.height]).toEqual([width, height]);
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const [fromX, fromY] = origin(x, y);
        const from = (fromY * SIDE + fromX) * 3;
        const at = (y * width + x) * 3;
        expect([...got.data.subarray(at, at + 3)]).toEqual([
          ...plain.data.subarray(from, from + 3),
        ]);
      }
    }
  });

  it('reads colours by the matrix and range that the file names', async () => {
    const data = new Uint8Array(SIDE * SIDE * 3);
    for (let at = 0; at < data.length; at += 3) data.set([40, 200, 90], at);
    const colourBy = async (...properties: Uint8Array[]) => {
      const bytes = await makeHeic({
        tiles: [{ width: SIDE, height: SIDE, data }],
        ...{ width: SIDE, height: SIDE, pixelFormat: 'yuv420p', transforms: properties },
      });
      return [...(await decodeImage(bytes)).data.subarray(0, 3)];
    };
    // Made by the matrix of BT.601 in the limited range.
    const near = ([r, g, b]: number[]) =>
      Math.abs(r! - 40) < 4 && Math.abs(g! - 200) < 4 && Math.abs(b! - 90) < 4;
    expect(near(await colourBy())).toBe(true);
    expect(near(await colourBy(nclx(6, false)))).toBe(true);
    expect(near(await colourBy(nclx(1, false)))).toBe(false);
    expect(near(await colourBy(nclx(6, true)))).toBe(false);
  });

  it('has facts, a thumbnail and a stand-in for the browser', async () => {
    const path = join(scratch, 'photo.jpg');
    writeFileSync(path, grid);
    const { facts, thumbnail } = await inspectWithThumbnail(path, { longestSide: 75 });
    expect(facts).toMatchObject({ kind: 'image', format: 'heic', width: 150, height: 100 });
    expect(facts.capturedAt).toBe('2024-05-03T12:34:56');
    expect(browserShows(facts)).toBe(false);
    expect(await sharp(thumbnail).metadata()).toMatchObject({ width: 75, height: 50 });
    const preview = await makePreview(path);
    expect(preview).toMatchObject({ mime: 'image/jpeg', width: 150, height: 100 });
  });

  it('says what is missing where there is no program for it', async () => {
    const work = decodeImage(whole, { ffmpegPath: join(scratch, 'none') });
    await expect(work).rejects.toMatchObject({
      code: 'media/image-unsupported',
      got: 'HEIC',
      hint: expect.stringContaining('ffmpeg'),
    });
  });

  it('refuses what is cut short, too large, or coded otherwise', async () => {
    for (const share of [0.1, 0.5, 0.98]) {
      const cut = grid.subarray(0, Math.floor(grid.length * share));
      await expect(decodeImage(cut)).rejects.toMatchObject({ code: 'media/image-broken' });
    }
    const large = Buffer.from(whole);
    large.writeUInt32BE(2 ** 31, large.indexOf('ispe') + 8);
    large.writeUInt32BE(2 ** 31, large.indexOf('ispe') + 12);
    await expect(decodeImage(large)).rejects.toMatchObject({ code: 'media/image-too-large' });
    const other = Buffer.from(whole);
    other.write('av01', other.indexOf('hvc1'));
    await expect(decodeImage(other)).rejects.toMatchObject({
      code: 'media/image-unsupported',
      got: '"av01"',
    });
    const stopped = decodeImage(whole, { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: 'job/cancelled' });
  });

  it('never hangs or fails otherwise on damaged bytes', async () => {
    const random = new Random(23);
    const boxes = grid.indexOf('mdat');
    for (let round = 0; round < 400; round += 1) {
      const bytes = Buffer.from(grid);
      // Behind the brands; mostly among the boxes, where few get as far as the decoder.
      const end = round % 40 === 0 ? bytes.length : boxes;
      for (let n = random.below(4); n >= 0; n -= 1) {
        bytes[24 + random.below(end - 24)] = random.below(2) ? 255 : random.below(256);
      }
      const result: unknown = await decodeImage(bytes, { maxPixels: 1e6 }).catch((error) => error);
      const { code = 'sound' } = result as { code?: string };
      expect(code).toMatch(/^(sound|media\/image-(broken|too-large|unsupported))$/);
    }
  });
});
