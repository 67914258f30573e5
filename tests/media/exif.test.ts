import { describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { Random } from '../../src-main/base/random.ts';
import { readExif } from '../../src-main/media/exif.ts';
import { exifBytes } from './make-exif.ts';

const TAKEN = { 0x9003: '2024:05:03 12:34:56' };
const capturedAt = (bytes: Uint8Array) => readExif(bytes).capturedAt;

describe('readExif', () => {
  it.each([true, false])('reads the time of capture, little-endian: %s', (little) => {
    expect(capturedAt(exifBytes(TAKEN, {}, little))).toBe('2024-05-03T12:34:56');
    const full = { ...TAKEN, 0x9291: '07', 0x9011: '+02:00' };
    expect(capturedAt(exifBytes(full, {}, little))).toBe('2024-05-03T12:34:56.070+02:00');
    const marked = Buffer.concat([Buffer.from('Exif\0\0'), exifBytes(TAKEN, {}, little)]);
    expect(capturedAt(marked)).toBe('2024-05-03T12:34:56');
  });

  it('takes the time of digitizing, else that of the file', () => {
    const main = { 0x0132: '2020:01:01 00:00:00' };
    expect(capturedAt(exifBytes({ 0x9004: '2021:02:03 04:05:06' }, main))).toBe(
      '2021-02-03T04:05:06',
    );
    expect(capturedAt(exifBytes({}, main))).toBe('2020-01-01T00:00:00');
  });

  it.each(['0000:00:00 00:00:00', '    :  :     :  :  ', '2023:02:30 10:00:00', 'yesterday', ''])(
    'takes no senseless time: %s',
    (text) => expect(capturedAt(exifBytes({ 0x9003: text }))).toBeUndefined(),
  );

  it('reads what pictures carry', async () => {
    const jpeg = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
      .withExif({ IFD2: { DateTimeOriginal: '2019:08:07 06:05:04' } })
      .jpeg()
      .toBuffer();
    const { exif } = await sharp(jpeg).metadata();
    expect(capturedAt(exif!)).toBe('2019-08-07T06:05:04');
  });

  it('never fails on damaged data', () => {
    const random = new Random(3);
    const whole = exifBytes({ ...TAKEN, 0x9291: '123456' }, { 0x0132: '2020:01:01 00:00:00' });
    for (let round = 0; round < 3000; round += 1) {
      const bytes = Buffer.from(
        whole.subarray(0, random.below(3) ? whole.length : random.below(whole.length)),
      );
      for (let n = random.below(6); n >= 0 && bytes.length > 0; n -= 1) {
        bytes[random.below(bytes.length)] = random.below(2) ? 255 : random.below(256);
      }
      expect(['string', 'undefined']).toContain(typeof capturedAt(bytes));
    }
    for (let cut = 0; cut < whole.length; cut += 1) capturedAt(whole.subarray(0, cut));
  });
});
