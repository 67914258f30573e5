import { expect, describe, it } from 'vitest';
import { Random } from '../../src-main/base/random.ts';
import { decodeImage } from '../../src-main/media/decode-image.ts';
import { bmpFile } from './make-bmp.ts';

const random = new Random(5);
const WIDTH = 7;
const HEIGHT = 5;
const rgb = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, () => random.below(256));
const palette = Uint8Array.from({ length: 256 * 3 }, () => random.below(256));
const pixel = (x: number, y: number) => rgb.subarray((y * WIDTH + x) * 3, (y * WIDTH + x) * 3 + 3);
const number = (...bytes: number[]) => bytes.reduce((sum, byte, i) => sum + byte * 2 ** (8 * i), 0);

const bgr = (x: number, y: number) => number(pixel(x, y)[2]!, pixel(x, y)[1]!, pixel(x, y)[0]!);
const size = { width: WIDTH, height: HEIGHT };

describe('BMP', () => {
  it.each([false, true])('reads 24 bits, from the top: %s', async (fromTop) => {
    const got = await decodeImage(bmpFile({ ...size, bits: 24, fromTop, pixel: bgr }));
    expect(got).toMatchObject({ ...size, format: 'bmp', orientation: 1, hadAlpha: false });
    expect(Buffer.compare(got.data, rgb)).toBe(0);
  });

  it.each([false, true])(
    'reads 32 bits without a mask, the fourth byte unused: %s',
    async (top) => {
      const value = (x: number, y: number) => bgr(x, y) + 0x5a000000;
      const got = await decodeImage(bmpFile({ ...size, bits: 32, fromTop: top, pixel: value }));
      expect(got.hadAlpha).toBe(false);
      expect(Buffer.compare(got.data, rgb)).toBe(0);
    },
  );

  it('reads masks, with alpha named and dropped', async () => {
    // Red lowest, as some writers of transparency have it.
    const masks = [0xff, 0xff00, 0xff0000, 0xff000000];
    const value = (x: number, y: number) => number(...pixel(x, y), 0x80);
    const got = await decodeImage(bmpFile({ ...size, bits: 32, masks, pixel: value }));
    expect(got.hadAlpha).toBe(true);
    expect(Buffer.compare(got.data, rgb)).toBe(0);
  });

  it('scales 5 and 6 bits to 8, rounded down', async () => {
    const masks = [0xf800, 0x7e0, 0x1f];
    const value = (x: number, y: number) => ((x * 4) << 11) | ((y * 12) << 5) | (31 - x);
    const five = (v: number) => Math.floor((v * 255) / 31);
    const got = await decodeImage(bmpFile({ ...size, bits: 16, masks, pixel: value }));
    const plain = await decodeImage(bmpFile({ ...size, bits: 16, pixel: (x) => (x << 10) | 3 }));
    for (let y = 0; y < HEIGHT; y += 1) {
      for (let x = 0; x < WIDTH; x += 1) {
        const at = (y * WIDTH + x) * 3;
        const green = Math.floor((y * 12 * 255) / 63);
        expect([...got.data.subarray(at, at + 3)]).toEqual([five(x * 4), green, five(31 - x)]);
        expect([...plain.data.subarray(at, at + 3)]).toEqual([five(x), 0, five(3)]);
      }
    }
  });

  it.each([1, 4, 8])('reads %i bits by palette, and the old header', async (bits) => {
    const value = (x: number, y: number) => (x * 31 + y * 17) % 2 ** bits;
    for (const oldHeader of [false, true]) {
      const got = await decodeImage(
        bmpFile({
          ...size,
          bits,
          pixel: value,
          palette: palette.subarray(0, 3 * 2 ** bits),
          oldHeader,
        }),
      );
      for (let y = 0; y < HEIGHT; y += 1) {
        for (let x = 0; x < WIDTH; x += 1) {
          const at = (y * WIDTH + x) * 3;
          const entry = value(x, y) * 3;
          expect([...got.data.subarray(at, at + 3)]).toEqual([
            ...palette.subarray(entry, entry + 3),
          ]);
        }
      }
    }
  });

  it('shows an index beyond a short palette as black', async () => {
    const bytes = bmpFile({ ...size, bits: 8, pixel: (x) => x, palette: palette.subarray(0, 12) });
    const { data } = await decodeImage(bytes);
    expect([...data.subarray(9, 15)]).toEqual([...palette.subarray(9, 12), 0, 0, 0]);
  });

  it('checks sizes before it takes memory', async () => {
    const whole = bmpFile({ ...size, bits: 24, pixel: bgr });
    const with32 = (at: number, value: number) => {
      const bytes = Buffer.from(whole);
      bytes.writeInt32LE(value, at);
      return decodeImage(bytes, { name: 'hostile.bmp' });
    };
    const code = (name: string) => ({ code: `media/image-${name}` });
    await expect(with32(18, 2 ** 31 - 1)).rejects.toMatchObject(code('too-large'));
    await expect(with32(22, -(2 ** 31))).rejects.toMatchObject(code('too-large'));
    await expect(with32(22, 4000)).rejects.toMatchObject(code('broken'));
    await expect(with32(18, -7)).rejects.toMatchObject(code('broken'));
    await expect(with32(22, 0)).rejects.toMatchObject(code('broken'));
    await expect(with32(10, 2 ** 31 - 1)).rejects.toMatchObject(code('broken'));
    await expect(with32(10, 20)).rejects.toMatchObject(code('broken'));
    await expect(with32(30, 1)).rejects.toMatchObject({ ...code('unsupported'), got: /RLE8/ });
    await expect(with32(28, 5)).rejects.toMatchObject(code('unsupported'));
    for (const share of [0.2, 0.5, 0.95]) {
      const cut = whole.subarray(0, Math.floor(whole.length * share));
      await expect(decodeImage(cut)).rejects.toMatchObject(code('broken'));
    }
    const limit = decodeImage(whole, { maxPixels: 30 });
    await expect(limit).rejects.toMatchObject({ ...code('too-large'), got: '7×5 pixels' });
  });

  it('is not misled by a text that begins alike', async () => {
    const text = Buffer.from('BMW builds cars and motorcycles in Munich.');
    await expect(decodeImage(text)).rejects.toMatchObject({ code: 'media/image-unsupported' });
  });

  it('survives damaged bytes', async () => {
    const files = [
      bmpFile({ ...size, bits: 24, pixel: bgr }),
      bmpFile({ ...size, bits: 8, pixel: (x) => x, palette }),
      bmpFile({ ...size, bits: 32, masks: [0xff, 0xff00, 0xff0000, 0xff000000], pixel: bgr }),
    ];
    for (let round = 0; round < 600; round += 1) {
      const bytes = Buffer.from(files[round % files.length]!);
      for (let n = 0; n < 3; n += 1) bytes[2 + random.below(70)] = random.below(256);
      const result: unknown = await decodeImage(bytes, { maxPixels: 1e6 }).catch((error) => error);
      const { code = 'decoded' } = result as { code?: string };
      expect(code).toMatch(/^(decoded|media\/image-(broken|unsupported|too-large))$/);
    }
  });
});
