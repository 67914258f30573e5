import type { AppContext } from '../core/context.ts';
import type { VideoFiles } from './video-files.ts';

const kind = 'video-preview';

/**
 * Begins to make the copy of a video that every browser plays, in the project's cache; where it is
 * being made already, joins in.
 * @returns the job's id; null where the copy is there
 * @throws library/unknown-item, media/missing
 */
export async function makePreview(
  { jobs, workers }: AppContext,
  files: VideoFiles,
  itemId: number,
): Promise<string | null> {
  const item = files.item(itemId);
  if (await files.hasPlayable(item)) return null;
  const target = files.playablePath(item);
  const input = { ...(await files.file(item)), target };
  const title = `Preview of ${item.name}`;
  const running = jobs.list.find(
    (job) => job.kind === kind && job.title === title && job.state === 'running',
  );
  if (running !== undefined) return running.id;
  const total = item.durationMs === null ? null : Math.max(1, Math.round(item.durationMs / 1000));
  const { id, end } = jobs.start({
    kind,
    title,
    resultFor: () => ({ itemId }),
    run: ({ signal, progress }) => {
      progress({ total, note: 'The original stays as it is' });
      const onProgress = (seconds: number): void => progress({ done: Math.round(seconds) });
      return workers.media.run('videoPlayable', input, { signal, onProgress });
    },
  });
  // Done, it has nothing more to say: the window plays.
  end.then(
    () => jobs.dismiss(id),
    () => undefined,
  );
  return id;
}
