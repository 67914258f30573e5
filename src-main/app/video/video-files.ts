/** What windows see of videos: their frames, and a copy that every browser plays. */
import { join } from 'node:path';
import type { ItemRow } from '../../store/items.ts';
import type { AppContext } from '../core/context.ts';
import { hasCacheFile } from '../library/cache-files.ts';
import { MediaFiles } from '../library/media-files.ts';
import { FrameStore } from './frame-store.ts';
import type { FramePng } from './frames-task.ts';
import type { VideoFile } from './clip-task.ts';

/** Videos of whatever project is open. */
export class VideoFiles {
  readonly #context: AppContext;
  readonly #media: MediaFiles;
  readonly #frames: FrameStore;

  constructor(context: AppContext) {
    this.#context = context;
    this.#media = new MediaFiles(context);
    this.#frames = new FrameStore(async (item, indices, onProgress, signal) => {
      const input = { ...(await this.file(item)), indices };
      return context.workers.media.run('videoFrames', input, { signal, onProgress });
    });
  }

  /** @throws library/unknown-item, project/none-open */
  item(id: number): ItemRow {
    return this.#media.item(id);
  }

  /** The original. @throws media/missing */
  async file(item: ItemRow): Promise<VideoFile> {
    const path = await this.#media.original(item);
    return { path, ffmpegPath: this.#context.settings.values.ffmpegPath };
  }

  /** @throws those of FrameStore.get */
  frame(
    item: ItemRow,
    index: number,
    isBackwards: boolean,
    signal: AbortSignal,
  ): Promise<FramePng> {
    return this.#frames.get(item, index, isBackwards, signal);
  }

  /** Where the copy to play lies, once it is made. */
  playablePath({ hash }: ItemRow): string {
    const { cacheDir } = this.#context.projects.current;
    return join(cacheDir, 'playable', hash.slice(0, 2), `${hash}.webm`);
  }

  hasPlayable(item: ItemRow): Promise<boolean> {
    return hasCacheFile(this.playablePath(item));
  }
}
