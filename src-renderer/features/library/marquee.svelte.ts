/** Choosing by a rectangle that is drawn over the grid, which scrolls at its edges. */
import type { Ground } from './grid-layout.ts';

/** The pointer must go so far before it draws: a click that trembles stays one. */
const threshold = 5;
/** Nearer to an edge than this the grid scrolls, the faster the nearer. */
const edge = 32;
const mostInFrame = 40;

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface MarqueeAccess {
  readonly viewport: () => HTMLElement;
  /** A rectangle of the ground that scrolls, from its upper left; at most once a frame. */
  readonly ondraw: (ground: Ground, isUpwards: boolean) => void;
}

export class Marquee {
  /** What is drawn; undefined: nothing. */
  ground: Ground | undefined = $state.raw();
  readonly #access: MarqueeAccess;
  #start: Point | undefined;
  /** Of the pointer, in the window. */
  #at: Point = { x: 0, y: 0 };
  #frame: number | undefined;
  /** Whether the click that follows is the end of a drawing. */
  #hasDrawn = false;

  constructor(access: MarqueeAccess) {
    this.#access = access;
  }

  get isDrawing(): boolean {
    return this.ground !== undefined;
  }

  /** The pointer goes down where a rectangle may begin. */
  begin(event: PointerEvent): void {
    this.#at = { x: event.clientX, y: event.clientY };
    this.#start = this.#onGround();
  }

  /** Another pointer goes down, or this one where none begins. */
  forget(): void {
    this.#hasDrawn = false;
    this.#start = undefined;
  }

  move(event: PointerEvent): void {
    if (this.#start === undefined) return;
    this.#at = { x: event.clientX, y: event.clientY };
    if (!this.isDrawing) {
      const now = this.#onGround();
      if (Math.hypot(now.x - this.#start.x, now.y - this.#start.y) < threshold) return;
      this.#access.viewport().setPointerCapture(event.pointerId);
      this.#hasDrawn = true;
      this.ground = { left: now.x, top: now.y, right: now.x, bottom: now.y };
    }
    this.#frame ??= requestAnimationFrame(this.#draw);
  }

  end(): void {
    if (this.isDrawing && this.#frame !== undefined) this.#draw();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.#start = undefined;
    this.ground = undefined;
  }

  /** Asked by a click: the one that ends a drawing chooses nothing. */
  takesClick(): boolean {
    const takes = this.#hasDrawn;
    this.#hasDrawn = false;
    return takes;
  }

  #onGround(): Point {
    const viewport = this.#access.viewport();
    const { left, top } = viewport.getBoundingClientRect();
    return { x: this.#at.x - left, y: this.#at.y - top + viewport.scrollTop };
  }

  /** Pixels to scroll in this frame. */
  #pull(): number {
    const { top, bottom } = this.#access.viewport().getBoundingClientRect();
    const beyond =
      this.#at.y > bottom - edge
        ? this.#at.y - bottom + edge
        : Math.min(0, this.#at.y - top - edge);
    return Math.max(-mostInFrame, Math.min(mostInFrame, beyond / 2));
  }

  readonly #draw = (): void => {
    this.#frame = undefined;
    if (this.#start === undefined) return;
    const viewport = this.#access.viewport();
    const before = viewport.scrollTop;
    viewport.scrollTop += this.#pull();
    const [from, to] = [this.#start, this.#onGround()];
    this.ground = {
      left: Math.min(from.x, to.x),
      top: Math.min(from.y, to.y),
      right: Math.max(from.x, to.x),
      bottom: Math.max(from.y, to.y),
    };
    this.#access.ondraw(this.ground, to.y < from.y);
    if (viewport.scrollTop !== before) this.#frame = requestAnimationFrame(this.#draw);
  };
}
