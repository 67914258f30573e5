/** Losses by sample, from which one sees what a run never learnt. */
import { open, readFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeError, writeFileAtomic } from '../base/atomic-file.ts';

export interface SampleLossValue {
  readonly id: string;
  /** Mean over the sample's tokens under loss, in nats. */
  readonly loss: number;
}

/** A line: samples of a step before its update, or all held-out samples after it. */
export interface SampleLossLine {
  readonly step: number;
  readonly side: 'train' | 'held-out';
  readonly losses: readonly (readonly [id: string, loss: number])[];
}

/** Beside the run's log. */
export function sampleLogPath(logPath: string): string {
  return join(dirname(logPath), 'sample-losses.jsonl');
}

export class SampleLog implements AsyncDisposable {
  readonly path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** Opens the log of a run that stands at `step`; lines of later steps are dropped. */
  static async open(path: string, step: number): Promise<SampleLog> {
    const lines = step === 0 ? [] : (await readLines(path)).filter((line) => line.step <= step);
    try {
      await writeFileAtomic(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      return new SampleLog(path, await open(path, 'a'));
    } catch (error) {
      throw writeError(error, path);
    }
  }

  async append(
    step: number,
    side: SampleLossLine['side'],
    losses: readonly SampleLossValue[],
  ): Promise<void> {
    // Five digits tell samples apart, and the file stays small.
    const short = losses.map(({ id, loss }) => [id, Number(loss.toPrecision(5))] as const);
    const line: SampleLossLine = { step, side, losses: short };
    try {
      await this.#file.write(`${JSON.stringify(line)}\n`);
    } catch (error) {
      throw writeError(error, this.path);
    }
  }

  /** Forces the lines to the disk: before a checkpoint that counts on them. */
  async sync(): Promise<void> {
    await this.#file.sync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

/** One line of the file; null for what a kill cut short. */
export function parseSampleLossLine(row: string): SampleLossLine | null {
  try {
    return JSON.parse(row) as SampleLossLine;
  } catch {
    return null;
  }
}

async function readLines(path: string): Promise<SampleLossLine[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    // Runs of earlier versions have none.
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').flatMap((row) => parseSampleLossLine(row) ?? []);
}
