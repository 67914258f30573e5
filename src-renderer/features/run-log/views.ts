import { html, svg } from '../../ui/dom.ts';
import { formatBytes, formatCount, formatLoss, formatNumber } from '../../ui/format.ts';
import { lineChart } from '../../charts/line-chart.ts';
import type { Series } from '../../charts/line-chart.ts';
import { faultyLines } from './parse-log.ts';
import type { Fault, MetricName } from './parse-log.ts';
import type { Run } from './run.ts';

export interface Acts {
  readonly toggle: (run: Run) => void;
  readonly rename: (run: Run, name: string) => void;
  readonly remove: (run: Run) => void;
  readonly pick: () => void;
}

const small: readonly {
  readonly metric: MetricName;
  readonly title: string;
  readonly format: (value: number) => string;
}[] = [
  { metric: 'learningRate', title: 'Learning rate', format: formatNumber },
  { metric: 'gradNorm', title: 'Gradient norm', format: formatNumber },
  { metric: 'tokensPerSecond', title: 'Tokens/s', format: formatNumber },
  { metric: 'peakMemoryBytes', title: 'Peak memory', format: formatBytes },
];

export function emptyState({ pick }: Acts): HTMLElement {
  const button = html('button', { type: 'button', class: 'primary' }, 'Open logs…');
  button.addEventListener('click', pick);
  return html(
    'section',
    { class: 'empty' },
    html('h2', {}, 'Drop one or several log.jsonl files here'),
    html(
      'p',
      {},
      html('code', {}, 'lensmith train'),
      ' writes one line a step to ',
      html('code', {}, 'RUN/log.jsonl'),
      ', where RUN is the folder given by ',
      html('code', {}, '--out'),
      '. Several runs are drawn over each other.',
    ),
    button,
    html('p', { class: 'caption' }, 'Files are read in this page and go nowhere.'),
  );
}

function seriesOf(runs: readonly Run[], metric: MetricName): Series[] {
  return runs
    .filter(({ isShown }) => isShown)
    .map(({ name, look, log }) => ({ name, look, xs: log.steps, ys: log.metrics[metric] }));
}

export function lossChart(runs: readonly Run[], smoothing: number): HTMLElement {
  const series = seriesOf(runs, 'loss');
  return lineChart({
    title: 'Loss',
    height: 340,
    format: formatLoss,
    axisFormat: formatNumber,
    series,
    smoothing,
  });
}

export function smallCharts(runs: readonly Run[]): HTMLElement {
  const charts = small.map(({ metric, title, format }) =>
    lineChart({ title, height: 150, format, series: seriesOf(runs, metric) }),
  );
  return html('div', { class: 'multiples' }, ...charts);
}

function swatch({ look }: Run): SVGSVGElement {
  const line = svg('path', { class: `bold series-${look}`, d: 'M1 6L27 6' });
  return svg('svg', { class: 'swatch', width: 28, height: 12, 'aria-hidden': 'true' }, line);
}

export function legend(runs: readonly Run[], acts: Acts): HTMLElement {
  const keys = runs.map((run) => {
    const pressed = { 'aria-pressed': String(run.isShown), title: `Show or hide ${run.name}` };
    const button = html(
      'button',
      { type: 'button', class: 'key', ...pressed },
      swatch(run),
      run.name,
    );
    button.addEventListener('click', () => acts.toggle(run));
    return button;
  });
  return html('div', { class: 'legend', role: 'group', 'aria-label': 'Runs shown' }, ...keys);
}

const columns = [
  'Run',
  'Steps',
  'First loss',
  'Last loss',
  'Best loss',
  'Tokens/s, median',
  'Peak memory',
];

function cells({ summary }: Run): string[] {
  const or = (value: number | undefined, format: (value: number) => string): string =>
    value === undefined ? '–' : format(value);
  const { best } = summary;
  return [
    formatCount(summary.steps),
    or(summary.firstLoss, formatLoss),
    or(summary.lastLoss, formatLoss),
    best === undefined ? '–' : `${formatLoss(best.loss)} at ${formatCount(best.step)}`,
    or(summary.medianTokensPerSecond, formatNumber),
    or(summary.peakMemoryBytes, formatBytes),
  ];
}

function summaryRow(run: Run, acts: Acts): HTMLTableRowElement {
  const name = html('input', { value: run.name, 'aria-label': 'Name of the run', maxlength: 60 });
  name.addEventListener('change', () => acts.rename(run, name.value.trim() || run.name));
  const label = `Take ${run.name} off this page`;
  const remove = html(
    'button',
    { type: 'button', class: 'quiet', title: label, 'aria-label': label },
    '×',
  );
  remove.addEventListener('click', () => acts.remove(run));
  return html(
    'tr',
    {},
    html('th', { scope: 'row' }, html('span', { class: 'run-name' }, swatch(run), name)),
    ...cells(run).map((text) => html('td', {}, text)),
    html('td', {}, remove),
  );
}

export function summaryTable(runs: readonly Run[], acts: Acts): HTMLElement {
  const heads = columns.map((title) => html('th', { scope: 'col' }, title));
  const table = html(
    'table',
    {},
    html('caption', { class: 'visually-hidden' }, 'Summary of the runs'),
    html('thead', {}, html('tr', {}, ...heads, html('td'))),
    html('tbody', {}, ...runs.map((run) => summaryRow(run, acts))),
  );
  const label = { tabindex: 0, role: 'group', 'aria-label': 'Summary of the runs' };
  return html('div', { class: 'table', ...label }, table);
}

function linesOf({ from, to }: Fault): string {
  return from === to ? `line ${from}` : `lines ${from}–${to}`;
}

/** Rows with a reason each; beyond it, the numbers alone, so that a wrong file stays readable. */
const longestList = 200;

function faultList(faults: readonly Fault[]): HTMLElement {
  const rows = faults
    .slice(0, longestList)
    .map((fault) => html('li', {}, html('b', {}, linesOf(fault)), ` ${fault.reason}`));
  const rest = faults.slice(longestList).map(linesOf);
  if (rest.length > 0) rows.push(html('li', {}, `Also ${rest.join(', ')}`));
  return html('ul', {}, ...rows);
}

/** What of each log is not in the curves; undefined where all of it is. */
export function notices(runs: readonly Run[]): HTMLElement | undefined {
  const items = runs.flatMap(({ name, log }) => {
    const found: HTMLElement[] = [];
    const count = faultyLines(log.faults);
    if (count > 0) {
      const what = count === 1 ? '1 line is' : `${formatCount(count)} lines are`;
      const title = html('summary', {}, `${name}: ${what} not in the curves`);
      found.push(html('details', { open: log.faults.length <= 8 }, title, faultList(log.faults)));
    }
    for (const { name: field, lines } of log.gaps) {
      const where = lines === 1 ? '1 line' : `${formatCount(lines)} lines`;
      found.push(
        html('p', {}, `${name}: ${field} is missing in ${where}; its curve has gaps there`),
      );
    }
    return found;
  });
  if (items.length === 0) return undefined;
  return html('section', { class: 'notices', 'aria-label': 'Faulty lines' }, ...items);
}
