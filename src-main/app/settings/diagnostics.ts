/** A text that helps others to help: what runs here, on what, and what was said last. */
import { open } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../base/package-root.ts';
import type { Job } from '../../ipc/contract/jobs.ts';
import type { RecentProject } from '../../ipc/contract/project.ts';
import type { Settings } from '../../ipc/contract/settings.ts';
import type { DoctorReport } from '../doctor/doctor.ts';
import { withoutPrivateWords } from './private-words.ts';
import type { PrivateWord } from './private-words.ts';

/** Of the log in the diagnostics, and of the log that is downloaded. */
export const tailBytes = 16 * 1024;
export const logBytes = 4 * 1024 * 1024;

export const logsDir = (dataDir: string): string => join(dataDir, 'logs');

/** The end of the log, whole lines of it; empty without one. */
export async function lastLines(dataDir: string, keptBytes: number): Promise<string> {
  let file;
  try {
    file = await open(join(logsDir(dataDir), 'core.log'));
    const { size } = await file.stat();
    const from = Math.max(0, size - keptBytes);
    const bytes = Buffer.alloc(size - from);
    await file.read(bytes, 0, bytes.length, from);
    const text = bytes.toString('utf8');
    return from === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } catch {
    return '';
  } finally {
    await file?.close();
  }
}

export interface DiagnosticFacts {
  readonly report: DoctorReport;
  readonly settings: Settings;
  readonly jobs: readonly Job[];
  readonly log: string;
  readonly dataDir: string;
  readonly projects: readonly RecentProject[];
}

/** English, whatever the window speaks: it is for those who help. Private names are left out. */
export function describeDiagnostics(facts: DiagnosticFacts): string {
  const { report, settings, jobs, log } = facts;
  const failures = jobs.flatMap(({ kind, error }) =>
    error === null ? [] : [[`${kind}: ${error.code}`, error.message, error.got].filter(Boolean)],
  );
  const text = [
    `Lensmith ${report.versions['lensmith'] ?? ''}`,
    JSON.stringify({ ...report, settings }, null, 2),
    'Jobs that failed:',
    orNothing(failures.map((lines) => lines.join('\n  ')).join('\n')),
    'The end of the log:',
    orNothing(log.trim()),
  ].join('\n\n');
  return withoutPrivateWords(text, privateWords(facts));
}

const orNothing = (text: string): string => (text === '' ? '(nothing)' : text);

function privateWords({ dataDir, projects }: DiagnosticFacts): PrivateWord[] {
  return [
    { text: packageRoot(), shown: '<program>' },
    { text: dataDir, shown: '<data>' },
    { text: homedir(), shown: '<home>' },
    { text: hostname(), shown: '<machine>' },
    ...projects.flatMap(({ folder, name }) => [
      { text: folder, shown: '<project folder>' },
      { text: name, shown: '<project>' },
    ]),
  ];
}
