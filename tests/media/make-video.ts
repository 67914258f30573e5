import { existsSync } from 'node:fs';
import { runProgram } from '../../src-main/media/child-process.ts';
import { locateFfmpeg } from '../../src-main/media/ffmpeg.ts';
import type { Ffmpeg } from '../../src-main/media/ffmpeg.ts';
import type { RgbImage } from '../../src-main/media/decode-image.ts';

/** ffmpeg, or the reason why tests of videos are skipped. */
export async function ffmpegOrReason(): Promise<Ffmpeg | string> {
  try {
    return await locateFfmpeg();
  } catch (error) {
    return String(error);
  }
}

export const BITS = 10;
export const WIDTH = BITS * 8;
export const HEIGHT = 48;

/** Eight pixels a bit, lowest first, white for one; the number stands in the upper half alone. */
const CODE = `geq=lum='if(lt(Y,24)*mod(floor(N/pow(2,floor(X/8))),2),235,16)':cb=128:cr=128`;

export interface VideoRecipe {
  readonly frames: number;
  readonly rate: string;
  /** Filters after the numbering, for example setpts. */
  readonly filters?: string;
  readonly output: readonly string[];
  /** Options before the output, such as a second input. */
  readonly inputs?: readonly string[];
}

/** Writes a video in which frame k shows the number k. */
export async function makeVideo(path: string, recipe: VideoRecipe): Promise<void> {
  const { ffmpeg, passthroughArgs } = await locateFfmpeg();
  const source = `color=size=${WIDTH}x${HEIGHT}:rate=${recipe.rate}`;
  const filters = [CODE, 'format=yuv420p', ...(recipe.filters ? [recipe.filters] : [])].join(',');
  const { exitCode, log } = await runProgram(
    ffmpeg.path,
    [
      ...['-nostdin', '-v', 'error', '-y', '-f', 'lavfi', '-i', source],
      ...(recipe.inputs ?? []),
      ...['-vf', filters, ...passthroughArgs, '-frames:v', String(recipe.frames)],
      ...recipe.output,
      path,
    ],
    { what: `Making ${path}`, timeoutMs: 60_000, maxOutputBytes: 1 << 20 },
  );
  if (exitCode !== 0 || !existsSync(path)) throw new Error(`cannot make ${path}: ${log}`);
}

/** The number that a frame shows, when it was turned clockwise by `degrees` after it was drawn. */
export function numberIn(image: RgbImage, degrees = 0): number {
  let number = 0;
  for (let bit = 0; bit < BITS; bit += 1) {
    const storedX = bit * 8 + 4;
    const storedY = 12;
    const [x, y] = {
      0: [storedX, storedY],
      90: [HEIGHT - 1 - storedY, storedX],
      180: [WIDTH - 1 - storedX, HEIGHT - 1 - storedY],
      270: [storedY, WIDTH - 1 - storedX],
    }[degrees] as [number, number];
    const level = image.data[(y * image.width + x) * 3 + 1]!;
    if (level > 90 && level < 165) throw new Error(`bit ${bit} is unreadable: ${level}`);
    if (level > 127) number |= 1 << bit;
  }
  return number;
}
