import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writePlayablePreview } from '../../media/playable-preview.ts';
import type { TaskContext } from '../workers/worker-client.ts';
import { firstFrameSeconds, openFile } from './clip-task.ts';
import type { VideoFile } from './clip-task.ts';

export interface PlayableInput extends VideoFile {
  readonly target: string;
}

/** Tells how many seconds are written. @throws those of KnownVideo.open and writePlayablePreview */
export async function videoPlayableTask(
  input: PlayableInput,
  { signal, report }: TaskContext<number>,
): Promise<null> {
  const known = await openFile(input);
  await mkdir(dirname(input.target), { recursive: true });
  const start = firstFrameSeconds(known);
  await writePlayablePreview(known.video, start, input.target, report, signal);
  return null;
}
