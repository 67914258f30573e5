import { rename, rm } from 'node:fs/promises';
import { brokenVideo, complaint, INPUT_LIMITS, inputUrl, runOnVideo } from './video-probe.ts';
import type { OpenVideo } from './video-probe.ts';

/** Longest side in pixels: enough to follow what happens; stops show the original's own pixels. */
const longestSide = 960;
const timeoutMs = 6 * 3600_000;

/**
 * Writes a WebM (VP8, Opus) that every browser plays, upright. Its frames are those of the original, at
 * their times after the first frame: a time in the one is a time in the other, to the millisecond.
 * @param startSeconds timestamp of the first frame
 * @param target appears whole or not at all
 * @param report seconds that are written
 * @throws media/video-broken, media/timeout, job/cancelled
 */
export async function writePlayablePreview(
  video: OpenVideo,
  startSeconds: number,
  target: string,
  report: (seconds: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const temporary = `${target}.${process.pid}.${Date.now()}.tmp`;
  const call = { path: video.path, signal, deadline: Date.now() + timeoutMs };
  let rest = '';
  try {
    const args = previewArgs(video, startSeconds, temporary);
    const { exitCode, log } = await runOnVideo(call, video.tools.ffmpeg.path, args, {
      maxOutputBytes: 2 ** 30,
      onOutput: (chunk) => {
        const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const time = /^out_time_ms=(\d+)/.exec(line);
          // Microseconds, whatever the name says.
          if (time !== null) report(Number(time[1]) / 1e6);
        }
      },
    });
    if (exitCode !== 0) throw brokenVideo(video.path, `exit ${exitCode}: ${complaint(log)}`);
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}

function previewArgs(video: OpenVideo, startSeconds: number, target: string): string[] {
  const shift = `PTS-(${startSeconds.toFixed(6)}/TB)`;
  const side = Math.min(longestSide, Math.max(video.info.width, video.info.height));
  const even = (length: number): number =>
    Math.max(
      2,
      2 * Math.round((length * side) / Math.max(video.info.width, video.info.height) / 2),
    );
  const size = `${even(video.info.width)}:${even(video.info.height)}`;
  const sound = [`asetpts=${shift}`, 'aresample=48000:async=1:first_pts=0'].join(',');
  return [
    ...['-nostdin', '-v', 'error', '-y', '-progress', 'pipe:1'],
    ...[...INPUT_LIMITS, '-copyts', '-i', inputUrl(video.path)],
    ...['-map', `0:${video.streamIndex}`, '-sn', '-dn', '-map_metadata', '-1'],
    ...['-vf', `setpts=${shift},scale=${size}:flags=bilinear,setsar=1,format=yuv420p`],
    ...video.tools.passthroughArgs,
    ...['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '3M', '-g', '60'],
    ...(video.info.hasAudio
      ? ['-map', '0:a:0', '-af', sound, '-ac', '2', '-c:a', 'libopus', '-b:a', '96k']
      : []),
    ...['-f', 'webm', target],
  ];
}
