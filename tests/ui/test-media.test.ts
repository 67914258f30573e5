import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageKinds, makeImage, makeMixedMedia } from './support/media.ts';
import type { MadeFile } from './support/media.ts';

describe('media made for tests', () => {
  let folder: string;
  let files: MadeFile[];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lensmith-media-'));
    files = await makeMixedMedia(folder, 20);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('hold every kind, and broken files', () => {
    expect(files).toHaveLength(20);
    const names = files.map(({ name }) => name).join(' ');
    for (const kind of [...imageKinds, 'mp4', 'webm']) expect(names).toContain(`.${kind}`);
    expect(files.filter(({ kind }) => kind === 'broken')).toHaveLength(5);
  });

  // sharp reads no BMP; the importer's own tests do.
  it.each(imageKinds.filter((kind) => kind !== 'bmp'))('%s stands upright', async (kind) => {
    const { path } = await makeImage(join(folder, 'upright'), 7, kind);
    const picture = sharp(path).autoOrient().removeAlpha();
    const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([480, 320]);
    const at = (12 * info.width + 12) * 3;
    const [red = 0, green = 255, blue = 255] = data.subarray(at, at + 3);
    expect(red - Math.max(green, blue)).toBeGreaterThan(120);
  });

  it('stores the turned one on its side', async () => {
    const { path } = await makeImage(folder, 8, 'turned.jpg');
    const { width, height, orientation } = await sharp(path).metadata();
    expect({ width, height, orientation }).toEqual({ width: 320, height: 480, orientation: 6 });
  });
});
