import { brokenVideo, complaint, INPUT_LIMITS, inputUrl, runOnVideo } from './video-probe.ts';
import type { OpenVideo } from './video-probe.ts';

const sampleRate = 8000;
const timeoutMs = 600_000;
/** So many peaks at most, and a hundred a second at most. */
const mostPeaks = 500_000;
const finest = 100;

export interface Waveform {
  readonly peaksPerSecond: number;
  /** Loudest sample of each part, 0 … 255. */
  readonly peaks: Uint8Array;
}

/**
 * How loud the sound of a video is, from its first frame on.
 * @param startSeconds timestamp of the first frame
 * @param durationSeconds of the picture
 * @throws media/video-broken, media/timeout, job/cancelled
 */
export async function readWaveform(
  video: OpenVideo,
  startSeconds: number,
  durationSeconds: number,
  signal: AbortSignal,
): Promise<Waveform> {
  const wanted = Math.min(finest, mostPeaks / Math.max(durationSeconds, 1));
  const samplesAPeak = Math.ceil(sampleRate / wanted);
  const peaksPerSecond = sampleRate / samplesAPeak;
  const peaks = new Uint8Array(Math.ceil(durationSeconds * peaksPerSecond) + 1);
  let at = 0;
  let half: number | undefined;
  const add = (low: number, high: number): void => {
    const sample = ((high << 8) | low) << 16;
    const loudness = Math.min(255, Math.abs(sample) >>> 23);
    const peak = Math.floor(at / samplesAPeak);
    if (loudness > (peaks[peak] ?? 255)) peaks[peak] = loudness;
    at += 1;
  };
  const call = { path: video.path, signal, deadline: Date.now() + timeoutMs };
  const { exitCode, log } = await runOnVideo(call, video.tools.ffmpeg.path, args(), {
    maxOutputBytes: 2 ** 40,
    onOutput: (chunk) => {
      for (const byte of chunk) {
        if (half === undefined) half = byte;
        else {
          add(half, byte);
          half = undefined;
        }
      }
    },
  });
  if (at === 0) throw brokenVideo(video.path, `no sound (exit ${exitCode}): ${complaint(log)}`);
  return { peaksPerSecond, peaks };

  function args(): string[] {
    // Counted from the first frame: sound before it is cut, a gap is filled with silence.
    const filters = [
      `asetpts=PTS-(${startSeconds.toFixed(6)}/TB)`,
      `aresample=${sampleRate}:async=1:first_pts=0`,
    ];
    return [
      ...['-nostdin', '-v', 'error', ...INPUT_LIMITS, '-copyts', '-i', inputUrl(video.path)],
      ...['-map', '0:a:0', '-vn', '-sn', '-dn', '-af', filters.join(',')],
      ...['-ac', '1', '-f', 's16le', 'pipe:1'],
    ];
  }
}
