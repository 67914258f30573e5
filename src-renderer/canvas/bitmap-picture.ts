import { containsRect } from './geometry/plane.ts';
import type { Rect, Size } from './geometry/plane.ts';
import type { PictureSource } from './picture.ts';

export interface BitmapPictureOptions extends Size {
  /** The whole picture made smaller, e.g. to 2,048 pixels on the longer side. */
  readonly preview: ImageBitmap;
  /** The picture in full; asked for once, when the preview is not enough. */
  readonly loadFull: (signal: AbortSignal) => Promise<ImageBitmap>;
  /** The full picture could not be had; the preview goes on serving. */
  readonly failed?: (error: unknown) => void;
}

/** A preview shown larger than this is not sharp enough. */
const tolerable = 1.15;

/**
 * A preview at once, and the full picture when the zoom asks for it. Between the two a picture of half
 * the size is made, so that a large one neither flickers nor costs its 40 megapixels at every frame.
 */
export class BitmapPicture implements PictureSource {
  readonly width: number;
  readonly height: number;
  readonly #options: BitmapPictureOptions;
  readonly #abort = new AbortController();
  readonly #listeners = new Set<() => void>();
  /** Smallest first. */
  #levels: ImageBitmap[];
  #state: 'preview' | 'loading' | 'full' = 'preview';

  constructor(options: BitmapPictureOptions) {
    this.width = options.width;
    this.height = options.height;
    this.#options = options;
    this.#levels = [options.preview];
  }

  draw(ctx: CanvasRenderingContext2D, visible: Rect, scale: number): boolean {
    const wanted = this.width * scale;
    const sharp = this.#levels.find(({ width }) => width * tolerable >= wanted);
    const level = sharp ?? this.#levels.at(-1);
    if (level !== undefined) this.#drawLevel(ctx, level, visible);
    if (sharp !== undefined || this.#state === 'full') return true;
    if (this.#state === 'preview') void this.#load();
    return false;
  }

  sharpened(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  release(): void {
    this.#abort.abort();
    for (const level of this.#levels) level.close();
    this.#levels = [];
  }

  /** Only the part on the screen, with a pixel around it for smoothing at its edges. */
  #drawLevel(ctx: CanvasRenderingContext2D, level: ImageBitmap, visible: Rect): void {
    const whole = { x: 0, y: 0, width: this.width, height: this.height };
    if (containsRect(visible, whole)) {
      ctx.drawImage(level, 0, 0, this.width, this.height);
      return;
    }
    const stepX = this.width / level.width;
    const stepY = this.height / level.height;
    const left = Math.max(0, Math.floor(visible.x / stepX) - 1);
    const top = Math.max(0, Math.floor(visible.y / stepY) - 1);
    const right = Math.min(level.width, Math.ceil((visible.x + visible.width) / stepX) + 1);
    const bottom = Math.min(level.height, Math.ceil((visible.y + visible.height) / stepY) + 1);
    const width = right - left;
    const height = bottom - top;
    if (width <= 0 || height <= 0) return;
    const place = [left * stepX, top * stepY, width * stepX, height * stepY] as const;
    ctx.drawImage(level, left, top, width, height, ...place);
  }

  async #load(): Promise<void> {
    this.#state = 'loading';
    const { signal } = this.#abort;
    try {
      const full = await this.#options.loadFull(signal);
      if (!this.#add(full)) return;
      this.#state = 'full';
      const [preview] = this.#levels;
      if (preview === undefined || full.width < preview.width * 3) return;
      const resizeWidth = Math.round(full.width / 2);
      const resizeHeight = Math.round(full.height / 2);
      this.#add(
        await createImageBitmap(full, { resizeWidth, resizeHeight, resizeQuality: 'medium' }),
      );
    } catch (error) {
      this.#state = 'full';
      if (!signal.aborted) this.#options.failed?.(error);
    }
  }

  #add(level: ImageBitmap): boolean {
    if (this.#abort.signal.aborted) {
      level.close();
      return false;
    }
    this.#levels = [...this.#levels, level].sort((a, b) => a.width - b.width);
    for (const listener of this.#listeners) listener();
    return true;
  }
}
