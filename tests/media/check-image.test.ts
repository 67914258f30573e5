import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { checkImage } from '../../src-main/media/check-image.ts';
import { decodeImage } from '../../src-main/media/decode-image.ts';

const folder = fileURLToPath(new URL('../fixtures/media/', import.meta.url));
const pictures = readdirSync(folder).filter((name) => /\.(png|jpg|webp|gif|tiff)$/.test(name));
const scratch = mkdtempSync(join(tmpdir(), 'lensmith-check-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'sound',
    (error: { code?: unknown }) => error.code,
  );

describe('checkImage', () => {
  it('takes every sound picture, by path and by bytes', async () => {
    for (const name of pictures) {
      await checkImage(join(folder, name));
      await checkImage(new Uint8Array(readFileSync(join(folder, name))));
    }
  });

  it('refuses what decoding refuses, when a file is cut short', async () => {
    const verdicts = new Set<unknown>();
    for (const name of pictures) {
      const whole = readFileSync(join(folder, name));
      for (const share of [0, 0.05, 0.5, 0.9]) {
        const path = join(scratch, `cut-${name}`);
        writeFileSync(path, whole.subarray(0, Math.floor(whole.length * share)));
        const verdict = await codeOf(decodeImage(path));
        expect(await codeOf(checkImage(path)), `${name}, ${share} of it`).toBe(verdict);
        verdicts.add(verdict);
      }
    }
    expect(verdicts).toContain('media/image-broken');
    expect(verdicts).toContain('media/image-unsupported');
  });

  it('names a file that is missing or no file', async () => {
    expect(await codeOf(checkImage(join(scratch, 'none.png')))).toBe('media/image-unreadable');
    expect(await codeOf(checkImage(scratch))).toBe('media/image-unreadable');
  });

  it('does not decode a picture whose header and end are right', async () => {
    const bytes = Uint8Array.from(readFileSync(join(folder, 'palette.png')));
    const data = Buffer.from(bytes).indexOf('IDAT') + 4;
    bytes.fill(0, data, bytes.length - 16);
    expect(await codeOf(decodeImage(bytes))).toBe('media/image-broken');
    expect(await codeOf(checkImage(bytes))).toBe('sound');
  });
});
