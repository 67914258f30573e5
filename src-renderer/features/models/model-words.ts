/** What is said of models, in words. */
import type { ModelEntry, ModelFacts } from '../../../src-main/ipc/contract/models.ts';
import { formatCount, formatNumber } from '../../ui/format.ts';
import { texts } from './texts/index.ts';

/** 1.2 M, 7.1 B: parameters as the field counts them. */
export function formatParameters(count: number): string {
  if (count < 1e6) return formatCount(count);
  const value = count >= 1e9 ? count / 1e9 : count / 1e6;
  const short = value >= 100 ? formatCount(value) : formatNumber(Math.round(value * 10) / 10);
  return count >= 1e9 ? texts().billion(short) : texts().million(short);
}

/** @param device the graphics device that models compute on, or null */
export const memoryTitle = (device: string | null): string =>
  device === null ? texts().memory.title : texts().memory.titleOn(device);

/** A model whose decoder can be held in fewer bits. */
export const isInFull = ({ dtypes, adapter }: ModelFacts): boolean =>
  adapter === null && dtypes['NF4'] === undefined && dtypes['INT8'] === undefined;

export const originOf = ({ origin, isCreated }: ModelEntry): string =>
  texts().origins[isCreated ? 'made' : origin];

export const isReady = ({ isMissing, error, kind, baseDir }: ModelEntry): boolean =>
  !isMissing && error === null && (kind === 'model' || baseDir !== null);

export function stateOf({ isMissing, error, kind, baseDir }: ModelEntry): string {
  const { missing, unusable, baseUnknown, ready } = texts().states;
  if (isMissing) return missing;
  if (error !== null) return unusable;
  return kind === 'adapter' && baseDir === null ? baseUnknown : ready;
}
