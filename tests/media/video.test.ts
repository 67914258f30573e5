import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../src-main/media/child-process.ts';
import { locateFfmpeg } from '../../src-main/media/ffmpeg.ts';
import { wantedTimes } from '../../src-main/media/frame-rule.ts';
import { mapFrames, probeVideo, readFrameTimes, sampleFrames } from '../../src-main/media/video.ts';
import type { FrameRule } from '../../src-main/media/video.ts';
import { HEIGHT, WIDTH, ffmpegOrReason, makeVideo, numberIn } from './make-video.ts';
import type { VideoRecipe } from './make-video.ts';

const scratch = mkdtempSync(join(tmpdir(), 'lensmith-video-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const at = (name: string) => join(scratch, name);

const found = await ffmpegOrReason();
const reason = typeof found === 'string' ? found : undefined;
if (reason) console.warn(`SKIPPED: tests of videos, ${reason}`);

const x264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '3', '-g', '24'];
const vpx = ['-b:v', '300k', '-auto-alt-ref', '1', '-lag-in-frames', '12', '-deadline', 'realtime'];

/** All have 60 frames at 30 a second, so frame k is shown from k/30 s on. */
const constant: Record<string, VideoRecipe> = {
  'h264.mp4': { frames: 60, rate: '30', output: x264 },
  'h264.mkv': { frames: 60, rate: '30', output: x264 },
  'h264.avi': { frames: 60, rate: '30', output: x264 },
  'h264.ts': { frames: 60, rate: '30', output: x264 },
  'hevc.mp4': {
    frames: 60,
    rate: '30',
    output: ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none:bframes=3'],
  },
  'vp8.webm': { frames: 60, rate: '30', output: ['-c:v', 'libvpx', ...vpx] },
  'vp9.webm': { frames: 60, rate: '30', output: ['-c:v', 'libvpx-vp9', '-cpu-used', '8', ...vpx] },
  'mpeg4.avi': {
    frames: 60,
    rate: '30',
    output: ['-c:v', 'mpeg4', '-bf', '2', '-qscale:v', '3', '-g', '15'],
  },
  'mpeg4.mkv': {
    frames: 60,
    rate: '30',
    output: ['-c:v', 'mpeg4', '-bf', '2', '-qscale:v', '3', '-g', '15'],
  },
  'raw.h264': { frames: 60, rate: '25', output: ['-c:v', 'libx264', '-bf', '0'] },
};

async function numbers(path: string, rule: FrameRule): Promise<number[]> {
  return mapFrames(path, rule, ({ image, frameIndex }) => {
    expect([image.width, image.height]).toEqual([WIDTH, HEIGHT]);
    expect(numberIn(image)).toBe(frameIndex);
    return frameIndex;
  });
}

describe.skipIf(reason !== undefined)('constant rate', () => {
  beforeAll(async () => {
    for (const [name, recipe] of Object.entries(constant)) await makeVideo(at(name), recipe);
  }, 60_000);

  it.each(Object.keys(constant))('gives every frame of %s', async (name) => {
    const rate = Number(constant[name]!.rate);
    const all = Array.from({ length: 60 }, (_, i) => i);
    expect(await numbers(at(name), { fps: rate })).toEqual(all);
    expect(await numbers(at(name), { count: 60 })).toEqual(all);
  });

  it.each(Object.keys(constant))(
    'gives the frames shown at scattered times of %s',
    async (name) => {
      const rate = Number(constant[name]!.rate);
      const wanted = [47, 3, 3, 0, 59, 24, 23];
      const timestampsMs = wanted.map((k) => ((k + 0.4) * 1000) / rate);
      expect(await numbers(at(name), { timestampsMs })).toEqual(wanted);
      // Segments of 12 frames: the centre of the first falls on the start of frame 6.
      expect(await numbers(at(name), { count: 5 })).toEqual([6, 18, 30, 42, 54]);
    },
  );

  it('takes one frame a second, and repeats frames when asked faster than they come', async () => {
    expect(await numbers(at('h264.mp4'), { fps: 1 })).toEqual([0, 30]);
    expect(await numbers(at('h264.mkv'), { fps: 4 })).toEqual([0, 7, 15, 22, 30, 37, 45, 52]);
    const twice = await numbers(at('vp9.webm'), { fps: 60 });
    expect(twice).toEqual(Array.from({ length: 120 }, (_, i) => i >> 1));
  });

  it('says what the file is', async () => {
    const info = await probeVideo(at('h264.mp4'));
    expect(info).toMatchObject({
      width: WIDTH,
      height: HEIGHT,
      rotationDegrees: 0,
      averageRate: 30,
      realRate: 30,
      variableRate: false,
      codec: 'h264',
      frameCount: 60,
      hasAudio: false,
    });
    expect(info.durationMs).toBeCloseTo(2000, 6);
    const [frame] = await sampleFrames(at('h264.mp4'), { timestampsMs: [990] });
    expect(frame).toMatchObject({ frameIndex: 29, requestedMs: 990 });
    expect(frame!.timestampMs).toBeCloseTo(29000 / 30, 6);
  });

  it('refuses times outside and senseless rules', async () => {
    const sample = (rule: FrameRule) => sampleFrames(at('h264.mp4'), rule);
    const code = (name: string) => ({ code: `media/${name}` });
    await expect(sample({ timestampsMs: [2500] })).rejects.toMatchObject(code('timestamp-outside'));
    await expect(sample({ timestampsMs: [-1] })).rejects.toMatchObject(code('timestamp-outside'));
    await expect(sample({ timestampsMs: [NaN] })).rejects.toMatchObject(code('timestamp-outside'));
    await expect(sample({ fps: 0 })).rejects.toMatchObject(code('frame-rule'));
    await expect(sample({ count: 2.5 })).rejects.toMatchObject(code('frame-rule'));
    await expect(sample({ fps: 1e9 })).rejects.toMatchObject(code('too-many-frames'));
    const little = sampleFrames(at('h264.mp4'), { count: 9 }, { maxBytes: WIDTH * HEIGHT * 3 * 4 });
    await expect(little).rejects.toMatchObject(code('too-many-frames'));
  });
});

describe.skipIf(reason !== undefined)('variable rate and long videos', () => {
  const steps = (n: number) => 40 * n + 5 * n * n;

  beforeAll(async () => {
    const filters = `settb=1/1000,setpts='40*N+5*N*N'`;
    // Without an edit list: old muxers end that of such a file too early.
    const output = [...x264, '-use_editlist', '0', '-video_track_timescale', '1000'];
    await makeVideo(at('variable.mp4'), { frames: 40, rate: '1000', filters, output });
    await makeVideo(at('variable.mkv'), { frames: 40, rate: '1000', filters, output: x264 });
    await makeVideo(at('long.mp4'), { frames: 600, rate: '10', output: x264 });
    await makeVideo(at('late.mkv'), {
      frames: 60,
      rate: '30',
      filters: 'setpts=PTS+7/TB',
      output: [...x264, '-copyts', '-avoid_negative_ts', 'disabled'],
    });
  }, 60_000);

  it.each(['variable.mp4', 'variable.mkv'])('follows the times of %s', async (name) => {
    const times = await readFrameTimes(at(name));
    expect(times.variableRate).toBe(true);
    expect(times.timestampsMs).toHaveLength(40);
    times.timestampsMs.forEach((ms, n) => expect(ms).toBeCloseTo(steps(n), 3));
    const timestampsMs = Array.from({ length: 90 }, (_, i) => i * 100);
    const shown = timestampsMs.map((ms) =>
      times.timestampsMs.reduce((last, time, n) => (time <= ms + 0.5 ? n : last), 0),
    );
    expect(await numbers(at(name), { timestampsMs })).toEqual(shown);
  });

  it('seeks in a long video and still meets each frame', async () => {
    expect((await readFrameTimes(at('long.mp4'))).variableRate).toBe(false);
    const wanted = [599, 1, 0, 333, 334, 100, 23, 24, 25];
    const timestampsMs = wanted.map((k) => k * 100);
    expect(await numbers(at('long.mp4'), { timestampsMs })).toEqual(wanted);
    expect(await numbers(at('long.mp4'), { count: 6 })).toEqual([50, 150, 250, 350, 450, 550]);
    expect(await numbers(at('long.mp4'), { fps: 10 })).toHaveLength(600);
  });

  it('counts from the first frame when the file starts late', async () => {
    expect(await numbers(at('late.mkv'), { fps: 1 })).toEqual([0, 30]);
    expect(await numbers(at('late.mkv'), { timestampsMs: [1500] })).toEqual([45]);
  });
});

describe.skipIf(reason !== undefined)('rotation', () => {
  const one = 0x10000;
  // Columns a, b, c, d of the track header's matrix: x' = a·x + c·y, y' = b·x + d·y, y downwards.
  const matrices = { 90: [0, one, -one, 0], 180: [-one, 0, 0, -one], 270: [0, -one, one, 0] };

  it.each([90, 180, 270] as const)('turns frames by %i degrees', async (degrees) => {
    const path = at(`turn-${degrees}.mp4`);
    await makeVideo(path, { frames: 20, rate: '10', output: x264 });
    const bytes = readFileSync(path);
    // Version 0: the matrix stands 44 bytes after the box's name, nine numbers of four bytes.
    const matrix = bytes.indexOf('tkhd') + 44;
    const [a, b, c, d] = matrices[degrees] as [number, number, number, number];
    [a, b, 0, c, d, 0].forEach((value, i) => bytes.writeInt32BE(value, matrix + i * 4));
    writeFileSync(path, bytes);
    const info = await probeVideo(path);
    expect(info.rotationDegrees).toBe(degrees);
    const turned = degrees !== 180;
    expect([info.width, info.height]).toEqual(turned ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT]);
    const frames = await sampleFrames(path, { timestampsMs: [0, 1300, 700] });
    expect(frames.map(({ image }) => numberIn(image, degrees))).toEqual([0, 13, 7]);
    expect(frames[0]!.image.width).toBe(info.width);
  });
});

describe.skipIf(reason !== undefined)('broken and hostile files', () => {
  beforeAll(async () => {
    const front = [...x264, '-movflags', '+faststart'];
    await makeVideo(at('front.mp4'), { frames: 60, rate: '30', output: front });
    await makeVideo(at('back.mp4'), { frames: 60, rate: '30', output: x264 });
    await makeVideo(at('whole.mkv'), { frames: 60, rate: '30', output: x264 });
    await makeVideo(at('sound.mp4'), {
      frames: 3,
      rate: '30',
      inputs: ['-f', 'lavfi', '-i', 'sine=duration=1'],
      output: ['-map', '1:a', '-c:a', 'aac'],
    });
  }, 60_000);

  const sample = (path: string, options = {}) => sampleFrames(path, { fps: 30 }, options);
  const cut = (name: string, share: number) => {
    const bytes = readFileSync(at(name));
    writeFileSync(at(`cut-${name}`), bytes.subarray(0, Math.floor(bytes.length * share)));
    return at(`cut-${name}`);
  };

  it('names empty, foreign and missing files', async () => {
    writeFileSync(at('empty.mp4'), '');
    writeFileSync(at('text.mp4'), 'This is no video.\n'.repeat(100));
    const code = (name: string) => ({ code: `media/${name}` });
    await expect(sample(at('empty.mp4'))).rejects.toMatchObject(code('video-empty'));
    await expect(sample(at('text.mp4'))).rejects.toMatchObject(code('video-broken'));
    await expect(sample(at('none.mp4'))).rejects.toMatchObject(code('file-unreadable'));
    await expect(probeVideo('/dev/zero')).rejects.toMatchObject(code('file-unreadable'));
    await expect(sample(at('sound.mp4'))).rejects.toMatchObject({
      ...code('video-no-stream'),
      got: 'streams: audio',
    });
  });

  it('names truncated files, and uses what is there when allowed', async () => {
    await expect(sample(cut('back.mp4', 0.3))).rejects.toMatchObject({
      code: 'media/video-broken',
      got: expect.stringContaining('moov'),
    });
    for (const name of ['front.mp4', 'whole.mkv']) {
      const path = cut(name, 0.8);
      await expect(sample(path)).rejects.toMatchObject({
        code: 'media/video-truncated',
        message: expect.stringContaining(path),
      });
      const frames = await sampleFrames(path, { count: 4 }, { allowTruncated: true });
      for (const { image, frameIndex } of frames.slice(0, 2)) {
        expect(numberIn(image)).toBe(frameIndex);
      }
    }
  });

  it('never hangs or returns a wrong frame count on damaged bytes', async () => {
    const whole = readFileSync(at('front.mp4'));
    for (let seed = 1; seed <= 8; seed += 1) {
      const bytes = Buffer.from(whole);
      for (let i = 0; i < 40; i += 1) bytes[(seed * 7919 + i * i * 131) % bytes.length]! ^= 0x5a;
      writeFileSync(at('damaged.mp4'), bytes);
      const result = await sampleFrames(at('damaged.mp4'), { count: 5 }).catch((error) => error);
      if (Array.isArray(result)) expect(result).toHaveLength(5);
      else expect(result.code).toMatch(/^media\/(video|timeout|too)/);
    }
  }, 30_000);

  it('does not follow a playlist to other files', async () => {
    const target = at('front.mp4');
    const list = `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://${target}\n#EXT-X-ENDLIST\n`;
    for (const name of ['list.m3u8', 'list.mp4']) {
      writeFileSync(at(name), list);
      await expect(sample(at(name))).rejects.toMatchObject({ code: 'media/video-broken' });
    }
    const concat = `ffconcat version 1.0\nfile '${target}'\n`;
    writeFileSync(at('list.ffconcat'), concat);
    await expect(sample(at('list.ffconcat'))).rejects.toMatchObject({ code: 'media/video-broken' });
  });

  it('takes odd names as files', async () => {
    for (const name of ['-i weird.mp4', 'a%03d.mp4', 'http:x.mp4', "it's [1],2.mp4"]) {
      copyFileSync(at('front.mp4'), at(name));
      expect((await sampleFrames(at(name), { count: 1 }))[0]!.frameIndex).toBe(30);
    }
  });

  it('stops when cancelled and when the time is up', async () => {
    const stopped = AbortSignal.abort();
    await expect(sample(at('front.mp4'), { signal: stopped })).rejects.toMatchObject({
      code: 'job/cancelled',
    });
    await expect(sample(at('front.mp4'), { timeoutMs: 1 })).rejects.toMatchObject({
      code: 'media/timeout',
    });
  });
});

describe('runProgram', () => {
  const options = { what: 'A test', timeoutMs: 400, maxOutputBytes: 1000 };

  it.skipIf(process.platform === 'win32')('ends a program and its children in time', async () => {
    const started = performance.now();
    const mark = at('still-alive');
    const script = `(sleep 1; touch "${mark}") & sleep 30`;
    const run = runProgram('/bin/sh', ['-c', script], options);
    await expect(run).rejects.toMatchObject({ code: 'media/timeout' });
    expect(performance.now() - started).toBeLessThan(900);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(() => readFileSync(mark)).toThrow();
  });

  it('limits output, hands cancellation on, names what cannot start', async () => {
    const flood = runProgram(process.execPath, ['-e', 'console.log("x".repeat(1e6))'], {
      ...options,
      timeoutMs: 10_000,
    });
    await expect(flood).rejects.toMatchObject({ code: 'media/output-too-large' });
    const controller = new AbortController();
    const endless = ['-e', 'setInterval(() => {}, 1e6)'];
    const run = runProgram(process.execPath, endless, {
      ...options,
      timeoutMs: 10_000,
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 50);
    await expect(run).rejects.toMatchObject({ code: 'job/cancelled' });
    await expect(runProgram(at('nothing'), [], options)).rejects.toMatchObject({
      code: 'media/program-failed',
    });
  });
});

describe('locateFfmpeg', () => {
  it('says why a chosen program does not work', async () => {
    writeFileSync(at('fake'), '#!/bin/sh\necho hello\n');
    chmodSync(at('fake'), 0o755);
    await expect(locateFfmpeg({ ffmpegPath: at('fake') })).rejects.toMatchObject({
      code: 'media/ffmpeg-missing',
      got: expect.stringContaining(at('fake')),
      hint: expect.stringContaining('Install ffmpeg'),
    });
  });

  it.skipIf(reason !== undefined || process.platform === 'win32')(
    'prefers the setting, then the variable, and makes programs executable',
    async () => {
      const { ffmpeg, ffprobe, decoders } = await locateFfmpeg();
      expect(decoders).toEqual(expect.arrayContaining(['h264', 'vp9']));
      mkdirSync(at('bin'));
      writeFileSync(at('bin/ffmpeg'), `#!/bin/sh\nexec "${ffmpeg.path}" "$@"\n`, { mode: 0o644 });
      const byBin = await locateFfmpeg({ resourcesBin: at('bin') });
      expect(byBin.ffmpeg).toMatchObject({ source: 'resources/bin', version: ffmpeg.version });
      const chosen = await locateFfmpeg({ ffmpegPath: ffmpeg.path, resourcesBin: at('bin') });
      expect(chosen.ffmpeg).toMatchObject({ source: 'setting', path: ffmpeg.path });
      expect(chosen.ffprobe.version).toBe(ffprobe.version);
      const before = process.env['FFMPEG_BIN'];
      try {
        process.env['FFMPEG_BIN'] = at('bin/ffmpeg');
        expect((await locateFfmpeg()).ffmpeg.source).toBe('FFMPEG_BIN');
        process.env['FFMPEG_BIN'] = at('nowhere');
        expect((await locateFfmpeg()).ffmpeg.path).toBe(ffmpeg.path);
      } finally {
        if (before === undefined) delete process.env['FFMPEG_BIN'];
        else process.env['FFMPEG_BIN'] = before;
      }
    },
  );
});

describe('rules', () => {
  it('does not gain a frame by the rounding of containers', () => {
    expect(wantedTimes({ fps: 1 }, 2.001)).toEqual([0, 1]);
    expect(wantedTimes({ fps: 1 }, 2.1)).toEqual([0, 1, 2]);
    expect(wantedTimes({ fps: 2 }, 0.01)).toEqual([0]);
    expect(wantedTimes({ count: 2 }, 4)).toEqual([1, 3]);
    expect(wantedTimes({ timestampsMs: [] }, 4)).toEqual([]);
  });
});

describe('folders of pictures', () => {
  const pictures = fileURLToPath(new URL('../fixtures/media/', import.meta.url));
  const turns = [1, 2, 3, 4, 5, 6, 7, 8];

  it('reads pictures in the order of their numbers', async () => {
    const folder = at('clip');
    mkdirSync(folder);
    for (const turn of turns) {
      copyFileSync(
        join(pictures, `orientation-${turn}.jpg`),
        join(folder, `frame_${turn + 5}.jpg`),
      );
    }
    writeFileSync(join(folder, 'notes.txt'), 'not a frame');
    const all = await sampleFrames(folder, { fps: 2 });
    expect(all.map(({ frameIndex }) => frameIndex)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(all.map(({ timestampMs }) => timestampMs)).toEqual(turns.map((t) => (t - 1) * 500));
    // frame_6 … frame_13: the fifth (orientation 5) is frame_10, which sorts before frame_6 as text.
    expect(all.map(({ image }) => image.width)).toEqual([23, 23, 23, 23, 17, 17, 17, 17]);
    const slow = await sampleFrames(folder, { fps: 1 }, { folderFps: 4 });
    expect(slow.map(({ frameIndex }) => frameIndex)).toEqual([0, 4]);
    const counted = await sampleFrames(folder, { count: 2 });
    expect(counted.map(({ frameIndex }) => frameIndex)).toEqual([2, 6]);
    mkdirSync(at('nothing-here'));
    await expect(sampleFrames(at('nothing-here'), { count: 1 })).rejects.toMatchObject({
      code: 'media/video-empty',
    });
  });
});
