import { html, svg } from '../ui/dom.ts';
import { formatCount } from '../ui/format.ts';
import { extent, nearest, pathData, place, smoothed, thinned, ticks, valueAt } from './geometry.ts';
import type { Scale } from './geometry.ts';

export interface Series {
  readonly name: string;
  /** Colour and dash, 0 to 7: the classes `series-N` of tokens.css. */
  readonly look: number;
  /** Increasing. */
  readonly xs: readonly number[];
  /** As many; NaN where there is no value. */
  readonly ys: readonly number[];
}

export interface ChartOptions {
  readonly title: string;
  readonly height: number;
  readonly format: (value: number) => string;
  /** Of the axis, where it is not `format`. */
  readonly axisFormat?: (value: number) => string;
  readonly series: readonly Series[];
  /** Weight of the past in the bold curve; undefined draws the raw curve alone. */
  readonly smoothing?: number | undefined;
}

interface Frame {
  readonly x: Scale;
  readonly y: Scale;
  readonly width: number;
}

const margin = { top: 8, right: 12, bottom: 22, left: 56 };

function frameOf({ series, height }: ChartOptions, width: number): Frame | undefined {
  const xs = extent(series.map((one) => one.xs));
  const ys = extent(series.map((one) => one.ys));
  if (xs === undefined || ys === undefined) return undefined;
  const [low, high] = ys;
  const pad = high === low ? Math.abs(high) * 0.1 || 1 : (high - low) * 0.04;
  // A quantity that is never negative gets no axis below zero.
  const bottom = low >= 0 ? Math.max(0, low - pad) : low - pad;
  return {
    width,
    x: { domain: xs, range: [margin.left, width - margin.right] },
    y: { domain: [bottom, high + pad], range: [height - margin.bottom, margin.top] },
  };
}

function axes(
  { x, y, width }: Frame,
  { height, format, axisFormat = format }: ChartOptions,
): SVGGElement {
  const group = svg('g', { class: 'axes' });
  for (const value of ticks(...y.domain, height > 200 ? 6 : 4)) {
    const at = place(y, value);
    group.append(
      svg('line', { x1: margin.left, x2: width - margin.right, y1: at, y2: at }),
      svg('text', { x: margin.left - 8, y: at + 4, 'text-anchor': 'end' }, axisFormat(value)),
    );
  }
  const count = Math.max(3, Math.floor(width / 110));
  for (const value of ticks(...x.domain, count).filter(Number.isInteger)) {
    const at = place(x, value);
    const label = { x: at, y: height - 6, 'text-anchor': 'middle' };
    group.append(svg('text', label, formatCount(value)));
  }
  return group;
}

function curves({ x, y }: Frame, { series, smoothing }: ChartOptions): SVGGElement {
  const group = svg('g', { class: 'curves' });
  const draw = (one: Series, ys: readonly number[], kind: string): void => {
    const d = pathData(thinned(one.xs, ys, x, y));
    group.append(svg('path', { class: `${kind} series-${one.look}`, d }));
  };
  const isSmoothed = smoothing !== undefined && smoothing > 0;
  for (const one of series) draw(one, one.ys, isSmoothed ? 'raw' : 'plain');
  if (isSmoothed) {
    for (const one of series) draw(one, smoothed(one.ys, smoothing), 'bold');
  }
  return group;
}

/** The step that the pointer or the arrow keys point at, with each run's value there. */
class Crosshair {
  readonly element = svg('g', { class: 'crosshair' });
  readonly #options: ChartOptions;
  readonly #frame: Frame;
  readonly #readout: HTMLElement;
  #step: number | undefined;

  constructor(options: ChartOptions, frame: Frame, readout: HTMLElement) {
    this.#options = options;
    this.#frame = frame;
    this.#readout = readout;
  }

  atPixel(pixel: number): void {
    const wanted = valueAt(this.#frame.x, pixel);
    const steps = this.#options.series.flatMap(({ xs }) => xs[nearest(xs, wanted)] ?? []);
    const distance = (step: number): number => Math.abs(step - wanted);
    if (steps.length > 0) this.show(steps.reduce((a, b) => (distance(b) < distance(a) ? b : a)));
  }

  /** By a key: `by` steps on; where none is shown, from the end that lies behind. */
  move(by: number): void {
    const [first, last] = this.#frame.x.domain;
    const next = (this.#step ?? (by > 0 ? first - 1 : last + 1)) + by;
    this.show(Math.min(last, Math.max(first, next)));
  }

  /** The step shown, if any. */
  get step(): number | undefined {
    return this.#step;
  }

  show(step: number): void {
    this.#step = step;
    const { x, y } = this.#frame;
    const at = place(x, step);
    const [bottom, top] = y.range;
    this.element.replaceChildren(svg('line', { x1: at, x2: at, y1: top, y2: bottom }));
    const words: (Node | string)[] = [html('span', {}, `step ${formatCount(step)}`)];
    for (const { name, look, xs, ys } of this.#options.series) {
      const i = nearest(xs, step);
      const value = xs[i] === step ? (ys[i] ?? NaN) : NaN;
      if (!Number.isFinite(value)) continue;
      const dot = { class: `dot series-${look}`, cx: at, cy: place(y, value), r: 3 };
      this.element.append(svg('circle', dot));
      const text = this.#options.format(value);
      const isAlone = this.#options.series.length === 1;
      words.push(html('span', { class: `series-${look}` }, isAlone ? text : `${name} ${text}`));
    }
    this.#readout.replaceChildren(...words);
  }

  hide(): void {
    this.#step = undefined;
    this.element.replaceChildren();
    this.#readout.replaceChildren();
  }
}

const moves: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  PageUp: -10,
  PageDown: 10,
  Home: -Infinity,
  End: Infinity,
};

/**
 * A chart that fills its parent's width and redraws when that changes. It takes the focus: arrows,
 * Page keys, Home and End move the crosshair, Escape takes it away.
 */
export function lineChart(options: ChartOptions): HTMLElement {
  const { title, height, series } = options;
  const readout = html('div', { class: 'readout', 'aria-live': 'polite' });
  const plot = html('div', {
    class: 'plot',
    tabindex: 0,
    role: 'group',
    'aria-label': `${title} by step, ${series.map(({ name }) => name).join(', ')}. Arrow keys read values.`,
  });
  const head = html('div', { class: 'chart-head' }, html('h2', {}, title), readout);
  let crosshair: Crosshair | undefined;
  const draw = (): void => {
    const width = Math.max(160, Math.floor(plot.clientWidth));
    const frame = frameOf(options, width);
    if (frame === undefined) {
      plot.replaceChildren(html('p', { class: 'absent' }, 'Not in this log'));
      return;
    }
    const step = crosshair?.step;
    crosshair = new Crosshair(options, frame, readout);
    if (step !== undefined) crosshair.show(step);
    const picture = svg('svg', {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      'aria-hidden': 'true',
    });
    picture.append(axes(frame, options), curves(frame, options), crosshair.element);
    plot.replaceChildren(picture);
  };
  plot.addEventListener('pointermove', (event) => {
    crosshair?.atPixel(event.clientX - plot.getBoundingClientRect().left);
  });
  plot.addEventListener('pointerleave', () => crosshair?.hide());
  plot.addEventListener('blur', () => crosshair?.hide());
  plot.addEventListener('keydown', (event) => {
    const by = moves[event.key];
    if (event.key === 'Escape') crosshair?.hide();
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    crosshair?.move(by);
  });
  new ResizeObserver(draw).observe(plot);
  return html('section', { class: 'chart' }, head, plot);
}
