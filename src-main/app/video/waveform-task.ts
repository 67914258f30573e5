import { readWaveform } from '../../media/waveform.ts';
import type { Waveform } from '../../media/waveform.ts';
import type { TaskContext } from '../workers/worker-client.ts';
import { firstFrameSeconds, openFile } from './clip-task.ts';
import type { VideoFile } from './clip-task.ts';

/** @throws those of KnownVideo.open and readWaveform */
export async function videoWaveformTask(
  input: VideoFile,
  { signal }: TaskContext<never>,
): Promise<Waveform> {
  const known = await openFile(input);
  const { video, timeline } = known;
  return readWaveform(video, firstFrameSeconds(known), timeline.duration, signal);
}
