/** Runs and their settings in words. */
import type {
  Run,
  RunMethod,
  RunPlan,
  RunSettings,
  RunState,
} from '../../../src-main/ipc/contract/runs.ts';
import { formatCount, formatNumber } from '../../ui/format.ts';
import { texts } from './texts/index.ts';

/** In the order in which they are offered. */
export const methods: readonly RunMethod[] = ['lora', 'qlora', 'projector', 'full'];

/** Whether a method trains adapters, and so has their settings. */
export function trainsAdapters(method: RunMethod): boolean {
  return method === 'lora' || method === 'qlora';
}

export const stateTones: Readonly<
  Record<RunState, 'accent' | 'amber' | 'red' | 'green' | 'quiet'>
> = {
  queued: 'quiet',
  running: 'accent',
  paused: 'amber',
  stopped: 'quiet',
  interrupted: 'amber',
  failed: 'red',
  done: 'green',
};

export function parameterWords(count: number): string {
  const power = count < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(count) / 3));
  return `${formatNumber(count / 1000 ** power)}${texts().magnitudes[power]}`;
}

type Fitting = NonNullable<RunPlan['fitting']>;

/** What settings that fit have other than those that do not. */
export function fittingWords(fitting: Fitting, settings: RunSettings): string {
  const { batchSize, gradientAccumulation, recompute, optimizer } = fitting;
  const say = texts();
  const batch = say.fittingBatch(formatCount(batchSize), formatCount(gradientAccumulation));
  return [
    ...(batchSize === settings.batchSize ? [] : [batch]),
    ...(recompute && settings.recompute !== true ? [say.fittingRecompute] : []),
    ...(optimizer === settings.optimizer ? [] : [say.fittingOptimizer]),
  ].join(', ');
}

/** Recomputation is left as it was where it is not needed. */
export function fittingSettings(fitting: Fitting): Partial<RunSettings> {
  const { batchSize, gradientAccumulation, recompute, optimizer } = fitting;
  return { batchSize, gradientAccumulation, optimizer, ...(recompute ? { recompute } : {}) };
}

export const canResume = ({ state }: Run): boolean =>
  ['queued', 'paused', 'interrupted', 'failed', 'stopped'].includes(state);

/** Only adapters have these. */
const ofAdapters: readonly (keyof RunSettings)[] = ['rank', 'alpha', 'dropout', 'rslora'];

export function settingWords<K extends keyof RunSettings>(key: K, settings: RunSettings): string {
  const value: unknown = settings[key];
  if (key === 'length') {
    const { length } = settings;
    if (length.by === 'steps') return texts().stepCount(formatCount(length.steps));
    return texts().epochCount(formatNumber(length.epochs));
  }
  if (value === null) return texts().default;
  if (Array.isArray(value)) return settings.parts.map((part) => texts().partWords[part]).join(', ');
  if (typeof value === 'boolean') return value ? texts().yes : texts().no;
  return typeof value === 'number' ? formatNumber(value) : String(value);
}

export interface SettingRow {
  readonly title: string;
  readonly values: readonly string[];
  readonly isDifferent: boolean;
}

/** Settings of runs side by side; what is alike in all stands behind what is not. */
export function settingRows(
  runs: readonly Pick<Run, 'request' | 'modelName' | 'datasetName'>[],
): SettingRow[] {
  const hasAdapters = runs.some(({ request }) => trainsAdapters(request.method));
  const keys = (Object.keys(texts().settingTitles) as (keyof RunSettings)[]).filter(
    (key) => hasAdapters || !ofAdapters.includes(key),
  );
  const row = (title: string, values: readonly string[]): SettingRow => ({
    title,
    values,
    isDifferent: new Set(values).size > 1,
  });
  const rows = [
    row(
      texts().model,
      runs.map(({ modelName }) => modelName),
    ),
    row(
      texts().dataset,
      runs.map(({ datasetName }) => datasetName),
    ),
    row(
      texts().method,
      runs.map(({ request }) => texts().methodWords[request.method]),
    ),
    ...keys.map((key) =>
      row(
        texts().settingTitles[key],
        runs.map(({ request: { method, settings } }) =>
          ofAdapters.includes(key) && !trainsAdapters(method) ? '' : settingWords(key, settings),
        ),
      ),
    ),
  ];
  return [...rows.filter((one) => one.isDifferent), ...rows.filter((one) => !one.isDifferent)];
}
