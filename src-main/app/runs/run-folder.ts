/** What is in the folder of a run: its log, what happened to it, its snapshot. */
import { appendFileSync, createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RunEntry, RunLine } from '../../ipc/contract/runs.ts';

/** `12-brindo-inspector`: the number finds it, the words tell people what it is. */
export function folderNameOf(id: number, name: string): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, '-')
    .replace(/^-+|-+$/gu, '')
    .slice(0, 60);
  return words === '' ? String(id) : `${id}-${words}`;
}

export function snapshotDirOf(folder: string): string {
  return join(folder, 'data');
}

/**
 * Steps after `afterStep` from the log that the trainer writes. A line that is being written, or that
 * a kill cut short, is passed over: its step is done again.
 */
export async function readRunLog(folder: string, afterStep: number): Promise<RunLine[]> {
  const lines: RunLine[] = [];
  const stream = createReadStream(join(folder, 'log.jsonl'), 'utf8');
  try {
    for await (const row of createInterface({ input: stream })) {
      const line = parseLine(row);
      if (line !== null && line.step > afterStep) lines.push(line);
    }
  } catch (error) {
    // A run that has no step yet has no log.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return lines;
}

function parseLine(row: string): RunLine | null {
  try {
    return JSON.parse(row) as RunLine;
  } catch {
    return null;
  }
}

/**
 * Keeps what happened to a run, in words, one JSON object a line. A few short lines a minute: written
 * at once, so that their order is that of the events. Never fails: a run does not end because its
 * diary could not be written.
 */
export function noteRunEntry(folder: string, entry: RunEntry): void {
  try {
    appendFileSync(join(folder, 'events.jsonl'), `${JSON.stringify(entry)}\n`);
  } catch {
    return; // a full disk, or a folder that is gone: the run itself will say so
  }
}

export async function readRunEntries(folder: string): Promise<RunEntry[]> {
  const text = await readFile(join(folder, 'events.jsonl'), 'utf8').catch(() => '');
  return text.split('\n').flatMap((row) => {
    try {
      return [JSON.parse(row) as RunEntry];
    } catch {
      return []; // the empty end, or a line that a kill cut short
    }
  });
}
