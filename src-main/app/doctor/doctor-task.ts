import type { TaskContext } from '../workers/worker-client.ts';
import { threadsOf } from '../settings/worker-environment.ts';
import { examine } from './doctor.ts';
import type { DoctorReport } from './doctor.ts';

export interface DoctorInput {
  readonly version: string;
  /** The person's own ffmpeg; empty: whichever is found. */
  readonly ffmpegPath: string;
}

/** What this machine offers; see examine. */
export function doctorTask(
  { version, ffmpegPath }: DoctorInput,
  { signal }: TaskContext<never>,
): Promise<DoctorReport> {
  const options = { signal, threads: threadsOf(process.env) };
  return examine(version, ffmpegPath === '' ? options : { ...options, ffmpegPath });
}
