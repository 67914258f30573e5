import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const keptFiles = 20;

export interface Crash {
  /** What ended: `core`, `page`. */
  readonly what: string;
  /** How: exit status, signal, reason. */
  readonly how: string;
  /** Its last words. */
  readonly log: string;
}

/** Where crash reports lie; nothing is ever sent anywhere. */
export function crashFolder(dataDir: string): string {
  return join(dataDir, 'crashes');
}

/** Writes DATA/crashes/TIME-WHAT.txt and keeps the newest twenty. */
export function writeCrashFile(dataDir: string, crash: Crash, now: Date): string {
  const folder = crashFolder(dataDir);
  mkdirSync(folder, { recursive: true });
  const name = `${now.toISOString().replaceAll(':', '-')}-${crash.what}.txt`;
  const path = join(folder, name);
  writeFileSync(path, `${crash.what}: ${crash.how}\n${now.toISOString()}\n\n${crash.log}\n`);
  const reports = readdirSync(folder)
    .filter((file) => file.endsWith('.txt'))
    .sort();
  for (const old of reports.slice(0, -keptFiles)) rmSync(join(folder, old), { force: true });
  return path;
}
