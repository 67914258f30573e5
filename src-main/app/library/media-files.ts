/** Files behind the addresses of media: originals, thumbnails and previews, made when first asked for. */
import { stat } from 'node:fs/promises';
import { LensmithError } from '../../base/errors.ts';
import { readItem } from '../../store/items.ts';
import type { ItemRow } from '../../store/items.ts';
import type { AppContext } from '../core/context.ts';
import {
  hasCacheFile,
  largestThumbnail,
  previewFile,
  previewSide,
  thumbnailFile,
} from './cache-files.ts';
import type { PreviewSize, ThumbnailHeight } from './cache-files.ts';
import { checkFiles } from './file-check.ts';
import { itemPath } from './media-store.ts';
import { TaskQueue } from './task-queue.ts';

/** Pictures that are made at the same time. */
const atOnce = 2;
const previewEndings = ['jpeg', 'png', 'webp'];
/** What a browser shows as it is, when it is upright. */
const shownFormats = ['jpeg', 'png', 'webp', 'gif', 'avif', 'bmp'];

/** Serves the media of whatever project is open. */
export class MediaFiles {
  readonly #context: AppContext;
  readonly #queue = new TaskQueue<string>(atOnce);

  constructor(context: AppContext) {
    this.#context = context;
  }

  /** @throws library/unknown-item, project/none-open */
  item(id: number): ItemRow {
    const item = readItem(this.#context.projects.current.store, id);
    if (item !== undefined) return item;
    throw new LensmithError('library/unknown-item', 'This item is no longer in the project.');
  }

  /** @throws media/missing */
  async original(item: ItemRow): Promise<string> {
    const project = this.#context.projects.current;
    const path = itemPath(project, item);
    const isThere = (await stat(path).catch(() => undefined))?.isFile() === true;
    if (isThere !== !item.isMissing) await checkFiles(this.#context, project, [item.id]);
    if (isThere) return path;
    throw new LensmithError('media/missing', `${item.name} is not where it was.`, {
      expected: path,
      hint: 'Connect its disk, or find it again in the library: “Find missing files…”.',
    });
  }

  /** @throws media/missing, job/cancelled, and the codes of makeThumbnail */
  async thumbnail(item: ItemRow, height: ThumbnailHeight, signal: AbortSignal): Promise<string> {
    const { cacheDir } = this.#context.projects.current;
    const target = thumbnailFile(cacheDir, item.hash, height);
    if (await hasCacheFile(target)) return target;
    return this.#queue.run(
      target,
      async (ending) => {
        const larger = thumbnailFile(cacheDir, item.hash, largestThumbnail);
        const path = (await hasCacheFile(larger)) ? larger : await this.original(item);
        const { ffmpegPath } = this.#context.settings.values;
        const input = { path, target, height, ffmpegPath };
        await this.#context.workers.media.run('thumbnail', input, { signal: ending });
        return target;
      },
      signal,
    );
  }

  /** What every browser shows, upright. @throws media/missing, job/cancelled, those of makePreview */
  async preview(item: ItemRow, size: PreviewSize, signal: AbortSignal): Promise<string> {
    const { cacheDir } = this.#context.projects.current;
    const isSmall = Math.max(item.width, item.height) <= previewSide;
    const isShown = item.orientation === 1 && shownFormats.includes(item.format);
    if (item.kind === 'image' && isShown && (size === 'full' || isSmall)) {
      return this.original(item);
    }
    const stem = previewFile(cacheDir, item.hash, size);
    const made = await this.#made(stem);
    if (made !== undefined) return made;
    return this.#queue.run(
      stem,
      async (ending) => {
        const path = await this.original(item);
        const { ffmpegPath } = this.#context.settings.values;
        const input = { path, kind: item.kind, size, stem, ffmpegPath };
        return this.#context.workers.media.run('preview', input, { signal: ending });
      },
      signal,
    );
  }

  async #made(stem: string): Promise<string | undefined> {
    for (const ending of previewEndings) {
      if (await hasCacheFile(`${stem}.${ending}`)) return `${stem}.${ending}`;
    }
    return undefined;
  }
}
