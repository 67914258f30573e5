import { centerOf } from './geometry/plane.ts';
import type { Point, Rect, Size } from './geometry/plane.ts';

/** Screen pixels (CSS) to an image pixel. */
const largestScale = 64;
/** Screen pixels around a picture that fits, and the least of it that stays on the screen. */
const margin = 24;
const leastVisible = 64;

const none: Size = { width: 0, height: 0 };

/**
 * Which part of the picture stands where on the screen:
 * screen = image · scale + offset, in CSS pixels from the canvas's corner.
 */
export class Viewport {
  readonly #changed: () => void;
  #screen: Size = none;
  #picture: Size = none;
  #scale = 1;
  /** As asked for; small steps add up in it. */
  #exact: Point = { x: 0, y: 0 };
  /** On whole device pixels, so that a pan can move pixels as they are. */
  #offset: Point = { x: 0, y: 0 };
  #ratio = 1;
  /** Whether the whole picture is to stay in view when the screen's size changes. */
  #isFitted = true;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get scale(): number {
    return this.#scale;
  }

  get offset(): Point {
    return this.#offset;
  }

  get screen(): Size {
    return this.#screen;
  }

  /** Image pixels to a screen pixel. */
  get pixel(): number {
    return 1 / this.#scale;
  }

  /** The part of the plane of image coordinates that is on the screen. */
  get visible(): Rect {
    const corner = this.toImage({ x: 0, y: 0 });
    const { width, height } = this.#screen;
    return { ...corner, width: width / this.#scale, height: height / this.#scale };
  }

  toImage(point: Point): Point {
    return {
      x: (point.x - this.#offset.x) / this.#scale,
      y: (point.y - this.#offset.y) / this.#scale,
    };
  }

  toScreen(point: Point): Point {
    return {
      x: point.x * this.#scale + this.#offset.x,
      y: point.y * this.#scale + this.#offset.y,
    };
  }

  /**
   * A new screen size keeps what is in the middle there.
   * @param ratio device pixels to a CSS pixel
   */
  setScreen(screen: Size, ratio: number): void {
    const before = this.#screen;
    this.#ratio = ratio;
    this.#screen = screen;
    if (this.#isFitted || before.width === 0) return this.fit();
    this.#moveTo(this.#scale, {
      x: this.#offset.x + (screen.width - before.width) / 2,
      y: this.#offset.y + (screen.height - before.height) / 2,
    });
  }

  setPicture(picture: Size): void {
    this.#picture = picture;
    this.fit();
  }

  fit(): void {
    this.zoomToRect({ x: 0, y: 0, ...this.#picture }, this.#fittingScale());
    this.#isFitted = true;
  }

  /** `rect` in the middle, as large as fits but no larger than `limit`. */
  zoomToRect(rect: Rect, limit = largestScale): void {
    this.#isFitted = false;
    const scale = Math.min(limit, this.#scaleFor(rect));
    const { x, y } = centerOf(rect);
    const { width, height } = this.#screen;
    this.#moveTo(scale, { x: width / 2 - x * scale, y: height / 2 - y * scale });
  }

  /** The image point under `at` stays there; at the middle of the screen without `at`. */
  zoomBy(factor: number, at: Point = centerOf({ x: 0, y: 0, ...this.#screen })): void {
    this.zoomTo(this.#scale * factor, at);
  }

  zoomTo(scale: number, at: Point = centerOf({ x: 0, y: 0, ...this.#screen })): void {
    this.#isFitted = false;
    const clamped = Math.min(largestScale, Math.max(this.#smallestScale(), scale));
    const held = this.toImage(at);
    this.#moveTo(clamped, { x: at.x - held.x * clamped, y: at.y - held.y * clamped });
  }

  panBy(shift: Point): void {
    this.#isFitted = false;
    this.#moveTo(this.#scale, { x: this.#exact.x + shift.x, y: this.#exact.y + shift.y });
  }

  /** Scrolls as little as needed to show `rect`. */
  reveal(rect: Rect): void {
    const { x, y, width, height } = this.visible;
    const edge = margin / this.#scale;
    const along = (start: number, length: number, from: number, size: number): number => {
      if (length > size - 2 * edge) return from + size / 2 - (start + length / 2);
      const before = Math.max(0, from + edge - start);
      const after = Math.min(0, from + size - edge - (start + length));
      return before + after;
    };
    const shift = {
      x: along(rect.x, rect.width, x, width) * this.#scale,
      y: along(rect.y, rect.height, y, height) * this.#scale,
    };
    if (shift.x !== 0 || shift.y !== 0) this.panBy(shift);
  }

  #scaleFor({ width, height }: Size): number {
    const room = {
      width: Math.max(1, this.#screen.width - 2 * margin),
      height: Math.max(1, this.#screen.height - 2 * margin),
    };
    return Math.min(room.width / Math.max(1, width), room.height / Math.max(1, height));
  }

  /** A small picture is shown larger, up to where its pixels begin to show. */
  #fittingScale(): number {
    return Math.min(8, this.#scaleFor(this.#picture));
  }

  #smallestScale(): number {
    return Math.min(1, this.#fittingScale() / 4);
  }

  #moveTo(scale: number, offset: Point): void {
    const keep = (start: number, length: number, room: number): number => {
      const least = Math.min(leastVisible, length * scale);
      return Math.min(room - least, Math.max(least - length * scale, start));
    };
    this.#scale = scale;
    this.#exact = {
      x: keep(offset.x, this.#picture.width, this.#screen.width),
      y: keep(offset.y, this.#picture.height, this.#screen.height),
    };
    const whole = (value: number): number => Math.round(value * this.#ratio) / this.#ratio;
    this.#offset = { x: whole(this.#exact.x), y: whole(this.#exact.y) };
    this.#changed();
  }
}
