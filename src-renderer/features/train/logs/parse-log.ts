import { texts } from '../texts/index.ts';

/** What a line may measure; `loss` is in every line, an older log may lack the others. */
export const metricNames = [
  'loss',
  'learningRate',
  'gradNorm',
  'supervisedTokens',
  'tokens',
  'tokensPerSecond',
  'peakMemoryBytes',
] as const;

export type MetricName = (typeof metricNames)[number];

/** Neighbouring lines, numbered from 1, that are not in the curves for one and the same reason. */
export interface Fault {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

export interface ParsedLog {
  /** Strictly increasing. */
  readonly steps: readonly number[];
  /** One value a step; NaN where the line lacks the field. */
  readonly metrics: Readonly<Record<MetricName, readonly number[]>>;
  /** In the order of the file. */
  readonly faults: readonly Fault[];
  /** Fields that some, but not all, good lines lack: how many lack it. */
  readonly gaps: readonly { readonly name: MetricName; readonly lines: number }[];
}

/** What a line holds, or what is wrong with it. */
type Reading = Readonly<Record<string, unknown>> | string;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? texts().missingValue;
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function readLine(row: string, isCut: boolean): Reading {
  let value: unknown;
  try {
    value = JSON.parse(row);
  } catch {
    return isCut ? texts().cutShort : texts().notJson;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return texts().notObject;
  }
  return value as Record<string, unknown>;
}

function problemOf(line: Readonly<Record<string, unknown>>, lastStep: number): string | undefined {
  const { step } = line;
  if (step === undefined) return texts().missing('step');
  if (typeof step !== 'number' || !Number.isSafeInteger(step) || step < 0) {
    return texts().notWhole(shown(step));
  }
  if (step <= lastStep) return texts().stepOrder(String(step), String(lastStep));
  if (line['loss'] === undefined) return texts().missing('loss');
  for (const name of metricNames) {
    const value = line[name];
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      return texts().notFinite(name, shown(value));
    }
    if (value < 0 && name !== 'loss') return texts().belowZero(name, String(value));
  }
  return undefined;
}

function addFault(faults: Fault[], line: number, reason: string): void {
  const last = faults.at(-1);
  if (last?.reason === reason && last.to === line - 1) {
    faults[faults.length - 1] = { from: last.from, to: line, reason };
  } else {
    faults.push({ from: line, to: line, reason });
  }
}

/**
 * Reads `log.jsonl`, one JSON object a line, with LF or CRLF and perhaps a byte order mark. Never
 * throws: each line is in the curves, blank, or among the faults.
 */
export function parseLog(text: string): ParsedLog {
  const steps: number[] = [];
  const faults: Fault[] = [];
  const metrics = Object.fromEntries(metricNames.map((name) => [name, [] as number[]])) as Record<
    MetricName,
    number[]
  >;
  let position = text.startsWith('\uFEFF') ? 1 : 0;
  let lastStep = -1;
  for (let number = 1; position < text.length; number++) {
    const end = text.indexOf('\n', position);
    const row = text.slice(position, end === -1 ? text.length : end).trim();
    position = end === -1 ? text.length : end + 1;
    if (row === '') continue;
    const line = readLine(row, end === -1 && row.startsWith('{'));
    const problem = typeof line === 'string' ? line : problemOf(line, lastStep);
    if (typeof line === 'string' || problem !== undefined) {
      addFault(faults, number, problem ?? '');
      continue;
    }
    lastStep = line['step'] as number;
    steps.push(lastStep);
    for (const name of metricNames) metrics[name].push((line[name] as number | undefined) ?? NaN);
  }
  return { steps, metrics, faults, gaps: gapsOf(metrics) };
}

function gapsOf(metrics: ParsedLog['metrics']): ParsedLog['gaps'] {
  return metricNames
    .map((name) => ({ name, lines: metrics[name].filter(Number.isNaN).length }))
    .filter(({ name, lines }) => lines > 0 && lines < metrics[name].length);
}

/** How many lines the faults name. */
export function faultyLines(faults: readonly Fault[]): number {
  return faults.reduce((sum, { from, to }) => sum + to - from + 1, 0);
}
