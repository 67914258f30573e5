import type { ErrorWire } from '../../../../src-main/ipc/contract/wire.ts';
import type { ItemCard } from '../../../../src-main/ipc/contract/library.ts';
import { errorWireOf } from '../../../api/client.ts';
import { FrameLoader } from './frame-loader.ts';
import type { LoadedFrame } from './frame-loader.ts';
import { prove, strayedFrom } from './proof.ts';
import type { Glance, Proof } from './proof.ts';
import type { VideoPicture } from './video-picture.ts';

/** A stop is proved once it is one. */
const restMs = 200;

/** Puts frames on the stage as training decodes them, and proves the one that stands. */
export class FrameShow {
  /** The frame that stands; null while a video element shows its own picture. */
  shown: number | null = $state(null);
  proof: Proof | 'pending' = $state('pending');
  /** By how many frames the browser's picture was off when it was last stopped. */
  strayed: number = $state(0);
  problem: ErrorWire | null = $state.raw(null);
  readonly #picture: VideoPicture;
  readonly #loader: FrameLoader;
  readonly #count: number;
  readonly #isRunning: () => boolean;
  readonly #stale: () => void;
  #showing = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param isRunning what runs is not proved
   * @param stale told when the list of frames proves wrong
   */
  constructor(
    item: ItemCard,
    picture: VideoPicture,
    count: number,
    isRunning: () => boolean,
    stale: () => void,
  ) {
    this.#picture = picture;
    this.#count = count;
    this.#loader = new FrameLoader(item, count);
    this.#isRunning = isRunning;
    this.#stale = stale;
  }

  /** Shows a frame, unless another is asked for meanwhile. */
  async show(frame: number, direction: 1 | -1): Promise<void> {
    const showing = ++this.#showing;
    this.proof = 'pending';
    try {
      const loaded = await this.#loader.load(frame, direction);
      if (showing !== this.#showing) return;
      this.#picture.show(loaded.bitmap);
      this.shown = frame;
      this.problem = null;
      clearTimeout(this.#rest);
      this.#rest = setTimeout(() => void this.#prove(loaded, showing), restMs);
    } catch (thrown) {
      if (showing !== this.#showing) return;
      const error = errorWireOf(thrown);
      if (error.code === 'media/frames-differ') this.#stale();
      else this.problem = error;
    }
  }

  /** A video element shows its own picture. */
  showElement(element: HTMLVideoElement): void {
    this.#showing += 1;
    this.shown = null;
    this.#picture.show(element);
  }

  async #prove({ bitmap, sha256 }: LoadedFrame, showing: number): Promise<void> {
    if (this.#isRunning()) return;
    const proof = await prove(bitmap, sha256);
    if (showing === this.#showing) this.proof = proof;
  }

  /**
   * Tells when what the browser showed last was another frame than the one that it named.
   * @param isStill whether that frame is still meant
   */
  async compare(seen: Glance | null, frame: number, isStill: () => boolean): Promise<void> {
    if (seen === null || this.shown !== frame) return;
    const off = await strayedFrom(seen, frame, async (index) => {
      if (index < 0 || index >= this.#count) return null;
      return (await this.#loader.load(index, 1).catch(() => null))?.bitmap ?? null;
    });
    // One ahead is no error: the element went on between its last word and the stop.
    if (isStill()) this.strayed = off === 1 ? 0 : off;
  }

  /** Nothing is at rest any more. */
  unrest(): void {
    clearTimeout(this.#rest);
  }

  close(): void {
    this.#showing += 1;
    clearTimeout(this.#rest);
    this.#loader.close();
  }
}
