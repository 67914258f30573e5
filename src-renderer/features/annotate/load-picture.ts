import type { ItemCard } from '../../../src-main/ipc/contract/library.ts';
import { errorWire } from '../../../src-main/ipc/contract/wire.ts';
import * as v from 'valibot';
import { CommandError } from '../../api/client.ts';
import { fullUrl, previewUrl } from '../../api/media-url.ts';
import { BitmapPicture } from '../../canvas/bitmap-picture.ts';
import type { PictureSource } from '../../canvas/picture.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import { texts } from './texts/index.ts';

/**
 * The picture of an item: its preview now, all its pixels once the zoom asks for them.
 * @throws CommandError as a rejection: the core's reason, e.g. media/missing
 */
export async function loadPicture(item: ItemCard, signal: AbortSignal): Promise<PictureSource> {
  const { id, hash, width, height } = item;
  const preview = await bitmapAt(previewUrl(id, hash), signal);
  return new BitmapPicture({
    width,
    height,
    preview,
    loadFull: (ending) => bitmapAt(fullUrl(id, hash), ending),
    failed: () =>
      toasts.show(texts().previewOnly, {
        tone: 'warning',
      }),
  });
}

async function bitmapAt(url: string, signal: AbortSignal): Promise<ImageBitmap> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw await refusalOf(response);
  const bitmap = await createImageBitmap(await response.blob());
  if (!signal.aborted) return bitmap;
  bitmap.close();
  throw new DOMException('The picture is no longer wanted.', 'AbortError');
}

async function refusalOf(response: Response): Promise<CommandError> {
  const read = v.safeParse(errorWire, await response.json().catch(() => null));
  if (read.success) return new CommandError(read.output);
  const message = texts().noPicture;
  return new CommandError({ code: 'media/refused', message, got: `HTTP ${response.status}` });
}
