/** How our charts look in uPlot: colours and type from ui/tokens.css, read when a chart is made. */
import uPlot from 'uplot';
import type { Drawn } from './aligned.ts';

/** The dashes of ui/series.css, for the canvas. */
const dashes: readonly (readonly number[])[] = [
  [],
  [7, 3],
  [2, 4],
  [10, 3, 2, 3],
  [5, 5],
  [12, 4],
  [1, 4],
  [8, 3, 2, 3, 2, 3],
];

/** Whole steps alone: 1, 2, 5, 10 … */
const stepIncrements = Array.from({ length: 7 }, (_, power) =>
  [1, 2, 5].map((factor) => factor * 10 ** power),
).flat();

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export interface PlotLook {
  readonly width: number;
  readonly height: number;
  readonly format: (value: number) => string;
  readonly formatStep: (step: number) => string;
  /** Charts of one key share the cursor. */
  readonly syncKey: string;
  readonly isLogarithmic: boolean;
  readonly onCursor: (step: number | undefined) => void;
}

export function plotOptions(drawn: readonly Drawn[], look: PlotLook): uPlot.Options {
  const { width, height, syncKey, isLogarithmic, onCursor } = look;
  return {
    width,
    height,
    padding: [8, 16, 0, 0],
    legend: { show: false },
    cursor: {
      sync: { key: syncKey, scales: ['x', null] },
      points: { size: 6, width: 0 },
      drag: { x: true, y: false },
    },
    scales: {
      x: { time: false, range: (_plot, min, max) => stepRange(min, max) },
      y: isLogarithmic ? { distr: 3 } : { range: (_plot, min, max) => valueRange(min, max) },
    },
    axes: axes(look),
    series: [{}, ...drawn.map(seriesOf)],
    hooks: {
      setCursor: [
        (plot) => {
          const { idx } = plot.cursor;
          onCursor(idx === null || idx === undefined ? undefined : plot.data[0][idx]);
        },
      ],
    },
  };
}

function axes({ format, formatStep }: PlotLook): uPlot.Axis[] {
  const axis: uPlot.Axis = {
    stroke: token('--text-3'),
    font: `${token('--text-caption')} ${token('--font')}`,
    grid: { stroke: token('--grid'), width: 1 },
    ticks: { show: false },
    gap: 4,
  };
  const worded =
    (words: (value: number) => string) =>
    (_plot: uPlot, values: readonly (number | null)[]): string[] =>
      values.map((value) => (value === null ? '' : words(value)));
  return [
    { ...axis, size: 24, incrs: stepIncrements, values: worded(formatStep) },
    { ...axis, size: 52, values: worded(format) },
  ];
}

function seriesOf({ curve, kind }: Drawn): uPlot.Series {
  const color = token(`--series-${curve.look % 8}`);
  if (kind === 'dots') {
    return {
      scale: 'y',
      stroke: color,
      paths: () => null,
      points: { show: true, size: 7, width: 1.5, stroke: color, fill: token('--ground') },
    };
  }
  const isFaint = kind === 'faint';
  return {
    scale: 'y',
    stroke: isFaint ? `color-mix(in srgb, ${color} ${token('--faint')}, transparent)` : color,
    width: isFaint ? 1 : 1.75,
    dash: isFaint ? [] : [...(dashes[curve.look % 8] ?? [])],
    // A curve of one point is a dot: nothing else would be seen.
    points: { show: curve.xs.length === 1, size: 5 },
    spanGaps: false,
  };
}

/** A run of one step still has a place; uPlot would widen it to a day. */
function stepRange(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [0, 1];
  return min === max ? [Math.max(0, min - 1), max + 1] : [min, max];
}

/** Values that hardly differ are drawn flat: a tenth of their size is the least that is looked at. */
function valueRange(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [0, 1];
  const middle = (min + max) / 2;
  const half = Math.max(max - min, 0.1 * Math.abs(middle)) / 2;
  const [low, high] = uPlot.rangeNum(middle - half, middle + half, 0.1, true);
  return [low ?? 0, high ?? 1];
}
