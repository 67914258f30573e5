/** A text that helps others to help: what runs here, on what, and what was said last. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../../ipc/contract/settings.ts';
import type { DoctorReport } from '../doctor/doctor.ts';

const keptBytes = 16 * 1024;

export const logsDir = (dataDir: string): string => join(dataDir, 'logs');

/** The end of the log; empty without one. */
export async function lastLines(dataDir: string): Promise<string> {
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

export function describeDiagnostics(report: DoctorReport, settings: Settings, log: string): string {
  return [
    `Lensmith ${report.versions['lensmith'] ?? ''}`,
    JSON.stringify({ ...report, settings }, null, 2),
    'The end of the log:',
    log.trim() === '' ? '(nothing)' : log.trim(),
  ].join('\n\n');
}
