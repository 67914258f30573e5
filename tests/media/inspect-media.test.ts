import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src-main/base/random.ts';
import { decodeImage } from '../../src-main/media/decode-image.ts';
import { inspectMedia, inspectWithThumbnail } from '../../src-main/media/inspect-media.ts';
import { sniffMedia } from '../../src-main/media/media-kind.ts';
import { hammingDistance, perceptualHash } from '../../src-main/media/perceptual-hash.ts';
import { sampleFrames } from '../../src-main/media/video.ts';
import { bmpFile } from './make-bmp.ts';
import { HEIGHT, WIDTH, ffmpegOrReason, makeVideo } from './make-video.ts';

const fixtures = fileURLToPath(new URL('../fixtures/media/', import.meta.url));
const pictures = readdirSync(fixtures).filter((name) => /\.(png|jpg|webp|gif|tiff)$/.test(name));
const scratch = mkdtempSync(join(tmpdir(), 'lensmith-inspect-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const at = (name: string) => join(scratch, name);

const found = await ffmpegOrReason();
const reason = typeof found === 'string' ? found : undefined;

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const code = (name: string) => ({ code: `media/${name}` });

describe('pictures', () => {
  it.each(pictures)('agrees with what trains: %s', async (name) => {
    const path = join(fixtures, name);
    const facts = await inspectMedia(path);
    const image = await decodeImage(path);
    expect(facts).toMatchObject({
      kind: 'image',
      width: image.width,
      height: image.height,
      format: image.format,
      orientation: image.orientation,
      hasAlpha: image.hadAlpha,
      isClipped: image.isClipped,
      sizeBytes: statSync(path).size,
      modifiedMs: statSync(path).mtimeMs,
      sha256: sha256(path),
      perceptualHash: perceptualHash(image),
    });
  });

  it('reads the time of capture and knows formats by contents, not by name', async () => {
    const picture = sharp({ create: { width: 9, height: 4, channels: 3, background: 'teal' } });
    const exif = { IFD2: { DateTimeOriginal: '2019:08:07 06:05:04' } };
    const makers = {
      png: picture.clone().png(),
      avif: picture.clone().avif(),
      jpeg: picture.clone().withExif(exif).jpeg(),
      bmp: bmpFile({ width: 9, height: 4, bits: 24, pixel: (x) => x }),
    };
    for (const [format, made] of Object.entries(makers)) {
      const path = at(`renamed-${format}.mp4`);
      writeFileSync(path, Buffer.isBuffer(made) ? made : await made.toBuffer());
      const capturedAt = format === 'jpeg' ? '2019-08-07T06:05:04' : undefined;
      const facts = await inspectMedia(path);
      expect(facts).toMatchObject({ kind: 'image', format, width: 9, height: 4, capturedAt });
    }
  });

  it('makes the thumbnail from the same bytes', async () => {
    const path = join(fixtures, 'orientation-6.jpg');
    const { facts, thumbnail } = await inspectWithThumbnail(path, { longestSide: 10 });
    expect(facts).toEqual(await inspectMedia(path));
    expect(await sharp(thumbnail).metadata()).toMatchObject({ format: 'webp', height: 10 });
  });
});

describe('what is no sound picture or video', () => {
  it('names empty files, texts, folders and missing files', async () => {
    writeFileSync(at('empty.jpg'), '');
    await expect(inspectMedia(at('empty.jpg'))).rejects.toMatchObject(code('file-empty'));
    writeFileSync(at('text.png'), 'These are words.\n'.repeat(200));
    await expect(inspectMedia(at('text.png'))).rejects.toMatchObject({
      ...code('file-unsupported'),
      message: expect.stringContaining(at('text.png')),
      expected: expect.stringContaining('HEIC'),
      got: 'unknown contents',
    });
    writeFileSync(at('page.jpg'), '<!DOCTYPE html><html></html>');
    await expect(inspectMedia(at('page.jpg'))).rejects.toMatchObject({ got: 'a web page' });
    await expect(inspectMedia(scratch)).rejects.toMatchObject({
      ...code('file-unreadable'),
      got: 'it is a folder',
    });
    await expect(inspectMedia(at('none.png'))).rejects.toMatchObject(code('file-unreadable'));
  });

  it('does not wait on pipes, sockets and devices', async (ctx) => {
    ctx.skip(process.platform === 'win32', 'Windows has no such files');
    execFileSync('mkfifo', [at('pipe.jpg')]);
    const server = createServer().listen(at('socket.jpg'));
    try {
      for (const [path, got] of [
        [at('pipe.jpg'), 'it is a pipe'],
        [at('socket.jpg'), 'it is a socket'],
        ['/dev/zero', 'it is not a regular file'],
      ] as const) {
        await expect(inspectMedia(path)).rejects.toMatchObject({ ...code('file-unreadable'), got });
        const read = decodeImage(path);
        await expect(read).rejects.toMatchObject({ ...code('image-unreadable'), got });
      }
    } finally {
      server.close();
    }
  });

  it.each(pictures)('refuses %s where it is cut short, whatever is left', async (name) => {
    const whole = readFileSync(join(fixtures, name));
    for (const share of [0.1, 0.6]) {
      writeFileSync(at(`cut-${name}`), whole.subarray(0, Math.floor(whole.length * share)));
      const cut = inspectMedia(at(`cut-${name}`));
      // Of animations the first frame counts, and it may be whole.
      const sound = await cut.then(() => true).catch(() => false);
      if (sound) expect(name).toMatch(/^animated/);
      else await expect(cut).rejects.toMatchObject({ code: expect.stringMatching(/^media\//) });
    }
  });

  it('refuses huge files and huge pictures before it takes memory', async () => {
    copyFileSync(join(fixtures, 'rgba.png'), at('huge.png'));
    truncateSync(at('huge.png'), 2 ** 31);
    await expect(inspectMedia(at('huge.png'))).rejects.toMatchObject(code('image-too-large'));
    const limit = inspectMedia(join(fixtures, 'rgba.png'), { maxPixels: 100 });
    await expect(limit).rejects.toMatchObject(code('image-too-large'));
    const jpeg = Buffer.from(readFileSync(join(fixtures, 'grey.jpg')));
    const frameHeader = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    jpeg.writeUInt16BE(65500, frameHeader + 5);
    jpeg.writeUInt16BE(65500, frameHeader + 7);
    writeFileSync(at('huge.jpg'), jpeg);
    await expect(inspectMedia(at('huge.jpg'))).rejects.toMatchObject({
      ...code('image-too-large'),
      got: '65500×65500 pixels',
    });
  });

  it('stops when cancelled and when the time is up', async () => {
    const path = join(fixtures, 'rgba.png');
    const cancelled = inspectMedia(path, { signal: AbortSignal.abort() });
    await expect(cancelled).rejects.toMatchObject({ code: 'job/cancelled' });
    const noise = Uint8Array.from({ length: 3000 * 2000 * 3 }, (_, i) => (i * i) >> 7);
    const raw = { width: 3000, height: 2000, channels: 3 as const };
    await sharp(noise, { raw }).avif({ effort: 0 }).toFile(at('slow.avif'));
    const late = inspectMedia(at('slow.avif'), { timeoutMs: 1 });
    await expect(late).rejects.toMatchObject(code('timeout'));
    const controller = new AbortController();
    const stopped = inspectMedia(at('slow.avif'), { signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    await expect(stopped).rejects.toMatchObject({ code: 'job/cancelled' });
  });

  it('answers damaged pictures with facts or an error of its own', async () => {
    const random = new Random(19);
    for (let round = 0; round < 150; round += 1) {
      const name = pictures[round % pictures.length]!;
      const bytes = Buffer.from(readFileSync(join(fixtures, name)));
      for (let n = random.below(8); n >= 0; n -= 1) {
        bytes[random.below(bytes.length)] = random.below(256);
      }
      writeFileSync(at('damaged'), bytes);
      const options = { maxPixels: 1e6, timeoutMs: 20_000 };
      const work = inspectWithThumbnail(at('damaged'), { height: 16 }, options);
      const result: unknown = await work.catch((error: unknown) => error);
      const { code = 'sound' } = result as { code?: string };
      expect(code, name).toMatch(/^(sound|media\/(image|file|video)-[a-z-]+)$/);
    }
  });
});

describe('sniffMedia', () => {
  const kindOf = (text: string) => {
    try {
      return sniffMedia(Buffer.from(text, 'latin1'), 'it').format;
    } catch (error) {
      return (error as { got?: string }).got;
    }
  };
  const ftyp = (...brands: string[]) =>
    `\0\0\0${String.fromCharCode(12 + brands.length * 4)}ftyp${brands[0]}\0\0\0\0${brands.slice(1).join('')}`;

  it.each([
    [ftyp('isom', 'avc1'), 'mp4'],
    [ftyp('qt  '), 'mov'],
    [ftyp('heic', 'mif1'), 'heic'],
    [ftyp('mif1', 'heic'), 'heic'],
    [ftyp('mif1', 'avif'), 'avif'],
    [ftyp('avis', 'avif'), 'avif'],
    ['\0\0\0\x08wide\0\0\0\0mdat', 'mov'],
    ['\x1a\x45\xdf\xa3\x9fB\x82\x84webm', 'webm'],
    ['\x1a\x45\xdf\xa3\x9fB\x82\x88matroska', 'mkv'],
    ['RIFF\0\0\0\0AVI LIST', 'avi'],
    ['RIFF\0\0\0\0WAVEfmt ', 'unknown contents'],
    [`G${'\0'.repeat(187)}G${'\0'.repeat(187)}G`, 'mpegts'],
    ['%PDF-1.7', 'PDF'],
    ['PK\x03\x04', 'a ZIP archive'],
    ['BMW builds cars.', 'unknown contents'],
  ])('%j is %s', (text, format) => expect(kindOf(text)).toBe(format));
});

describe.skipIf(reason !== undefined)('videos', () => {
  const x264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '3', '-g', '24'];
  const vp9 = ['-c:v', 'libvpx-vp9', '-cpu-used', '8', '-b:v', '300k', '-deadline', 'realtime'];
  const recipes = {
    mp4: { output: x264, codec: 'h264' },
    mov: { output: x264, codec: 'h264' },
    mkv: { output: x264, codec: 'h264' },
    avi: { output: ['-c:v', 'mpeg4', '-qscale:v', '3'], codec: 'mpeg4' },
    webm: { output: vp9, codec: 'vp9' },
  };

  beforeAll(async () => {
    for (const [format, { output }] of Object.entries(recipes)) {
      await makeVideo(at(`clip.${format}`), { frames: 45, rate: '15', output });
    }
  }, 60_000);

  it.each(Object.entries(recipes))('tells what there is to know: %s', async (format, { codec }) => {
    const path = at(`renamed-${format}.txt`);
    copyFileSync(at(`clip.${format}`), path);
    const facts = await inspectMedia(path);
    expect(facts).toMatchObject({
      kind: 'video',
      format,
      codec,
      width: WIDTH,
      height: HEIGHT,
      rotationDegrees: 0,
      pixelFormat: 'yuv420p',
      hasAudio: false,
      frameCount: 45,
      variableRate: false,
      sha256: sha256(path),
      sizeBytes: statSync(path).size,
    });
    if (facts.kind !== 'video') throw new Error('not a video');
    expect(facts.durationMs).toBeCloseTo(3000, -1);
    expect(facts.frameRate).toBeCloseTo(15, 0);
    const [middle] = await sampleFrames(path, { count: 1 });
    expect(hammingDistance(facts.perceptualHash, perceptualHash(middle!.image))).toBe(0);
  });

  it('tells sound, a variable rate and the time of recording', async () => {
    await makeVideo(at('rich.mkv'), {
      frames: 40,
      rate: '1000',
      filters: `settb=1/1000,setpts='40*N+5*N*N'`,
      inputs: ['-f', 'lavfi', '-i', 'sine=duration=1'],
      output: [
        ...['-map', '0:v', '-map', '1:a', ...x264, '-c:a', 'aac'],
        ...['-metadata', 'creation_time=2021-02-03T04:05:06Z'],
      ],
    });
    expect(await inspectMedia(at('rich.mkv'))).toMatchObject({
      hasAudio: true,
      variableRate: true,
      frameCount: 40,
      capturedAt: '2021-02-03T04:05:06.000Z',
    });
  });

  it('refuses what is cut short, has no moving picture, or is no video inside', async () => {
    const whole = readFileSync(at('clip.mkv'));
    writeFileSync(at('cut.mkv'), whole.subarray(0, Math.floor(whole.length * 0.6)));
    await expect(inspectMedia(at('cut.mkv'))).rejects.toMatchObject(code('video-truncated'));
    writeFileSync(at('head.mp4'), readFileSync(at('clip.mp4')).subarray(0, 40));
    await expect(inspectMedia(at('head.mp4'))).rejects.toMatchObject(code('video-broken'));
    await makeVideo(at('sound.mp4'), {
      frames: 3,
      rate: '30',
      inputs: ['-f', 'lavfi', '-i', 'sine=duration=1'],
      output: ['-map', '1:a', '-c:a', 'aac'],
    });
    await expect(inspectMedia(at('sound.mp4'))).rejects.toMatchObject(code('video-no-stream'));
    const stopped = inspectMedia(at('clip.mp4'), { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: 'job/cancelled' });
    const late = inspectMedia(at('clip.mp4'), { timeoutMs: 1 });
    await expect(late).rejects.toMatchObject(code('timeout'));
  });
});
