import type { ProjectStore } from '../../store/project-store.ts';
import { samplingsOfItem } from '../../store/sample-media.ts';
import { videoMarksOf } from '../../store/video-marks.ts';
import type { AppContext } from '../core/context.ts';
import type { Feature, FeatureCommands } from '../core/feature.ts';
import { editVideoMarks } from './edit-marks.ts';
import type { FrameTimes } from './mark-files/video-marks-format.ts';
import { exportMarks, importMarks } from './mark-files.ts';
import { makePreview } from './make-preview.ts';
import { readSampling } from './read-sampling.ts';
import { useSampling } from './use-sampling.ts';
import { VideoFiles } from './video-files.ts';

export function videoFeature(context: AppContext): Feature<FeatureCommands<'video'>> {
  const { projects, workers } = context;
  const store = (): ProjectStore => projects.current.store;
  const files = new VideoFiles(context);
  const frameTimes = async (itemId: number, signal: AbortSignal): Promise<FrameTimes> => {
    const item = files.item(itemId);
    const input = { ...(await files.file(item)), format: item.format };
    const { seconds, durationSeconds } = await workers.media.run('videoClip', input, { signal });
    return { name: item.name, seconds, durationSeconds };
  };
  return {
    handlers: {
      'video.clip': async ({ itemId }, { signal }) => {
        const item = files.item(itemId);
        const input = { ...(await files.file(item)), format: item.format };
        const { seconds, keyframes, ...facts } = await workers.media.run('videoClip', input, {
          signal,
        });
        return {
          ...facts,
          times: base64(seconds),
          keyframes: base64(keyframes),
          hasPreview: await files.hasPlayable(item),
        };
      },
      'video.makePreview': async ({ itemId }) => ({
        jobId: await makePreview(context, files, itemId),
      }),
      'video.waveform': async ({ itemId }, { signal }) => {
        const item = files.item(itemId);
        if (!item.hasAudio) return null;
        const input = await files.file(item);
        const { peaks, peaksPerSecond } = await workers.media.run('videoWaveform', input, {
          signal,
        });
        return { peaksPerSecond, peaks: base64(peaks) };
      },
      'video.sampling': ({ itemId, sampling }, { signal }) =>
        readSampling(context, files, itemId, sampling, signal),
      'video.samplings': ({ itemId }) => samplingsOfItem(store(), itemId),
      'video.useSampling': ({ itemId, sampling }) => ({
        changed: useSampling(store(), itemId, sampling),
      }),
      'video.exportMarks': async ({ itemId, format, path }, { signal }) =>
        exportMarks(store(), itemId, await frameTimes(itemId, signal), format, path),
      'video.importMarks': async ({ itemId, path }, { signal }) =>
        importMarks(store(), itemId, await frameTimes(itemId, signal), path),
      'video.marks': ({ itemId }) => videoMarksOf(store(), itemId),
      'video.edit': ({ itemId, edits, act }) => editVideoMarks(store(), itemId, edits, act),
    },
  };
}

function base64({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
