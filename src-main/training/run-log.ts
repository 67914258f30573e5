import { open, readFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { writeError, writeFileAtomic } from '../base/atomic-file.ts';

/** One line of the log; the loss is that before the update. */
export interface LogLine {
  /** From 1. */
  readonly step: number;
  readonly loss: number;
  /** Of the language model; other parts keep their ratio to it. */
  readonly learningRate: number;
  /** Over all trained weights, before clipping. */
  readonly gradNorm: number;
  readonly supervisedTokens: number;
  readonly tokens: number;
  readonly tokensPerSecond: number;
  readonly peakMemoryBytes: number;
}

/** The log of a run, one JSON object a line. */
export class RunLog implements AsyncDisposable {
  readonly path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /**
   * Opens the log of a run that stands at `step`: lines of later steps, and what a
   * killed process left of a line, are dropped, so that each step stands in it once.
   */
  static async open(path: string, step: number): Promise<{ log: RunLog; lines: LogLine[] }> {
    const lines = step === 0 ? [] : (await readLog(path)).filter((line) => line.step <= step);
    try {
      await writeFileAtomic(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      return { log: new RunLog(path, await open(path, 'a')), lines };
    } catch (error) {
      throw writeError(error, path);
    }
  }

  async append(line: LogLine): Promise<void> {
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

async function readLog(path: string): Promise<LogLine[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const lines: LogLine[] = [];
  for (const row of text.split('\n')) {
    try {
      const line = JSON.parse(row) as LogLine;
      if (line.step === lines.length + 1) lines.push(line);
    } catch {
      // A line that a kill cut short: its step lies after the checkpoint and is done again.
      continue;
    }
  }
  return lines;
}
