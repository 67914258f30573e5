import { parseLog } from './parse-log.ts';
import type { ParsedLog } from './parse-log.ts';
import { summarize } from './summary.ts';
import type { Summary } from './summary.ts';
import { texts } from '../texts/index.ts';

/** A log on the page. */
export interface Run {
  readonly id: number;
  /** All logs have the same file name, so the reader may rename a run. */
  name: string;
  /** Colour and dash, 0 to 7. */
  readonly look: number;
  isShown: boolean;
  readonly log: ParsedLog;
  readonly summary: Summary;
}

/** Beyond it a browser's string may not hold the text; some 1.3 million steps. */
const largestFile = 256 * 1024 * 1024;

let lastId = 0;

/** A name that no run has yet: log, log 2, log 3. */
export function freeName(fileName: string, taken: readonly string[]): string {
  const base = fileName.replace(/\.jsonl$/i, '') || 'log';
  let name = base;
  for (let n = 2; taken.includes(name); n++) name = `${base} ${n}`;
  return name;
}

/** The first look that no run has; by turns once all eight are taken. */
export function freeLook(taken: readonly number[]): number {
  const free = [0, 1, 2, 3, 4, 5, 6, 7].find((look) => !taken.includes(look));
  return free ?? taken.length % 8;
}

/** Reads a file into a run, or says in words why it cannot. */
export async function readRun(file: File, others: readonly Run[]): Promise<Run | string> {
  if (file.size > largestFile) {
    return texts().fileTooLarge(file.name);
  }
  let text: string;
  try {
    text = await file.text();
  } catch {
    return texts().fileUnreadable(file.name);
  }
  const log = parseLog(text);
  if (log.steps.length === 0 && log.faults.length === 0) {
    return texts().fileEmpty(file.name);
  }
  return {
    id: ++lastId,
    name: freeName(
      file.name,
      others.map(({ name }) => name),
    ),
    look: freeLook(others.map(({ look }) => look)),
    isShown: true,
    log,
    summary: summarize(log),
  };
}
