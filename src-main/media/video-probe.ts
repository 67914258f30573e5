import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { LensmithError } from '../base/errors.ts';
import { runProgram } from './child-process.ts';
import type { RunResult } from './child-process.ts';
import { locateFfmpeg } from './ffmpeg.ts';
import type { Ffmpeg, FfmpegOptions } from './ffmpeg.ts';

export interface VideoOptions extends FfmpegOptions {
  /** For the whole call, default 5 minutes. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface VideoInfo {
  /** Shown size in pixels, after rotation; pixels are taken as square. */
  readonly width: number;
  readonly height: number;
  /** Clockwise turn that has to be applied to stored frames. */
  readonly rotationDegrees: 0 | 90 | 180 | 270;
  /** Of the video stream, as the file declares it; undefined where it does not. */
  readonly durationMs: number | undefined;
  /** Frames per second: the mean, and the base rate that all frame times are multiples of. */
  readonly averageRate: number | undefined;
  readonly realRate: number | undefined;
  /** By the declared rates; the list of frame times says it exactly. */
  readonly variableRate: boolean;
  readonly codec: string;
  /** As ffmpeg names it, "yuv420p"; undefined where the file does not tell. */
  readonly pixelFormat: string | undefined;
  /** As the file declares it; undefined where it does not. */
  readonly frameCount: number | undefined;
  readonly container: string;
  readonly hasAudio: boolean;
  /** When it was recorded, as ISO 8601; undefined where the file does not say. */
  readonly capturedAt: string | undefined;
}

/** What the decoding needs beside. */
export interface OpenVideo {
  readonly path: string;
  readonly info: VideoInfo;
  readonly tools: Ffmpeg;
  readonly streamIndex: number;
  /** Seconds a tick of the stream's timestamps. */
  readonly tickSeconds: number;
  /** Seconds; the origin of ffmpeg's `-ss`. */
  readonly containerStart: number;
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Containers that hold their own data. Playlists, concatenations and image
 * patterns are not among them: they name other files, or hosts.
 */
const CONTAINERS =
  'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,gif,apng,ivf,' +
  'h264,hevc,m4v,mxf,rm,nut,yuv4mpegpipe,dv,wtv,mp3,wav,flac,aac,amr,aiff';

export const INPUT_LIMITS = [
  '-protocol_whitelist',
  'file,pipe',
  '-format_whitelist',
  CONTAINERS,
] as const;

const DEFAULT_TIMEOUT_MS = 300_000;
const MAX_PIXELS = 2 ** 26;

/** The last lines of a log that say what is wrong. */
export function complaint(log: string): string {
  const lines = log.split(/\r?\n/).filter((line) => line.trim() !== '');
  const telling = lines.filter((line) =>
    /invalid|error|corrupt|not found|fail|premature|partial|truncat|whitelist|unsupported/i.test(
      line,
    ),
  );
  return (telling.length > 0 ? telling : lines).slice(-3).join(' | ').slice(0, 500);
}

export function brokenVideo(path: string, got: string): LensmithError {
  return new LensmithError('media/video-broken', `${path} cannot be decoded as a video.`, {
    expected: 'a whole video file of a known format',
    got,
    hint: 'Play it in a video player; if that fails too, export it again from its source.',
  });
}

/** Runs one of the programs on a video within what is left of the call's time. */
export function runOnVideo(
  video: Pick<OpenVideo, 'path' | 'deadline' | 'signal'>,
  program: string,
  args: readonly string[],
  extra: Pick<Parameters<typeof runProgram>[2], 'maxOutputBytes' | 'onOutput' | 'onLog'>,
): Promise<RunResult> {
  return runProgram(program, args, {
    what: `Reading ${video.path}`,
    timeoutMs: Math.max(video.deadline - Date.now(), 1),
    signal: video.signal,
    ...extra,
  });
}

async function checkFile(path: string): Promise<void> {
  let size: number;
  try {
    const found = await stat(path);
    // A pipe or a device would never end.
    if (!found.isFile()) throw new Error('it is not a regular file');
    size = found.size;
  } catch (cause) {
    throw new LensmithError('media/file-unreadable', `${path} cannot be read.`, {
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
  if (size === 0) {
    throw new LensmithError('media/video-empty', `${path} is empty.`, {
      expected: 'a video file',
      got: '0 bytes',
      hint: 'Copying or downloading it did not finish.',
    });
  }
}

interface ProbedStream {
  readonly index?: number;
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly pix_fmt?: string;
  readonly width?: number;
  readonly height?: number;
  readonly r_frame_rate?: string;
  readonly avg_frame_rate?: string;
  readonly time_base?: string;
  readonly duration?: string;
  readonly nb_frames?: string;
  readonly disposition?: Record<string, number>;
  readonly tags?: Record<string, string>;
  readonly side_data_list?: readonly { readonly rotation?: number | string }[];
}

interface Probed {
  readonly streams?: readonly ProbedStream[];
  readonly format?: {
    readonly format_name?: string;
    readonly duration?: string;
    readonly start_time?: string;
    readonly tags?: Record<string, string>;
  };
}

function positive(value: unknown): number | undefined {
  const number = Number(value);
  return Number.isFinite(number) && number > 0 ? number : undefined;
}

function ratio(value: string | undefined): number | undefined {
  const match = /^(\d+)\/(\d+)$/.exec(value ?? '');
  return match ? positive(Number(match[1]) / Number(match[2])) : undefined;
}

/** "00:01:02.500000000", as Matroska's tags have it. */
function clockSeconds(value: string | undefined): number | undefined {
  const match = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(value ?? '');
  return match
    ? positive(Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]))
    : undefined;
}

function rotationOf(stream: ProbedStream): VideoInfo['rotationDegrees'] {
  const matrix = stream.side_data_list?.find((data) => data.rotation !== undefined);
  // The side data counts counter-clockwise, the older tag clockwise.
  const clockwise = matrix ? -Number(matrix.rotation) : Number(stream.tags?.['rotate'] ?? 0);
  const quarter = Number.isFinite(clockwise) ? Math.round(clockwise / 90) : 0;
  return ((((quarter % 4) + 4) % 4) * 90) as VideoInfo['rotationDegrees'];
}

/** Some recorders leave the field at its zero, which is 1904 or 1970. */
function recordingTime(probed: Probed, stream: ProbedStream): string | undefined {
  const text = probed.format?.tags?.['creation_time'] ?? stream.tags?.['creation_time'];
  const time = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text ?? '') ? new Date(text!) : undefined;
  if (!time || !(time.getUTCFullYear() > 1970)) return undefined;
  return time.toISOString();
}

function videoStream(path: string, streams: readonly ProbedStream[]): ProbedStream {
  const stream = streams.find(
    (one) => one.codec_type === 'video' && one.disposition?.['attached_pic'] !== 1,
  );
  if (stream) return stream;
  const kinds = streams.map((one) => one.codec_type ?? 'unknown').join(', ');
  throw new LensmithError('media/video-no-stream', `${path} has no moving picture.`, {
    expected: 'a video stream',
    got: kinds === '' ? 'no streams' : `streams: ${kinds}`,
  });
}

function infoOf(path: string, probed: Probed, stream: ProbedStream): VideoInfo {
  const streams = probed.streams ?? [];
  const storedWidth = positive(stream.width);
  const storedHeight = positive(stream.height);
  if (!storedWidth || !storedHeight) throw brokenVideo(path, 'a video stream without a size');
  if (storedWidth * storedHeight > MAX_PIXELS) {
    throw new LensmithError('media/video-too-large', `${path} has frames too large to decode.`, {
      expected: `at most ${MAX_PIXELS} pixels a frame`,
      got: `${storedWidth}×${storedHeight}`,
    });
  }
  const rotationDegrees = rotationOf(stream);
  const turned = rotationDegrees % 180 !== 0;
  const averageRate = ratio(stream.avg_frame_rate);
  const realRate = ratio(stream.r_frame_rate);
  const seconds =
    positive(stream.duration) ??
    clockSeconds(stream.tags?.['DURATION']) ??
    (streams.length === 1 ? positive(probed.format?.duration) : undefined);
  return {
    width: turned ? storedHeight : storedWidth,
    height: turned ? storedWidth : storedHeight,
    rotationDegrees,
    durationMs: seconds === undefined ? undefined : seconds * 1000,
    averageRate,
    realRate,
    variableRate:
      averageRate !== undefined &&
      realRate !== undefined &&
      Math.abs(averageRate - realRate) > 0.01 * realRate,
    codec: stream.codec_name ?? 'unknown',
    pixelFormat: stream.pix_fmt,
    frameCount: positive(stream.nb_frames),
    container: probed.format?.format_name ?? 'unknown',
    hasAudio: streams.some((one) => one.codec_type === 'audio'),
    capturedAt: recordingTime(probed, stream),
  };
}

function parseProbe(path: string, result: RunResult): Probed {
  try {
    const probed = JSON.parse(result.output.toString('utf8')) as Probed;
    if (result.exitCode === 0 && Array.isArray(probed.streams)) return probed;
  } catch {
    // Said below, with what the program had to say.
  }
  throw brokenVideo(
    path,
    complaint(result.log) || `no answer from ffprobe (exit ${result.exitCode})`,
  );
}

export async function openVideo(path: string, options: VideoOptions): Promise<OpenVideo> {
  await checkFile(path);
  const tools = await locateFfmpeg(options);
  const call = {
    path,
    deadline: Date.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    signal: options.signal,
  };
  const result = await runOnVideo(
    call,
    tools.ffprobe.path,
    [
      '-v',
      'error',
      ...INPUT_LIMITS,
      '-of',
      'json',
      '-show_format',
      '-show_streams',
      inputUrl(path),
    ],
    { maxOutputBytes: 1 << 23 },
  );
  const probed = parseProbe(path, result);
  const stream = videoStream(path, probed.streams ?? []);
  const start = Number(probed.format?.start_time);
  return {
    ...call,
    info: infoOf(path, probed, stream),
    tools,
    streamIndex: stream.index ?? 0,
    tickSeconds: ratio(stream.time_base) ?? 1e-3,
    containerStart: Number.isFinite(start) ? start : 0,
  };
}

/** A form that ffmpeg takes for a file whatever its name looks like. */
export function inputUrl(path: string): string {
  return `file:${resolve(path)}`;
}

/**
 * What a video file says of itself, without decoding it.
 *
 * @throws media/file-unreadable, media/video-empty, media/video-broken,
 *         media/video-no-stream (audio only), media/video-too-large,
 *         media/ffmpeg-missing, media/timeout, job/cancelled
 */
export async function probeVideo(path: string, options: VideoOptions = {}): Promise<VideoInfo> {
  return (await openVideo(path, options)).info;
}
