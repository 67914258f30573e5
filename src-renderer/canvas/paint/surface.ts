import type { Rect, Size } from '../geometry/plane.ts';
import type { Viewport } from '../viewport.ts';

/** A canvas over the whole container. */
export class Surface {
  readonly element: HTMLCanvasElement;
  readonly ctx: CanvasRenderingContext2D;
  #ratio = 1;

  constructor(container: HTMLElement) {
    this.element = container.ownerDocument.createElement('canvas');
    Object.assign(this.element.style, {
      position: 'absolute',
      inset: '0',
      width: '100%',
      height: '100%',
      pointerEvents: 'none',
      transformOrigin: '0 0',
    });
    const ctx = this.element.getContext('2d');
    // No browser that runs this lacks it; only a lost graphics process has none to give.
    if (ctx === null) throw new Error('The browser gave no 2D canvas.');
    this.ctx = ctx;
    container.append(this.element);
  }

  /** Device pixels to a CSS pixel. */
  get ratio(): number {
    return this.#ratio;
  }

  resize({ width, height }: Size, ratio: number): void {
    this.#ratio = ratio;
    this.element.width = Math.round(width * ratio);
    this.element.height = Math.round(height * ratio);
  }

  clear(): void {
    this.ctx.setTransform(1, 0, 0, 1, 0, 0);
    this.ctx.clearRect(0, 0, this.element.width, this.element.height);
  }

  /**
   * Moves the pixels that are there.
   * @returns the strips that came into view, in device pixels; null where nothing stayed in view, and
   * nothing was moved
   */
  shift(dx: number, dy: number): Rect[] | null {
    const { width, height } = this.element;
    if (Math.abs(dx) >= width || Math.abs(dy) >= height) return null;
    const strips: Rect[] = [];
    if (dx !== 0) strips.push({ x: dx > 0 ? 0 : width + dx, y: 0, width: Math.abs(dx), height });
    if (dy !== 0) strips.push({ x: 0, y: dy > 0 ? 0 : height + dy, width, height: Math.abs(dy) });
    if (strips.length === 0) return strips;
    this.ctx.setTransform(1, 0, 0, 1, 0, 0);
    this.ctx.globalCompositeOperation = 'copy';
    this.ctx.drawImage(this.element, dx, dy);
    this.ctx.globalCompositeOperation = 'source-over';
    return strips;
  }

  /**
   * Lets `paint` draw in strips alone.
   * @param paint gets the strips in image pixels
   */
  within(strips: readonly Rect[], viewport: Viewport, paint: (areas: Rect[]) => void): void {
    const unit = this.#ratio * viewport.scale;
    this.ctx.save();
    this.ctx.setTransform(1, 0, 0, 1, 0, 0);
    this.ctx.beginPath();
    for (const { x, y, width, height } of strips) this.ctx.rect(x, y, width, height);
    this.ctx.clip();
    paint(
      strips.map(({ x, y, width, height }) => ({
        ...viewport.toImage({ x: x / this.#ratio, y: y / this.#ratio }),
        width: width / unit,
        height: height / unit,
      })),
    );
    this.ctx.restore();
  }

  /** One unit is an image pixel. */
  useImageUnits({ scale, offset }: Viewport): void {
    const unit = scale * this.#ratio;
    const { x, y } = offset;
    this.ctx.setTransform(unit, 0, 0, unit, x * this.#ratio, y * this.#ratio);
  }

  /** One unit is a CSS pixel. */
  useScreenUnits(): void {
    this.ctx.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
  }
}
