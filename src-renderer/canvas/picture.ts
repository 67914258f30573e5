import type { Rect } from './geometry/plane.ts';

/** Where the pixels of the picture come from. */
export interface PictureSource {
  /** Of the original, upright. */
  readonly width: number;
  readonly height: number;
  /**
   * Draws what it has of `visible`; the context's unit is an image pixel.
   * @param scale device pixels to an image pixel
   * @returns false while something sharper is on its way; `sharpened` tells when it is there
   */
  draw(ctx: CanvasRenderingContext2D, visible: Rect, scale: number): boolean;
  /** @returns stops telling */
  sharpened(listener: () => void): () => void;
  /** The canvas shows it no longer. */
  release(): void;
}

/** What has to be given back when it is not used. */
interface Releasable {
  release(): void;
}

/**
 * Holds one picture, or waits for it. What arrives for an earlier key is given back unseen: a slow
 * picture never replaces the one that came after it.
 */
export class PictureSlot<P extends Releasable> {
  readonly #arrived: (picture: P | null) => void;
  readonly #failed: (error: unknown) => void;
  #picture: P | null = null;
  #turn = 0;

  constructor(arrived: (picture: P | null) => void, failed: (error: unknown) => void) {
    this.#arrived = arrived;
    this.#failed = failed;
  }

  get picture(): P | null {
    return this.#picture;
  }

  /** Whatever was there or awaited before is given back. */
  set(next: P | Promise<P> | null): void {
    const turn = ++this.#turn;
    if (!(next instanceof Promise)) return this.#show(next);
    this.#show(null);
    next.then(
      (picture) => {
        if (turn === this.#turn) this.#show(picture);
        else picture.release();
      },
      (error: unknown) => {
        if (turn === this.#turn) this.#failed(error);
      },
    );
  }

  #show(picture: P | null): void {
    if (picture === this.#picture) return;
    this.#picture?.release();
    this.#picture = picture;
    this.#arrived(picture);
  }
}
