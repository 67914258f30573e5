/** Runs and their settings in words. */
import type {
  ModelPart,
  Run,
  RunMethod,
  RunPhase,
  RunSettings,
  RunState,
} from '../../../src-main/ipc/contract/runs.ts';
import { formatCount, formatNumber } from '../../ui/format.ts';

export const methods: readonly {
  readonly value: RunMethod;
  readonly title: string;
  readonly text: string;
}[] = [
  {
    value: 'lora',
    title: 'LoRA',
    text: 'Small adapters beside the language model. Quick, little memory, easily undone. Start here.',
  },
  {
    value: 'projector',
    title: 'Projector',
    text: 'Only the bridge from pictures to words. For a model whose parts do not know each other yet.',
  },
  {
    value: 'full',
    title: 'Full',
    text: 'All weights of the chosen parts. The most memory, and the most to lose; wants much data.',
  },
];

export const methodWords: Readonly<Record<RunMethod, string>> = {
  lora: 'LoRA',
  projector: 'projector',
  full: 'full training',
};

export const partWords: Readonly<Record<ModelPart, string>> = {
  vision: 'Vision tower',
  projector: 'Projector',
  llm: 'Language model',
};

export const stateWords: Readonly<Record<RunState, string>> = {
  queued: 'Waits',
  running: 'At work',
  paused: 'Paused',
  stopped: 'Stopped',
  interrupted: 'Interrupted',
  failed: 'Failed',
  done: 'Done',
};

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

export const phaseWords: Readonly<Record<RunPhase, string>> = {
  preparing: 'Getting ready',
  training: 'Training',
  evaluating: 'Answering held-out samples',
  pausing: 'Pausing after this step',
  stopping: 'Stopping after this step',
};

export function parameterWords(count: number): string {
  const units = ['', ' thousand', ' million', ' billion'];
  const power = count < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(count) / 3));
  return `${formatNumber(count / 1000 ** power)}${units[power]}`;
}

export const canResume = ({ state }: Run): boolean =>
  ['queued', 'paused', 'interrupted', 'failed', 'stopped'].includes(state);

const shownAs: { readonly [K in keyof RunSettings]: string } = {
  parts: 'Parts that train',
  length: 'Length',
  batchSize: 'Batch size',
  gradientAccumulation: 'Gradient accumulation',
  learningRate: 'Learning rate',
  learningRateVision: 'Rate of the vision tower',
  learningRateProjector: 'Rate of the projector',
  schedule: 'Schedule',
  warmupSteps: 'Warm-up',
  weightDecay: 'Weight decay',
  maxGradNorm: 'Gradient clipping',
  rank: 'Rank',
  alpha: 'Alpha',
  dropout: 'Dropout',
  rslora: 'Scale by √rank',
  maxLength: 'Longest sample',
  dtype: 'Precision',
  recompute: 'Recompute',
  evalEvery: 'Evaluate every',
  answersShown: 'Answers shown',
  saveEvery: 'Checkpoint every',
  keep: 'Keeps',
  patience: 'Early stopping',
  seed: 'Seed',
};

/** Only adapters have these. */
const ofAdapters: readonly (keyof RunSettings)[] = ['rank', 'alpha', 'dropout', 'rslora'];

export function settingWords<K extends keyof RunSettings>(key: K, settings: RunSettings): string {
  const value: unknown = settings[key];
  if (key === 'length') {
    const { length } = settings;
    if (length.by === 'steps') return `${formatCount(length.steps)} steps`;
    return `${formatNumber(length.epochs)} ${length.epochs === 1 ? 'epoch' : 'epochs'}`;
  }
  if (value === null) return 'default';
  if (Array.isArray(value)) return settings.parts.map((part) => partWords[part]).join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
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
  const hasAdapters = runs.some(({ request }) => request.method === 'lora');
  const keys = (Object.keys(shownAs) as (keyof RunSettings)[]).filter(
    (key) => hasAdapters || !ofAdapters.includes(key),
  );
  const row = (title: string, values: readonly string[]): SettingRow => ({
    title,
    values,
    isDifferent: new Set(values).size > 1,
  });
  const rows = [
    row(
      'Model',
      runs.map(({ modelName }) => modelName),
    ),
    row(
      'Dataset',
      runs.map(({ datasetName }) => datasetName),
    ),
    row(
      'Method',
      runs.map(({ request }) => methodWords[request.method]),
    ),
    ...keys.map((key) =>
      row(
        shownAs[key],
        runs.map(({ request: { method, settings } }) =>
          ofAdapters.includes(key) && method !== 'lora' ? '' : settingWords(key, settings),
        ),
      ),
    ),
  ];
  return [...rows.filter((one) => one.isDifferent), ...rows.filter((one) => !one.isDifferent)];
}
