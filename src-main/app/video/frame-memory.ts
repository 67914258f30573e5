import type { FramePng } from './frames-task.ts';

/** Frames by their key, up to a size; the one that was used longest ago goes first. */
export class FrameMemory {
  readonly #mostBytes: number;
  /** The one that was used last is last. */
  readonly #frames = new Map<string, FramePng>();
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  has(key: string): boolean {
    return this.#frames.has(key);
  }

  get(key: string): FramePng | undefined {
    const frame = this.#frames.get(key);
    if (frame === undefined) return undefined;
    this.#frames.delete(key);
    this.#frames.set(key, frame);
    return frame;
  }

  set(key: string, frame: FramePng): void {
    this.#delete(key);
    this.#frames.set(key, frame);
    this.#bytes += frame.png.length;
    for (const oldest of this.#frames.keys()) {
      if (this.#bytes <= this.#mostBytes || oldest === key) return;
      this.#delete(oldest);
    }
  }

  #delete(key: string): void {
    this.#bytes -= this.#frames.get(key)?.png.length ?? 0;
    this.#frames.delete(key);
  }
}
