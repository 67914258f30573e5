import type { Sampling } from '../../ipc/contract/content.ts';
import type { OutputOf } from '../../ipc/contract/index.ts';
import { eventsOfItems, segmentsOfItems } from '../../store/video-marks.ts';
import type { AppContext } from '../core/context.ts';
import type { VideoFiles } from './video-files.ts';

/**
 * The frames that a model gets of a video, and which marks none of them shows.
 * @param sampling as a conversation has it; null: the default of those that say nothing
 * @throws library/unknown-item, media/missing, those of videoSamplingTask
 */
export async function readSampling(
  { projects, workers }: AppContext,
  files: VideoFiles,
  itemId: number,
  sampling: Sampling,
  signal: AbortSignal,
): Promise<OutputOf<'video.sampling'>> {
  const item = files.item(itemId);
  const { store } = projects.current;
  const segments = segmentsOfItems(store, [itemId]);
  const events = eventsOfItems(store, [itemId]);
  const moments = events.map(({ frame }) => ({ startFrame: frame, endFrame: frame + 1 }));
  const input = {
    ...(await files.file(item)),
    sampling,
    stretches: [...segments, ...moments].map(({ startFrame, endFrame }) => ({
      startFrame,
      endFrame,
    })),
  };
  const { frames, advice } = await workers.media.run('videoSampling', input, { signal });
  const { missed, ...fewest } = advice;
  const ids = (from: number, marks: readonly { readonly id: number }[]): number[] =>
    missed.flatMap((place) => marks[place - from]?.id ?? []);
  return {
    frames,
    advice: { ...fewest, segmentIds: ids(0, segments), eventIds: ids(segments.length, events) },
  };
}
