import { createWriteStream, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const maxBytes = 4 * 1024 * 1024;

/** Appends dated lines to DATA/logs/core.log; the one before is kept beside it. */
export function openLog(dataDir: string, now: () => Date): (text: string) => void {
  const folder = join(dataDir, 'logs');
  const path = join(folder, 'core.log');
  mkdirSync(folder, { recursive: true });
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > maxBytes) renameSync(path, join(folder, 'core.previous.log'));
  const stream = createWriteStream(path, { flags: 'a' });
  stream.on('error', () => undefined); // a full disk must not end the work
  return (text) => stream.write(`${now().toISOString()} ${text}\n`);
}
