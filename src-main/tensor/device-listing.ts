/** A graphics driver may end the process that asks what devices there are; the next ones do not ask. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LensmithError } from '../base/errors.ts';

/** Who asks, since when, and how many before were ended by asking. */
interface Asking {
  readonly pid: number;
  readonly ended: number;
  readonly at: number;
}

/** One may have been ended by something else just then. */
const mostEnded = 2;
/** Then it is tried again: drivers are mended. */
const dayMs = 24 * 60 * 60 * 1000;

/**
 * What `list` returns, or throws. While it is at work a file says so, which a process that is ended
 * leaves behind.
 * @param folder where the file lies; null: nowhere, and nothing is known of other processes
 * @throws device/vulkan-failed once several processes did not survive it within a day
 */
export function listingOnce<T>(list: () => T, folder: string | null, now = Date.now()): T {
  if (folder === null) return list();
  const file = join(folder, 'listing.json');
  const before = readAsking(file);
  const isRecent = before !== null && now - before.at < dayMs;
  // One that is still at it may yet end.
  const ended = isRecent ? before.ended + (isAlive(before.pid) ? 0 : 1) : 0;
  if (ended >= mostEnded) {
    throw new LensmithError(
      'device/vulkan-failed',
      'A graphics driver ends the processes that ask for its devices.',
      {
        expected: 'a list of graphics devices',
        got: `${ended} processes that ended`,
        hint: `Install the newest driver, or repair it; then delete ${file}. The CPU works without it.`,
      },
    );
  }
  writeAsking(file, { pid: process.pid, ended, at: now });
  try {
    return list();
  } finally {
    forget(file);
  }
}

function forget(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // It could not be written either.
  }
}

function readAsking(file: string): Asking | null {
  try {
    const { pid, ended, at } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Asking>;
    return typeof pid === 'number' && typeof ended === 'number' && typeof at === 'number'
      ? { pid, ended, at }
      : null;
  } catch {
    return null; // not there, or not whole
  }
}

function writeAsking(file: string, asking: Asking): void {
  try {
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, JSON.stringify(asking));
  } catch {
    // A folder that cannot be written: nobody after this one will know.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
