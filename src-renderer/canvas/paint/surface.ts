import type { Size } from '../geometry/plane.ts';
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
