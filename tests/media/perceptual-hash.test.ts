import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src-main/base/random.ts';
import { decodeImage } from '../../src-main/media/decode-image.ts';
import { DEFAULT_DISTANCE, groupNearDuplicates } from '../../src-main/media/near-duplicates.ts';
import {
  FLAT_HASH,
  contrast,
  hammingDistance,
  perceptualHash,
} from '../../src-main/media/perceptual-hash.ts';

const folder = fileURLToPath(new URL('../../resources/sample-project/images/', import.meta.url));
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.jpg'))
  .filter((_, i) => i % 5 === 0);
const files = names.map((name) => readFileSync(join(folder, name)));
const hashOf = async (bytes: Uint8Array) => perceptualHash(await decodeImage(bytes));
const hashes = await Promise.all(files.map(hashOf));

describe('perceptualHash', () => {
  it('hardly moves when a picture is encoded again or scaled', async () => {
    for (const [i, bytes] of files.entries()) {
      const again = await hashOf(await sharp(bytes).jpeg({ quality: 50 }).toBuffer());
      expect(hammingDistance(hashes[i]!, again), names[i]).toBeLessThanOrEqual(6);
      const small = await hashOf(await sharp(bytes).resize(70, 61, { fit: 'fill' }).toBuffer());
      expect(hammingDistance(hashes[i]!, small), names[i]).toBeLessThanOrEqual(6);
      const large = await hashOf(await sharp(bytes).resize(300).png().toBuffer());
      expect(hammingDistance(hashes[i]!, large), names[i]).toBeLessThanOrEqual(6);
    }
  });

  it('tells different pictures apart', () => {
    const distances = hashes.flatMap((a, i) =>
      hashes.slice(0, i).map((b) => hammingDistance(a, b)),
    );
    expect(distances.length).toBeGreaterThan(1500);
    const near = distances.filter((bits) => bits <= 10).length;
    expect(near / distances.length).toBeLessThan(0.005);
    const sorted = distances.sort((a, b) => a - b);
    expect(sorted[sorted.length >> 1]).toBeGreaterThan(24);
  });

  it('is the sign of low frequencies against their median', () => {
    // One frequency alone: cos(3·x)·cos(2·y) makes row 2, column 3 of the block the only one above 0.
    const wave = (k: number, n: number) => Math.cos((Math.PI * (2 * n + 1) * k) / 64);
    const data = new Uint8Array(32 * 32 * 3);
    for (let y = 0; y < 32; y += 1) {
      for (let x = 0; x < 32; x += 1) {
        data.fill(
          Math.round(128 + 100 * wave(2, y) * wave(3, x)),
          (y * 32 + x) * 3,
          (y * 32 + x) * 3 + 3,
        );
      }
    }
    const bits = BigInt(`0x${perceptualHash({ width: 32, height: 32, data })}`);
    // Bit (v - 1)·8 + u - 1 from the left.
    expect((bits >> BigInt(63 - (1 * 8 + 2))) & 1n).toBe(1n);
    expect(contrast({ width: 32, height: 32, data })).toBeCloseTo(50, 0);
  });

  it('says nothing of flat pictures, and takes pictures of any size', () => {
    const flat = { width: 50, height: 40, data: new Uint8Array(50 * 40 * 3).fill(77) };
    expect(perceptualHash(flat)).toBe(FLAT_HASH);
    expect(contrast(flat)).toBeCloseTo(0, 9);
    for (const [width, height] of [
      [1, 1],
      [3, 200],
      [33, 5],
    ] as const) {
      const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 256);
      expect(perceptualHash({ width, height, data })).toMatch(/^[0-9a-f]{16}$/);
    }
  });

  it('counts bits', () => {
    expect(hammingDistance('0000000000000000', 'ffffffffffffffff')).toBe(64);
    expect(hammingDistance('8000000000000001', '0000000180000000')).toBe(4);
    expect(() => hammingDistance('xyz', '0000000000000000')).toThrow(RangeError);
  });
});

/** Every pair, and sets that merge by relabelling. */
function groupsByBruteForce(list: readonly string[], distance: number): number[][] {
  const label = list.map((_, i) => i);
  for (let i = 0; i < list.length; i += 1) {
    for (let j = 0; j < i; j += 1) {
      if (hammingDistance(list[i]!, list[j]!) > distance || label[i] === label[j]) continue;
      const [keep, drop] = [Math.min(label[i]!, label[j]!), Math.max(label[i]!, label[j]!)];
      label.forEach((value, k) => value === drop && (label[k] = keep));
    }
  }
  const groups = label.map((_, root) => label.flatMap((value, i) => (value === root ? [i] : [])));
  return groups.filter((group) => group.length > 1);
}

describe('groupNearDuplicates', () => {
  const random = new Random(11);
  const word = () => BigInt(random.below(2 ** 32));
  const hex = (value: bigint) => value.toString(16).padStart(16, '0');

  it.each([0, 1, 3, 4, 6, 7, 10, 12])('equals brute force at distance %i', async (distance) => {
    for (let round = 0; round < 8; round += 1) {
      const list: string[] = [];
      for (let family = 0; family < 12; family += 1) {
        const centre = (word() << 32n) | word();
        for (let n = random.below(9); n >= 0; n -= 1) {
          let value = centre;
          for (let flip = random.below(14); flip > 0; flip -= 1) {
            value ^= 1n << BigInt(random.below(64));
          }
          list.push(hex(value));
        }
      }
      const got = await groupNearDuplicates(list, distance);
      expect(got).toEqual(groupsByBruteForce(list, distance));
    }
  });

  it('finds the copies of pictures and leaves flat ones alone', async () => {
    const copies = await Promise.all(
      files
        .slice(0, 10)
        .map(async (bytes) =>
          hashOf(await sharp(bytes).resize(90).jpeg({ quality: 50 }).toBuffer()),
        ),
    );
    const groups = await groupNearDuplicates([...hashes, ...copies, FLAT_HASH, FLAT_HASH]);
    for (let i = 0; i < 10; i += 1) {
      expect(groups.find((group) => group.includes(i))).toContain(hashes.length + i);
    }
    expect(groups.flat()).not.toContain(hashes.length + 10);
    expect(DEFAULT_DISTANCE).toBe(6);
  });

  it('refuses senseless distances and stops when cancelled', async () => {
    await expect(groupNearDuplicates([], 13)).rejects.toMatchObject({
      code: 'media/hash-distance',
    });
    await expect(groupNearDuplicates([], NaN)).rejects.toMatchObject({
      code: 'media/hash-distance',
    });
    const stopped = groupNearDuplicates(hashes, 6, AbortSignal.abort());
    await expect(stopped).rejects.toMatchObject({ code: 'job/cancelled' });
    const list = Array.from({ length: 50_000 }, () => hex((word() << 32n) | word()));
    const controller = new AbortController();
    const later = groupNearDuplicates(list, 10, controller.signal);
    setImmediate(() => controller.abort());
    await expect(later).rejects.toMatchObject({ code: 'job/cancelled' });
  });
});
