import { html } from '../../ui/dom.ts';
import { readRun } from './run.ts';
import type { Run } from './run.ts';
import { emptyState, legend, lossChart, notices, smallCharts, summaryTable } from './views.ts';
import type { Acts } from './views.ts';

function byId<E extends HTMLElement>(id: string, kind: new () => E): E {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`index.html has no ${kind.name} #${id}`);
  return element;
}

const stage = byId('stage', HTMLElement);
const status = byId('status', HTMLElement);
const veil = byId('drop-veil', HTMLElement);
const files = byId('files', HTMLInputElement);
const smoothing = byId('smoothing', HTMLInputElement);
const smoothingValue = byId('smoothing-value', HTMLOutputElement);

let runs: readonly Run[] = [];
/** Of the files dropped last: why they are not among the runs. */
let refusals: readonly string[] = [];

const acts: Acts = {
  toggle: (run) => {
    run.isShown = !run.isShown;
    render();
  },
  rename: (run, name) => {
    run.name = name;
    render();
  },
  remove: (run) => {
    runs = runs.filter((other) => other !== run);
    status.textContent = `${run.name} is off this page; its file is as it was.`;
    render();
  },
  pick: () => files.click(),
};

/** Where the focus lies, so that a redraw does not lose it. */
function focusPath(): number[] {
  const path: number[] = [];
  let element = document.activeElement;
  while (element !== null && element !== stage) {
    const parent: Element | null = element.parentElement;
    if (parent === null) return [];
    path.unshift([...parent.children].indexOf(element));
    element = parent;
  }
  return element === null ? [] : path;
}

function restoreFocus(path: readonly number[]): void {
  let element: Element | undefined = stage;
  for (const index of path) element = element?.children[index];
  if (path.length > 0 && element instanceof HTMLElement) element.focus({ preventScroll: true });
}

function charts(): HTMLElement[] {
  const drawn = runs.filter(({ log }) => log.steps.length > 0);
  if (drawn.length === 0) return [];
  if (!drawn.some(({ isShown }) => isShown)) {
    return [legend(drawn, acts), html('p', { class: 'absent' }, 'All runs are hidden.')];
  }
  return [legend(drawn, acts), lossChart(drawn, Number(smoothing.value)), smallCharts(drawn)];
}

function render(): void {
  const focus = focusPath();
  const refused = refusals.map((text) => html('p', { class: 'refusal', role: 'alert' }, text));
  if (runs.length === 0) {
    stage.replaceChildren(...refused, emptyState(acts));
  } else {
    const faults = notices(runs);
    const found = faults === undefined ? [] : [faults];
    stage.replaceChildren(...refused, summaryTable(runs, acts), ...found, ...charts());
  }
  restoreFocus(focus);
}

async function add(list: readonly File[]): Promise<void> {
  const refused: string[] = [];
  for (const file of list) {
    const run = await readRun(file, runs);
    if (typeof run === 'string') refused.push(run);
    else runs = [...runs, run];
  }
  refusals = refused;
  status.textContent = `${list.length - refused.length} of ${list.length} logs added.`;
  render();
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false;
}

function listen(): void {
  byId('pick', HTMLButtonElement).addEventListener('click', acts.pick);
  files.addEventListener('change', () => {
    const list = [...(files.files ?? [])];
    // So that the same file can be picked again once the run has gone on.
    files.value = '';
    void add(list);
  });
  smoothing.addEventListener('input', () => {
    smoothingValue.textContent = Number(smoothing.value).toFixed(2);
    render();
  });
  document.addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) veil.hidden = true;
  });
  document.addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    veil.hidden = true;
    void add([...(event.dataTransfer?.files ?? [])]);
  });
}

listen();
render();
