/** Which frame is shown when, by the list that training counts by. */
import type { Clip } from '../../../../src-main/ipc/contract/video.ts';

function bytesOf(base64: string): ArrayBuffer {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes.buffer;
}

/** A container rounds times; a time that is met to half a millisecond is the one that was meant. */
const slackSeconds = 5e-4;

export class FrameClock {
  readonly count: number;
  readonly duration: number;
  /** Timestamp of the first frame in the file. */
  readonly firstSeconds: number;
  readonly #times: Float64Array;
  readonly #keyframes: Int32Array;

  constructor(clip: Pick<Clip, 'times' | 'keyframes' | 'durationSeconds' | 'firstSeconds'>) {
    this.#times = new Float64Array(bytesOf(clip.times));
    this.#keyframes = new Int32Array(bytesOf(clip.keyframes));
    this.count = this.#times.length;
    this.duration = clip.durationSeconds;
    this.firstSeconds = clip.firstSeconds;
  }

  get last(): number {
    return this.count - 1;
  }

  clamp(frame: number): number {
    return Math.min(this.last, Math.max(0, Math.round(frame)));
  }

  /** When a frame begins to be shown, in seconds after the first; of the one behind the last, the end. */
  startOf(frame: number): number {
    return this.#times[frame] ?? (frame < 0 ? 0 : this.duration);
  }

  /** The frame that is shown at a time. */
  at(seconds: number): number {
    const limit = seconds + slackSeconds;
    let low = 0;
    let high = this.last;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#times[middle] ?? Infinity) <= limit) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The frame whose beginning is nearest to a time; `count` is the end. */
  nearestEdge(seconds: number): number {
    const frame = this.at(seconds);
    const next = frame + 1;
    return this.startOf(next) - seconds < seconds - this.startOf(frame) ? next : frame;
  }

  /** The key frame before or after a frame; without one there, the first or the last frame. */
  keyframe(frame: number, step: 1 | -1): number {
    const all = [...this.#keyframes];
    if (step === 1) return all.find((one) => one > frame) ?? this.last;
    return all.findLast((one) => one < frame) ?? 0;
  }

  isKeyframe(frame: number): boolean {
    return this.#keyframes.includes(frame);
  }
}
