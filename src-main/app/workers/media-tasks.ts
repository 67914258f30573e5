/** What a media worker does. Only the worker imports this file for more than its type. */
import { hashFile } from '../../media/hash.ts';
import { assistTask, checkAssistantTask } from '../assist/assist-task.ts';
import { inspectFileTask } from '../library/inspect-file-task.ts';
import { nearDuplicatesTask } from '../library/near-duplicates-task.ts';
import { previewTask } from '../library/preview-task.ts';
import { thumbnailTask } from '../library/thumbnail-task.ts';
import { videoClipTask } from '../video/clip-task.ts';
import { videoFramesTask } from '../video/frames-task.ts';
import { videoPlayableTask } from '../video/playable-task.ts';
import { videoSamplingTask } from '../video/sampling-task.ts';
import { videoWaveformTask } from '../video/waveform-task.ts';
import type { TaskContext } from './worker-client.ts';

export const mediaTasks = {
  assist: assistTask,
  checkAssistant: checkAssistantTask,
  hash: ({ path }: { readonly path: string }, { signal }: TaskContext<never>): Promise<string> =>
    hashFile(path, signal),
  inspectFile: inspectFileTask,
  nearDuplicates: nearDuplicatesTask,
  preview: previewTask,
  thumbnail: thumbnailTask,
  videoClip: videoClipTask,
  videoFrames: videoFramesTask,
  videoPlayable: videoPlayableTask,
  videoSampling: videoSamplingTask,
  videoWaveform: videoWaveformTask,
};

export type MediaTasks = typeof mediaTasks;
