/** Clips in which frame k shows the number k, of every kind that tells time in its own way. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../../src-main/media/child-process.ts';
import { locateFfmpeg } from '../../src-main/media/ffmpeg.ts';
import { makeVideo } from '../media/make-video.ts';

const x264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '3', '-g', '24'];
const tone = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=2'];

/** Writes one clip. */
type Make = (path: string) => Promise<void>;

export interface ClipKind {
  readonly name: string;
  readonly frames: number;
  /** How far its pictures are turned clockwise for the eye. */
  readonly degrees: 0 | 90;
  /** The number that its first frame shows. */
  readonly first: number;
  readonly make: Make;
}

function kind(name: string, make: Make, more: Partial<ClipKind> = {}): ClipKind {
  return { name, frames: 60, degrees: 0, first: 0, make, ...more };
}

export const clipKinds = {
  /** H.264 with B-frames and sound. */
  bFrames: kind('b-frames.mp4', (path) =>
    makeVideo(path, {
      ...{ frames: 60, rate: '30', inputs: tone },
      output: ['-map', '0:v', '-map', '1:a', ...x264, '-c:a', 'aac', '-strict', '-2'],
    }),
  ),
  /** VP9, without sound. */
  vp9: kind('vp9.webm', (path) =>
    makeVideo(path, {
      ...{ frames: 60, rate: '30' },
      output: ['-c:v', 'libvpx-vp9', '-cpu-used', '8', '-b:v', '300k', '-deadline', 'realtime'],
    }),
  ),
  variable: kind(
    'variable.mp4',
    (path) =>
      makeVideo(path, {
        ...{ frames: 40, rate: '1000', filters: `settb=1/1000,setpts='40*N+5*N*N'` },
        output: [...x264, '-use_editlist', '0', '-video_track_timescale', '1000'],
      }),
    { frames: 40 },
  ),
  /** As a phone held upright records: stored lying, turned by the header. */
  turned: kind('turned.mp4', makeTurned, { frames: 20, degrees: 90 }),
  /** Cut at a frame that is no key frame, as editors do without encoding anew. */
  edited: kind('edited.mp4', (path) => makeEdited(path, 'eq(n,0)'), { frames: 48, first: 12 }),
  /** Cut at a key frame, with frames before it that are in the file and never shown. */
  editedAtKey: kind('edited-at-key.mp4', (path) => makeEdited(path, 'eq(n,8)+eq(n,12)'), {
    ...{ frames: 48, first: 12 },
  }),
  /** What browsers mostly do not play. */
  mpeg4: kind('mpeg4.avi', (path) =>
    makeVideo(path, {
      ...{ frames: 60, rate: '30' },
      output: ['-c:v', 'mpeg4', '-bf', '2', '-qscale:v', '3', '-g', '15'],
    }),
  ),
} as const satisfies Readonly<Record<string, ClipKind>>;

/** @returns the paths, in the order of the kinds */
export async function makeClips(folder: string, kinds: readonly ClipKind[]): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const paths = [];
  for (const { name, make } of kinds) {
    const path = join(folder, name);
    await make(path);
    paths.push(path);
  }
  return paths;
}

async function makeTurned(path: string): Promise<void> {
  await makeVideo(path, { frames: 20, rate: '10', output: x264 });
  const bytes = readFileSync(path);
  const one = 0x10000;
  // The track header's matrix stands 44 bytes after the box's name: a quarter turn, clockwise.
  const matrix = bytes.indexOf('tkhd') + 44;
  [0, one, 0, -one, 0, 0].forEach((value, at) => bytes.writeInt32BE(value, matrix + at * 4));
  writeFileSync(path, bytes);
}

async function makeEdited(path: string, keyframes: string): Promise<void> {
  const whole = `${path}.whole.mp4`;
  const keys = ['-sc_threshold', '0', '-force_key_frames', `expr:${keyframes}`];
  await makeVideo(whole, { frames: 60, rate: '30', output: [...x264, '-g', '60', ...keys] });
  const { ffmpeg } = await locateFfmpeg();
  const args = ['-nostdin', '-v', 'error', '-y', '-ss', '0.4', '-i', whole, '-c', 'copy', path];
  const { exitCode, log } = await runProgram(ffmpeg.path, args, {
    what: `Cutting ${path}`,
    timeoutMs: 60_000,
    maxOutputBytes: 1 << 20,
  });
  rmSync(whole);
  if (exitCode !== 0) throw new Error(`cannot make ${path}: ${log}`);
}

/** The front of a file, as a copy that was broken off leaves it. */
export function cutShort(path: string, share: number, target: string): string {
  const bytes = readFileSync(path);
  writeFileSync(target, bytes.subarray(0, Math.floor(bytes.length * share)));
  return target;
}
