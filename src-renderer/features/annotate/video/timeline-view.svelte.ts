/** Which part of a video the timeline shows, and where a time is on it. */

/** A frame is at most so wide. */
const widestFrame = 48;
/** Room at both ends, so that the edges can be grasped. */
const marginPx = 12;

export class TimelineView {
  /** Pixels. */
  width: number = $state(0);
  /** Seconds at the left edge, and in a pixel; 0: all of it fits. */
  #start: number = $state(0);
  #perPixel: number = $state(0);
  readonly duration: number;
  readonly #shortestFrame: number;

  /** @param shortestFrame seconds; how far it is sensible to zoom in */
  constructor(duration: number, shortestFrame: number) {
    this.duration = duration;
    this.#shortestFrame = shortestFrame;
  }

  get #fitting(): number {
    return this.duration / Math.max(1, this.width - 2 * marginPx);
  }

  get perPixel(): number {
    return this.#perPixel === 0 ? this.#fitting : this.#perPixel;
  }

  get start(): number {
    return this.#perPixel === 0 ? -marginPx * this.#fitting : this.#start;
  }

  get end(): number {
    return this.start + this.width * this.perPixel;
  }

  x(seconds: number): number {
    return (seconds - this.start) / this.perPixel;
  }

  seconds(x: number): number {
    return this.start + x * this.perPixel;
  }

  isWithin(from: number, to: number): boolean {
    return to >= this.start && from <= this.end;
  }

  fit(): void {
    this.#perPixel = 0;
  }

  /** The time at `x` stays where it is. @param factor above 1: nearer */
  zoom(factor: number, x: number): void {
    const fixed = this.seconds(x);
    const finest = Math.min(this.#fitting, this.#shortestFrame / widestFrame);
    const next = Math.min(this.#fitting, Math.max(finest, this.perPixel / factor));
    if (next >= this.#fitting) {
      this.fit();
      return;
    }
    this.#perPixel = next;
    this.#moveTo(fixed - x * next);
  }

  scroll(pixels: number): void {
    if (this.#perPixel !== 0) this.#moveTo(this.#start + pixels * this.perPixel);
  }

  /** Moves as little as needed to have a time in sight. */
  reveal(seconds: number): void {
    if (this.#perPixel === 0 || this.width === 0) return;
    const x = this.x(seconds);
    const inset = Math.min(40, this.width / 4);
    if (x < inset) this.scroll(x - inset);
    else if (x > this.width - inset) this.scroll(x - (this.width - inset));
  }

  #moveTo(start: number): void {
    const margin = marginPx * this.perPixel;
    const most = this.duration + margin - this.width * this.perPixel;
    this.#start = Math.max(-margin, Math.min(most, start));
  }
}

const steps = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60];
const longSteps = [120, 300, 600, 900, 1800, 3600, 7200];

/** Times that the ruler names: round ones, at least `leastPx` apart. */
export function rulerTimes(
  view: Pick<TimelineView, 'start' | 'end' | 'perPixel' | 'duration'>,
  leastPx = 84,
): { readonly step: number; readonly times: number[] } {
  const least = leastPx * view.perPixel;
  const step = [...steps, ...longSteps].find((one) => one >= least) ?? 14_400;
  const first = Math.max(0, Math.ceil(view.start / step));
  const last = Math.floor(Math.min(view.end, view.duration) / step);
  const times = Array.from(
    { length: Math.max(0, last - first + 1) },
    (_, at) => (first + at) * step,
  );
  return { step, times };
}

/** How many digits behind the point tell times of a step apart. */
export function digitsFor(step: number): number {
  if (step >= 1) return 0;
  if (step >= 0.1) return 1;
  return step >= 0.01 ? 2 : 3;
}
