import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LensmithError } from '../base/errors.ts';
import { ByteCursor } from './byte-cursor.ts';
import { runProgram } from './child-process.ts';
import type { RgbImage } from './decode-image.ts';
import { locateFfmpeg } from './ffmpeg.ts';
import type { Ffmpeg, FfmpegOptions } from './ffmpeg.ts';
import { readHeif } from './heif.ts';
import type { CodedPicture, HeifPicture } from './heif.ts';
import { transformPixels } from './heif-transform.ts';
import { imageTooLarge } from './image-errors.ts';
import type { TimeLimit } from './time-limit.ts';
import { INPUT_LIMITS, complaint } from './video-probe.ts';

export interface HeicTask {
  readonly name: string;
  readonly maxPixels: number;
  readonly limit: TimeLimit;
  readonly ffmpeg: FfmpegOptions;
}

const START_CODE = Uint8Array.of(0, 0, 0, 1);
/** Ends a sequence, so that the next picture owes nothing to this one. */
const END_OF_SEQUENCE = Uint8Array.of(0, 0, 0, 1, 0x48, 1);
/** Matrices of ITU-T H.273 that the scaler has by name. */
const MATRICES: Readonly<Partial<Record<number, string>>> = {
  1: 'bt709',
  4: 'fcc',
  5: 'bt601',
  6: 'bt601',
  7: 'smpte240m',
  9: 'bt2020',
};

/** One coded picture as a stream of its own: parameter sets, then the picture's units. */
function annexB({ config, data }: CodedPicture): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const header = new ByteCursor(config);
  header.take(21);
  const lengthSize = (header.unsigned(1) & 3) + 1;
  for (let arrays = header.unsigned(1); arrays > 0; arrays -= 1) {
    header.unsigned(1);
    for (let units = header.unsigned(2); units > 0; units -= 1) {
      parts.push(START_CODE, header.take(header.unsigned(2)));
    }
  }
  const body = new ByteCursor(data);
  while (body.left > 0) parts.push(START_CODE, body.take(body.unsigned(lengthSize)));
  parts.push(END_OF_SEQUENCE);
  return parts;
}

function decodeArgs(picture: HeifPicture, tools: Ffmpeg, path: string): string[] {
  const { colour, tiles } = picture;
  const matrix = MATRICES[colour?.matrix ?? 0];
  const scale = [
    ...(matrix ? [`in_color_matrix=${matrix}`] : []),
    ...(colour ? [`in_range=${colour.fullRange ? 'pc' : 'tv'}`] : []),
    'flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact',
  ];
  return [
    ...['-nostdin', '-hide_banner', '-nostats', '-v', 'error', ...INPUT_LIMITS],
    ...['-threads', '1', '-f', 'hevc', '-i', `file:${path}`],
    ...['-vf', `scale=${scale.join(':')},format=rgb24`, ...tools.passthroughArgs],
    ...['-frames:v', String(tiles.length), '-f', 'rawvideo', 'pipe:1'],
  ];
}

/** Puts tiles into the picture as their bytes arrive. */
class Mosaic {
  readonly data: Uint8Array;
  readonly tileBytes: number;
  received = 0;
  readonly #picture: HeifPicture;

  constructor(picture: HeifPicture) {
    this.#picture = picture;
    this.data = new Uint8Array(picture.width * picture.height * 3);
    this.tileBytes = picture.tileWidth * picture.tileHeight * 3;
  }

  add(chunk: Uint8Array): void {
    const rowBytes = this.#picture.tileWidth * 3;
    for (let from = 0; from < chunk.length;) {
      const offset = this.received % rowBytes;
      const part = chunk.subarray(from, from + rowBytes - offset);
      this.#place(Math.floor(this.received / rowBytes), offset, part);
      from += part.length;
      this.received += part.length;
    }
  }

  /** Part of a row of a tile; rows are counted through all tiles. What stands over is left out. */
  #place(row: number, offset: number, part: Uint8Array): void {
    const { width, height, columns, tileWidth, tileHeight } = this.#picture;
    const tile = Math.floor(row / tileHeight);
    const y = Math.floor(tile / columns) * tileHeight + (row % tileHeight);
    const x = (tile % columns) * tileWidth * 3 + offset;
    if (y >= height || x >= width * 3) return;
    this.data.set(part.subarray(0, width * 3 - x), y * width * 3 + x);
  }
}

async function decodeTiles(
  picture: HeifPicture,
  tools: Ffmpeg,
  { name, limit }: HeicTask,
): Promise<RgbImage> {
  const folder = await mkdtemp(join(tmpdir(), 'lensmith-heic-'));
  try {
    const path = join(folder, 'picture.hevc');
    await writeFile(path, Buffer.concat(picture.tiles.flatMap(annexB)));
    const mosaic = new Mosaic(picture);
    const expected = mosaic.tileBytes * picture.tiles.length;
    const { log } = await runProgram(tools.ffmpeg.path, decodeArgs(picture, tools, path), {
      what: `Decoding ${name}`,
      timeoutMs: limit.timeoutMs,
      signal: limit.signal,
      maxOutputBytes: expected,
      onOutput: (chunk) => mosaic.add(chunk),
    });
    if (mosaic.received !== expected || log.trim() !== '') {
      throw new Error(complaint(log) || `${mosaic.received} of ${expected} bytes of pixels`);
    }
    return { width: picture.width, height: picture.height, data: mosaic.data };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function missingDecoder(name: string, cause?: unknown): LensmithError {
  return new LensmithError('media/image-unsupported', `${name} needs a program to be read.`, {
    expected: 'an ffmpeg that decodes HEVC',
    got: 'HEIC',
    hint: 'Install ffmpeg, or convert the picture to JPEG.',
    cause,
  });
}

/**
 * Decodes the primary picture of a HEIC file. Its boxes are read here; ffmpeg decodes the HEVC
 * inside, whatever its age, since it is handed a plain stream. Rotation, mirroring and cropping that
 * the file asks for are applied; an alpha plane and depth maps are left out.
 *
 * @throws media/image-unsupported  no ffmpeg with HEVC
 * @throws media/image-too-large, media/timeout, job/cancelled; Error where the file is damaged
 */
export async function decodeHeic(bytes: Uint8Array, task: HeicTask): Promise<RgbImage> {
  const picture = readHeif(bytes, task.name);
  const { width, height, tileWidth, tileHeight, tiles } = picture;
  const pixels = Math.max(width * height, tileWidth * tileHeight * tiles.length);
  if (pixels > task.maxPixels) {
    const got = `${width}×${height} pixels`;
    throw imageTooLarge(task.name, `at most ${task.maxPixels} pixels`, got);
  }
  const tools = await locateFfmpeg(task.ffmpeg).catch((cause: unknown) => {
    throw missingDecoder(task.name, cause);
  });
  if (!tools.decoders.includes('hevc')) throw missingDecoder(task.name);
  const image = await decodeTiles(picture, tools, task).catch((error: unknown) => {
    const tooMuch = error instanceof LensmithError && error.code === 'media/output-too-large';
    throw tooMuch ? new Error('tiles are larger than the file says') : error;
  });
  return picture.transforms.reduce(transformPixels, image);
}
