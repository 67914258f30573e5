/** What is said of models, in words. */
import type { MemoryNeed, ModelEntry } from '../../../src-main/ipc/contract/models.ts';
import { formatCount } from '../../ui/format.ts';

/** 1.2 M, 7.1 B: parameters as the field counts them. */
export function formatParameters(count: number): string {
  const [value, unit] =
    count >= 1e9 ? [count / 1e9, ' B'] : count >= 1e6 ? [count / 1e6, ' M'] : [count, ''];
  return unit === ''
    ? formatCount(count)
    : `${value >= 100 ? Math.round(value) : value.toFixed(1)}${unit}`;
}

const origins: Readonly<Record<ModelEntry['origin'], string>> = {
  starter: 'Ships with Lensmith',
  added: 'Added by you',
  run: 'Trained here',
};

export const originOf = ({ origin }: ModelEntry): string => origins[origin];

export function stateOf({ isMissing, error, kind, baseDir }: ModelEntry): string {
  if (isMissing) return 'The folder is gone';
  if (error !== null) return 'Cannot be used';
  return kind === 'adapter' && baseDir === null ? 'Its model is not known' : 'Ready';
}

export const verdicts: Readonly<Record<MemoryNeed['verdict'], string>> = {
  fits: 'fits',
  tight: 'fits, but only just',
  'too-large': 'does not fit',
};

export const partNames = {
  vision: 'Vision tower',
  projector: 'Projector',
  llm: 'Language model',
} as const;
