import type { PictureSource } from '../../../canvas/picture.ts';

/** The moving picture of the stage: a decoded frame while it stands, the player's while it runs. */
export class VideoPicture implements PictureSource {
  readonly width: number;
  readonly height: number;
  #source: ImageBitmap | HTMLVideoElement | null = null;
  readonly #listeners = new Set<() => void>();

  constructor(size: { readonly width: number; readonly height: number }) {
    this.width = size.width;
    this.height = size.height;
  }

  show(source: ImageBitmap | HTMLVideoElement): void {
    this.#source = source;
    for (const listener of this.#listeners) listener();
  }

  draw(ctx: CanvasRenderingContext2D): boolean {
    const source = this.#source;
    const isThere =
      source !== null &&
      (source instanceof ImageBitmap ? source.width > 0 : source.readyState >= 2);
    if (isThere) ctx.drawImage(source, 0, 0, this.width, this.height);
    return true;
  }

  sharpened(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  release(): void {
    this.#source = null;
  }
}
