import { accessSync, chmodSync, constants, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LensmithError } from '../base/errors.ts';
import { runProgram } from './child-process.ts';

export interface FfmpegOptions {
  /** The person's own choice; it must work or an error says why not. */
  readonly ffmpegPath?: string | undefined;
  readonly ffprobePath?: string | undefined;
  /** Folder with the programs that the app ships, default the nearest resources/bin above. */
  readonly resourcesBin?: string | undefined;
}

/** One of the two programs, checked by running it. */
export interface FoundProgram {
  readonly path: string;
  /** "setting", "FFMPEG_PATH", "resources/bin", "ffmpeg-static", "@ffmpeg-installer", "PATH" … */
  readonly source: string;
  /** As the program states it. */
  readonly version: string;
}

export interface Ffmpeg {
  readonly ffmpeg: FoundProgram;
  readonly ffprobe: FoundProgram;
  /** Names of the video and audio decoders built in, as `-decoders` lists them. */
  readonly decoders: readonly string[];
  /** The option that keeps every frame's time as it is; it was renamed in ffmpeg 5.1. */
  readonly passthroughArgs: readonly string[];
}

interface Candidate {
  readonly path: string;
  readonly source: string;
}

type Program = 'ffmpeg' | 'ffprobe';

const CHECK_TIMEOUT_MS = 15_000;
const executable = (name: string) => (process.platform === 'win32' ? `${name}.exe` : name);

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** `parts` under the nearest folder above this file where they name a file. */
function nearestAbove(...parts: string[]): string | undefined {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    // What runs must lie outside the app's archive, in its unpacked twin.
    const path = join(dir, ...parts).replace(/\bapp\.asar(?=[\\/])/, 'app.asar.unpacked');
    if (isFile(path)) return path;
    if (dir === dirname(dir)) return undefined;
  }
}

function candidates(program: Program, options: FfmpegOptions, beside?: string): Candidate[] {
  const name = executable(program);
  const found: Candidate[] = [];
  const add = (source: string, path: string | undefined) => path && found.push({ source, path });
  const inDir = (source: string, dir: string | undefined) => add(source, dir && join(dir, name));
  const variable = program.toUpperCase();
  add(`${variable}_PATH`, process.env[`${variable}_PATH`]);
  add(`${variable}_BIN`, process.env[`${variable}_BIN`]);
  if (beside) inDir('beside ffmpeg', dirname(beside));
  if (options.resourcesBin) inDir('resources/bin', options.resourcesBin);
  else add('resources/bin', nearestAbove('resources', 'bin', name));
  if (program === 'ffmpeg') {
    add('ffmpeg-static', nearestAbove('node_modules', 'ffmpeg-static', name));
  }
  const installer = `@${program}-installer`;
  const platform = `${process.platform}-${process.arch}`;
  add(installer, nearestAbove('node_modules', installer, platform, name));
  for (const dir of (process.env['PATH'] ?? '').split(delimiter)) {
    if (dir) inDir('PATH', dir);
  }
  return found.filter(({ path }) => isFile(path));
}

/** Packages unpacked by another user may lack the executable bit for this one. */
function makeExecutable(path: string): void {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    chmodSync(path, 0o755);
  }
}

async function check(program: Program, candidate: Candidate): Promise<FoundProgram> {
  makeExecutable(candidate.path);
  const { output, exitCode } = await runProgram(candidate.path, ['-version'], {
    what: `${candidate.path} -version`,
    timeoutMs: CHECK_TIMEOUT_MS,
    maxOutputBytes: 1 << 20,
  });
  const text = output.toString('utf8');
  const version = new RegExp(`^${program} version (\\S+)`).exec(text)?.[1];
  if (exitCode !== 0 || !version) throw new Error(`it does not answer as ${program} does`);
  const years = /Copyright \(c\) (?:\d+-)?(\d{4})/.exec(text)?.[1];
  return { ...candidate, version: years ? `${version} (${years})` : version };
}

function missing(program: Program, tried: readonly string[]): LensmithError {
  return new LensmithError('media/ffmpeg-missing', `No working ${program} was found.`, {
    expected: `${program} by setting, ${program.toUpperCase()}_PATH, an installed package or PATH`,
    got: tried.length > 0 ? tried.join('; ') : 'none anywhere',
    hint: 'Install ffmpeg with your package manager (apt install ffmpeg, brew install ffmpeg, winget install ffmpeg), or set its path. Pictures work without it.',
  });
}

async function find(
  program: Program,
  options: FfmpegOptions,
  beside?: string,
): Promise<FoundProgram> {
  const chosen = program === 'ffmpeg' ? options.ffmpegPath : options.ffprobePath;
  const list = chosen
    ? [{ path: chosen, source: 'setting' }]
    : candidates(program, options, beside);
  const tried: string[] = [];
  for (const candidate of list) {
    try {
      return await check(program, candidate);
    } catch (cause) {
      const why = cause instanceof LensmithError ? (cause.got ?? cause.message) : String(cause);
      tried.push(`${candidate.path} (${candidate.source}): ${why}`);
    }
  }
  throw missing(program, tried);
}

function parseDecoders(text: string): string[] {
  const list = text.split('\n').flatMap((line) => {
    const match = /^ [VA][F.][S.][X.][B.][D.] (\S+)/.exec(line);
    return match && match[1] !== '=' ? [match[1]!] : [];
  });
  return [...new Set(list)];
}

function passthroughArgs(version: string): string[] {
  const release = /^n?(\d+)\.(\d+)/.exec(version);
  const year = Number(/\((\d{4})\)$/.exec(version)?.[1] ?? 0);
  const renamed = release
    ? Number(release[1]) > 5 || (Number(release[1]) === 5 && Number(release[2]) >= 1)
    : year >= 2023;
  return renamed ? ['-fps_mode', 'passthrough'] : ['-vsync', '0'];
}

async function locate(options: FfmpegOptions): Promise<Ffmpeg> {
  const ffmpeg = await find('ffmpeg', options);
  const ffprobe = await find('ffprobe', options, ffmpeg.path);
  const { output } = await runProgram(ffmpeg.path, ['-hide_banner', '-decoders'], {
    what: `${ffmpeg.path} -decoders`,
    timeoutMs: CHECK_TIMEOUT_MS,
    maxOutputBytes: 1 << 22,
  });
  const decoders = parseDecoders(output.toString('utf8'));
  return { ffmpeg, ffprobe, decoders, passthroughArgs: passthroughArgs(ffmpeg.version) };
}

const located = new Map<string, Promise<Ffmpeg>>();

/**
 * Finds ffmpeg and ffprobe: the person's setting, FFMPEG_PATH or FFMPEG_BIN
 * (FFPROBE_PATH, FFPROBE_BIN), resources/bin, the package ffmpeg-static, the
 * packages @ffmpeg-installer and @ffprobe-installer, PATH. Each is run once to
 * see that it works; one that does not is passed over, except the setting.
 * The answer is kept while the options and the variables stay the same.
 *
 * @throws media/ffmpeg-missing  with what was tried
 */
export function locateFfmpeg(options: FfmpegOptions = {}): Promise<Ffmpeg> {
  const { FFMPEG_PATH, FFMPEG_BIN, FFPROBE_PATH, FFPROBE_BIN, PATH } = process.env;
  const surroundings = [FFMPEG_PATH, FFMPEG_BIN, FFPROBE_PATH, FFPROBE_BIN, PATH];
  const { ffmpegPath, ffprobePath, resourcesBin } = options;
  const key = JSON.stringify([ffmpegPath, ffprobePath, resourcesBin, surroundings]);
  let answer = located.get(key);
  if (!answer) {
    answer = locate(options);
    located.set(key, answer);
    // A failure is not kept: the person may install the program and try again.
    answer.catch(() => located.delete(key));
  }
  return answer;
}
