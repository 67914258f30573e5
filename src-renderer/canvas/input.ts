import { distance, middle, subtract } from './geometry/plane.ts';
import { isArrow, Keyboard } from './keyboard.ts';
import type { Editor } from './editor.ts';
import type { Point } from './geometry/plane.ts';
import type { KeyInput, PointerInput } from './tools/tool.ts';

/** A second press within this of the first is a double click. */
const doubleClickMs = 400;
const doubleClickDistance = 5;
/** Touches so soon after a pen was near are the hand that holds it. */
const palmWithinMs = 500;
/** Nudges closer together are one change. */
const nudgePauseMs = 500;

interface Pinch {
  readonly distance: number;
  readonly middle: Point;
}

const isMac = (): boolean => navigator.userAgent.includes('Mac');

/** Listens to pointer, wheel and keys of the container and tells the editor what they mean. */
export class InputListener {
  readonly #container: HTMLElement;
  readonly #editor: Editor;
  readonly #keyboard: Keyboard;
  readonly #abort = new AbortController();
  /** Pointers that are down, where they are on the screen. */
  readonly #down = new Map<number, Point>();
  #panFrom: Point | null = null;
  /** The pen that is down. */
  #penId: number | null = null;
  #penNearMs = -Infinity;
  #pinch: Pinch | null = null;
  #isSpaceDown = false;
  #cursor = 'default';
  #lastPress = { timeMs: -Infinity, at: { x: 0, y: 0 }, clicks: 0 };
  #nudgeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(container: HTMLElement, editor: Editor) {
    this.#container = container;
    this.#editor = editor;
    this.#keyboard = new Keyboard(editor);
    const { signal } = this.#abort;
    const on = <K extends keyof HTMLElementEventMap>(
      type: K,
      handle: (event: HTMLElementEventMap[K]) => void,
    ) => container.addEventListener(type, handle, { signal, passive: false });
    on('pointerdown', (event) => this.#pressed(event));
    on('pointermove', (event) => this.#moved(event));
    on('pointerup', (event) => this.#released(event));
    on('pointercancel', (event) => this.#lost(event));
    on('pointerleave', () => this.#editor.pointerLeave());
    on('wheel', (event) => this.#wheel(event));
    on('keydown', (event) => this.#keyDown(event));
    on('focus', () => this.#keyboard.reset());
    on('blur', () => this.#blurred());
    for (const type of ['keydown', 'keyup'] as const) {
      window.addEventListener(type, (event) => this.#space(event), { signal });
    }
    // Without it the middle button scrolls the page in some browsers.
    on('mousedown', (event) => event.button === 1 && event.preventDefault());
  }

  setCursor(cursor: string): void {
    this.#cursor = cursor;
    this.#showCursor();
  }

  /** Steps by keys or by the screen are written after a pause. */
  awaitNudges(): void {
    clearTimeout(this.#nudgeTimer);
    this.#nudgeTimer = setTimeout(() => this.#editor.settleNudge(), nudgePauseMs);
  }

  destroy(): void {
    this.#abort.abort();
    clearTimeout(this.#nudgeTimer);
    this.#editor.settleNudge();
  }

  #pressed(event: PointerEvent): void {
    const { button, pointerId, pointerType } = event;
    if (button > 1 || (button !== 0 && pointerType !== 'mouse')) return;
    if (this.#isPalm(event)) return;
    if (pointerType === 'pen') this.#takeUpPen(pointerId);
    this.#container.focus({ preventScroll: true });
    this.#container.setPointerCapture(pointerId);
    this.#keyboard.reset();
    const at = this.#screen(event);
    this.#down.set(pointerId, at);
    if (this.#down.size === 2) {
      // A second finger means the picture, not the shape that the first began to draw.
      this.#editor.cancel();
      this.#pinch = this.#pinchNow();
    } else if (this.#down.size === 1) {
      if (button === 1 || this.#isSpaceDown) this.#panFrom = at;
      else this.#editor.pointerDown(this.#input(event, this.#countClicks(event, at)));
    }
    this.#showCursor();
  }

  #moved(event: PointerEvent): void {
    if (event.pointerType === 'pen') this.#penNearMs = event.timeStamp;
    const isDown = this.#down.has(event.pointerId);
    // A finger does not hover: this one is the palm beside the pen.
    if (event.pointerType === 'touch' && !isDown) return;
    const at = this.#screen(event);
    if (isDown) this.#down.set(event.pointerId, at);
    if (this.#pinch !== null) return this.#pinched();
    if (this.#panFrom !== null) {
      this.#editor.viewport.panBy(subtract(at, this.#panFrom));
      this.#panFrom = at;
      return;
    }
    if (this.#isSpaceDown && this.#down.size === 0) return;
    this.#editor.pointerMove(this.#input(event, 1));
  }

  #released(event: PointerEvent): void {
    if (event.pointerId === this.#penId) this.#layPenDown(event);
    if (!this.#down.delete(event.pointerId)) return;
    if (this.#pinch !== null) {
      if (this.#down.size === 0) this.#pinch = null;
    } else if (this.#panFrom !== null) {
      this.#panFrom = null;
    } else {
      this.#editor.pointerUp(this.#input(event, 1));
    }
    this.#showCursor();
  }

  #lost(event: PointerEvent): void {
    if (event.pointerId === this.#penId) this.#layPenDown(event);
    if (!this.#down.delete(event.pointerId)) return;
    this.#pinch = null;
    this.#panFrom = null;
    this.#editor.cancel();
  }

  #isPalm({ pointerType, timeStamp }: PointerEvent): boolean {
    if (pointerType !== 'touch') return false;
    return this.#penId !== null || timeStamp - this.#penNearMs < palmWithinMs;
  }

  /** The hand may have touched the screen before the pen: what it began is not meant. */
  #takeUpPen(pointerId: number): void {
    if (this.#down.size > 0) this.#editor.cancel();
    this.#down.clear();
    this.#pinch = null;
    this.#panFrom = null;
    this.#penId = pointerId;
  }

  #layPenDown({ timeStamp }: PointerEvent): void {
    this.#penId = null;
    this.#penNearMs = timeStamp;
  }

  #pinched(): void {
    const before = this.#pinch;
    const now = this.#pinchNow();
    if (before === null || now === null) return;
    this.#editor.viewport.panBy(subtract(now.middle, before.middle));
    if (before.distance > 0)
      this.#editor.viewport.zoomBy(now.distance / before.distance, now.middle);
    this.#pinch = now;
  }

  #pinchNow(): Pinch | null {
    const [a, b] = [...this.#down.values()];
    if (a === undefined || b === undefined) return this.#pinch;
    return { distance: distance(a, b), middle: middle(a, b) };
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const page = event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? 400 : unit;
    const dx = event.deltaX * page;
    const dy = event.deltaY * page;
    const paints = this.#editor.toolId === 'brush' || this.#editor.toolId === 'eraser';
    if (event.shiftKey && paints) return this.#editor.resizeBrush(Math.exp(-(dx + dy) * 0.002));
    if (event.shiftKey) return this.#editor.viewport.panBy({ x: -(dx + dy), y: 0 });
    // A pinch on a trackpad arrives as a wheel with Ctrl, in much smaller steps.
    const strength = event.ctrlKey ? 0.01 : 0.0018;
    const factor = Math.exp(-Math.max(-240, Math.min(240, dy)) * strength);
    this.#editor.viewport.zoomBy(factor, this.#screen(event));
  }

  #keyDown(event: KeyboardEvent): void {
    const input = keyInput(event);
    if (!this.#keyboard.press(input)) return;
    event.preventDefault();
    event.stopPropagation();
    if (isArrow(input.key)) this.awaitNudges();
  }

  /** Space pans wherever the focus is, unless something that is focused has a use for it. */
  #space(event: KeyboardEvent): void {
    if (event.key !== ' ') return;
    const { activeElement, body } = this.#container.ownerDocument;
    const isFree = activeElement === null || activeElement === body;
    const isDown = event.type === 'keydown' && (isFree || activeElement === this.#container);
    if (isDown) event.preventDefault();
    this.#isSpaceDown = isDown;
    this.#showCursor();
  }

  #blurred(): void {
    this.#isSpaceDown = false;
    this.#editor.settleNudge();
    this.#showCursor();
  }

  #countClicks(event: PointerEvent, at: Point): number {
    const { timeMs, at: before, clicks } = this.#lastPress;
    const isAgain =
      event.timeStamp - timeMs < doubleClickMs && distance(before, at) < doubleClickDistance;
    this.#lastPress = { timeMs: event.timeStamp, at, clicks: isAgain ? clicks + 1 : 1 };
    return this.#lastPress.clicks;
  }

  #screen(event: MouseEvent): Point {
    const { left, top } = this.#container.getBoundingClientRect();
    const { clientLeft, clientTop } = this.#container;
    return { x: event.clientX - left - clientLeft, y: event.clientY - top - clientTop };
  }

  #input(event: PointerEvent, clicks: number): PointerInput {
    const { viewport } = this.#editor;
    const screen = this.#screen(event);
    const at = viewport.toImage(screen);
    const between = event.type === 'pointermove' ? event.getCoalescedEvents() : [];
    const path = between.map((part) => viewport.toImage(this.#screen(part)));
    const device = event.pointerType === 'touch' || event.pointerType === 'pen';
    return {
      at,
      screen,
      path: path.length > 0 ? path : [at],
      clicks,
      device: device ? (event.pointerType as 'touch' | 'pen') : 'mouse',
      shift: event.shiftKey,
      alt: event.altKey,
      mod: isMac() ? event.metaKey : event.ctrlKey,
    };
  }

  #showCursor(): void {
    const pans = this.#panFrom !== null;
    const wouldPan = this.#isSpaceDown;
    this.#container.style.cursor = pans ? 'grabbing' : wouldPan ? 'grab' : this.#cursor;
  }
}

function keyInput(event: KeyboardEvent): KeyInput {
  return {
    key: event.key.toLowerCase(),
    shift: event.shiftKey,
    alt: event.altKey,
    mod: isMac() ? event.metaKey : event.ctrlKey,
  };
}
