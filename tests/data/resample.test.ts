import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { resizeRgb, type ResampleFilter, type RgbPixels } from '../../src-main/data/resample.ts';
import { readTensors, tensorNamed } from '../media/read-tensors.ts';

const tensors = readTensors(
  fileURLToPath(new URL('../fixtures/resample/resample.safetensors', import.meta.url)),
);

function picture(name: string): RgbPixels {
  const { shape, bytes } = tensorNamed(tensors, name);
  return { height: shape[0]!, width: shape[1]!, data: bytes };
}

const cases = [...tensors.keys()].filter((name) => name.endsWith('.pillow'));

describe('resizeRgb', () => {
  it('has all fifteen reference cases', () => expect(cases).toHaveLength(15));

  it.each(cases)('equals Pillow in every byte: %s', (name) => {
    const [filter, sizes] = name.split('.') as [ResampleFilter, string];
    const wanted = picture(name);
    const source = picture(`source.${sizes.split('_to_')[0]!}`);
    const got = resizeRgb(source, wanted.width, wanted.height, filter);
    expect([got.width, got.height]).toEqual([wanted.width, wanted.height]);
    expect(Buffer.compare(got.data, wanted.data)).toBe(0);
  });

  it.each([
    [48, 124],
    [40, 124],
    [48, 103],
    [40, 103],
  ])('computes a window of %i×%i as the same part of the whole', (width, height) => {
    const source = picture('source.40x103');
    const whole = resizeRgb(source, width, height, 'bicubic');
    const window = { left: 7, top: 31, width: 20, height: 11 };
    const part = resizeRgb(source, width, height, 'bicubic', window);
    for (let y = 0; y < window.height; y += 1) {
      const from = ((window.top + y) * width + window.left) * 3;
      const row = part.data.subarray(y * window.width * 3, (y + 1) * window.width * 3);
      expect(Buffer.compare(row, whole.data.subarray(from, from + window.width * 3))).toBe(0);
    }
  });

  it('does not touch or share the input when nothing changes', () => {
    const source = picture('source.33x33');
    const before = source.data.slice();
    const same = resizeRgb(source, 33, 33, 'lanczos');
    expect(Buffer.compare(same.data, before)).toBe(0);
    same.data.fill(0);
    expect(Buffer.compare(source.data, before)).toBe(0);
  });

  it('spreads one pixel', () => {
    const pixel = { width: 1, height: 1, data: new Uint8Array([9, 200, 255]) };
    const got = resizeRgb(pixel, 5, 3, 'lanczos');
    expect([...got.data]).toEqual(Array.from({ length: 15 }, () => [9, 200, 255]).flat());
  });

  it('refuses wrong sizes, windows outside and absurd results', () => {
    const source = picture('source.33x33');
    const resize = (w: number, h: number, window?: Parameters<typeof resizeRgb>[4]) => () =>
      resizeRgb(source, w, h, 'bilinear', window);
    expect(resize(0, 5)).toThrow(expect.objectContaining({ code: 'data/resample-shape' }));
    expect(resize(2.5, 5)).toThrow(expect.objectContaining({ code: 'data/resample-shape' }));
    const outside = { left: 5, top: 0, width: 6, height: 10 };
    expect(resize(10, 10, outside)).toThrow(
      expect.objectContaining({ code: 'data/resample-window' }),
    );
    expect(resize(1 << 20, 1 << 20)).toThrow(
      expect.objectContaining({ code: 'data/resample-too-large' }),
    );
    const short = { width: 3, height: 3, data: new Uint8Array(26) };
    expect(() => resizeRgb(short, 2, 2, 'bilinear')).toThrow(
      expect.objectContaining({ code: 'data/resample-shape' }),
    );
  });
});
