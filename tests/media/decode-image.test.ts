import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeImage } from '../../src-main/media/decode-image.ts';
import { readTensors } from './read-tensors.ts';

const folder = fileURLToPath(new URL('../fixtures/media/', import.meta.url));
const expected = readTensors(join(folder, 'expected.safetensors'));
const scratch = mkdtempSync(join(tmpdir(), 'lensmith-decode-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Raw pixels of the 23×17 picture that every fixture was made from, read from a lossless file. */
const upright = expected.get('colour.tiff')!;

describe('decodeImage', () => {
  it('covers all fixtures', () => expect(expected.size).toBeGreaterThan(20));

  it.each([...expected.keys()])('gives the bytes of the reference: %s', async (name) => {
    const wanted = expected.get(name)!;
    const got = await decodeImage(join(folder, name));
    expect([got.height, got.width, 3]).toEqual(wanted.shape);
    let worst = 0;
    got.data.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - wanted.bytes[i]!))));
    expect(worst).toBe(0);
  });

  it('applies each of the eight orientations', async () => {
    for (let orientation = 1; orientation <= 8; orientation += 1) {
      const path = join(scratch, `o${orientation}.tiff`);
      await sharp(Buffer.from(upright.bytes), { raw: { width: 23, height: 17, channels: 3 } })
        .withMetadata({ orientation })
        .tiff({ compression: 'none' })
        .toFile(path);
      const got = await decodeImage(path);
      expect(got.orientation).toBe(orientation);
      const turned = orientation > 4;
      expect([got.width, got.height]).toEqual(turned ? [17, 23] : [23, 17]);
      for (let y = 0; y < 17; y += 1) {
        for (let x = 0; x < 23; x += 1) {
          // Where the stored pixel (x, y) is shown, by the EXIF table.
          const flipX = 22 - x;
          const flipY = 16 - y;
          const shown = [
            [x, y],
            [flipX, y],
            [flipX, flipY],
            [x, flipY],
            [y, x],
            [flipY, x],
            [flipY, flipX],
            [y, flipX],
          ][orientation - 1]!;
          const at = (shown[1]! * got.width + shown[0]!) * 3;
          const from = (y * 23 + x) * 3;
          if (
            got.data[at] !== upright.bytes[from] ||
            got.data[at + 1] !== upright.bytes[from + 1]
          ) {
            throw new Error(`orientation ${orientation}: pixel (${x}, ${y}) went astray`);
          }
        }
      }
    }
  });

  it('tells of transparency and format', async () => {
    const alpha = await decodeImage(join(folder, 'palette-transparent.png'));
    expect([alpha.hadAlpha, alpha.format]).toEqual([true, 'png']);
    const plain = await decodeImage(readFileSync(join(folder, 'grey.jpg')));
    expect([plain.hadAlpha, plain.format, plain.orientation]).toEqual([false, 'jpeg', 1]);
  });

  it('applies no colour profile', async () => {
    const raw = { raw: { width: 23, height: 17, channels: 3 as const } };
    const tagged = await sharp(Buffer.from(upright.bytes), raw)
      .withIccProfile('p3', { attach: true })
      .png()
      .toBuffer();
    expect((await sharp(tagged).metadata()).hasProfile).toBe(true);
    const stored = await sharp(tagged, { ignoreIcc: true }).raw().toBuffer();
    const got = await decodeImage(tagged);
    expect(Buffer.compare(got.data, stored)).toBe(0);
    // The profile does change colours when it is applied, so the comparison above means something.
    expect(Buffer.compare(await sharp(tagged).raw().toBuffer(), stored)).not.toBe(0);
  });

  it('takes the high byte of 16-bit colour', async () => {
    const wide = new Uint16Array(upright.bytes.length);
    upright.bytes.forEach((value, i) => (wide[i] = value * 256 + ((i * 37) % 256)));
    const png = await sharp(wide, { raw: { width: 23, height: 17, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await sharp(png).metadata()).depth).toBe('ushort');
    expect(Buffer.compare((await decodeImage(png)).data, upright.bytes)).toBe(0);
  });

  it.each([
    [255, false],
    [256, true],
    [65535, true],
  ])('tells of 16-bit grey that holds %i whether that is more than it keeps', async (top, cut) => {
    const values = Uint16Array.from([0, 7, 255, top]);
    const png = await sharp(values, { raw: { width: 4, height: 1, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const { data, isClipped } = await decodeImage(png);
    expect([...data]).toEqual([0, 0, 0, 7, 7, 7, 255, 255, 255, 255, 255, 255]);
    expect(isClipped).toBe(cut);
  });

  it.each(['orientation-1.jpg', 'rgba.png', 'rgba.webp', 'colour.tiff', 'still.gif'])(
    'names a truncated file: %s',
    async (name) => {
      const bytes = readFileSync(join(folder, name));
      const path = join(scratch, `cut-${name}`);
      writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * 0.7)));
      await expect(decodeImage(path)).rejects.toMatchObject({
        code: 'media/image-broken',
        message: expect.stringContaining(path),
      });
    },
  );

  it('refuses too many pixels before decoding, with figures', async () => {
    await expect(decodeImage(join(folder, 'rgba.png'), { maxPixels: 300 })).rejects.toMatchObject({
      code: 'media/image-too-large',
      expected: 'at most 300 pixels',
      got: '23×17 pixels',
    });
    const bomb = readFileSync(join(folder, 'rgba.png'));
    bomb.writeUInt32BE(900_000, 16);
    bomb.writeUInt32BE(900_000, 20);
    await expect(decodeImage(bomb, { name: 'bomb.png' })).rejects.toMatchObject({
      code: expect.stringMatching(/^media\/image-(too-large|broken)$/),
    });
    await expect(decodeImage(join(folder, 'rgba.png'), { maxFileBytes: 10 })).rejects.toMatchObject(
      { code: 'media/image-too-large' },
    );
  });

  it('refuses what is not a plain picture', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    await expect(decodeImage(svg)).rejects.toMatchObject({
      code: 'media/image-unsupported',
      got: 'SVG',
    });
    await expect(decodeImage(new Uint8Array())).rejects.toMatchObject({ got: 'an empty file' });
    await expect(decodeImage(scratch)).rejects.toMatchObject({ code: 'media/image-unreadable' });
    await expect(decodeImage(join(scratch, 'none.png'))).rejects.toMatchObject({
      code: 'media/image-unreadable',
    });
  });
});
