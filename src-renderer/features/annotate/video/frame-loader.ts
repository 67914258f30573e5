/** Decoded frames for the stage: asked for ahead, kept while they fit. */
import * as v from 'valibot';
import { errorWire } from '../../../../src-main/ipc/contract/wire.ts';
import { CommandError } from '../../../api/client.ts';
import { frameUrl } from '../../../api/media-url.ts';
import { texts } from './texts/index.ts';

export interface LoadedFrame {
  readonly index: number;
  readonly bitmap: ImageBitmap;
  /** SHA-256 of the pixels that training decodes, in hex. */
  readonly sha256: string;
}

const keptPixels = 60_000_000;
const mostKept = 64;
const ahead = 3;

export class FrameLoader {
  readonly #itemId: number;
  readonly #hash: string;
  readonly #count: number;
  readonly #mostKept: number;
  /** The one that was used last is last. */
  readonly #frames = new Map<number, Promise<LoadedFrame>>();
  readonly #stop = new AbortController();

  constructor(
    item: {
      readonly id: number;
      readonly hash: string;
      readonly width: number;
      readonly height: number;
    },
    count: number,
  ) {
    this.#itemId = item.id;
    this.#hash = item.hash;
    this.#count = count;
    const pixels = Math.max(1, item.width * item.height);
    this.#mostKept = Math.min(mostKept, Math.max(ahead + 2, Math.floor(keptPixels / pixels)));
  }

  /**
   * A frame, and the next ones in the direction of going.
   * @throws CommandError, DOMException when the loader is closed
   */
  load(index: number, direction: 1 | -1): Promise<LoadedFrame> {
    const frame = this.#get(index, direction);
    frame.then(
      () => {
        for (let step = 1; step <= ahead; step += 1) {
          const next = index + step * direction;
          if (next >= 0 && next < this.#count) this.#get(next, direction).catch(() => undefined);
        }
      },
      () => undefined,
    );
    return frame;
  }

  close(): void {
    this.#stop.abort();
    for (const frame of this.#frames.values()) {
      frame.then(
        ({ bitmap }) => bitmap.close(),
        () => undefined,
      );
    }
    this.#frames.clear();
  }

  #get(index: number, direction: 1 | -1): Promise<LoadedFrame> {
    const known = this.#frames.get(index);
    const frame = known ?? this.#fetch(index, direction);
    this.#frames.delete(index);
    this.#frames.set(index, frame);
    if (known === undefined) frame.catch(() => this.#frames.delete(index));
    for (const oldest of this.#frames.keys()) {
      if (this.#frames.size <= this.#mostKept) break;
      // Left to the collector: the stage may show it still.
      this.#frames.delete(oldest);
    }
    return frame;
  }

  async #fetch(index: number, direction: 1 | -1): Promise<LoadedFrame> {
    const url = frameUrl(this.#itemId, this.#hash, index, direction === -1);
    const response = await fetch(url, { signal: this.#stop.signal });
    if (!response.ok) throw await refusalOf(response);
    const bitmap = await createImageBitmap(await response.blob(), {
      colorSpaceConversion: 'none',
      premultiplyAlpha: 'none',
    });
    return { index, bitmap, sha256: response.headers.get('x-pixels-sha256') ?? '' };
  }
}

async function refusalOf(response: Response): Promise<CommandError> {
  const read = v.safeParse(errorWire, await response.json().catch(() => null));
  if (read.success) return new CommandError(read.output);
  const got = `HTTP ${response.status}`;
  return new CommandError({ code: 'media/refused', message: texts().noFrame, got });
}
