import type {
  DatasetPreview,
  DatasetSettings,
  SplitName,
} from '../../../src-main/ipc/contract/datasets.ts';
import { texts } from './texts/index.ts';

export const splitNames: readonly SplitName[] = ['train', 'validation', 'test'];

/** What a new dataset begins with. */
export const newSettings: DatasetSettings = {
  statuses: ['draft', 'reviewed'],
  dialect: 'normalized-box',
  split: { by: 'shares', train: 80, validation: 20, test: 0, seed: 0 },
};

const reasons = [
  'draft',
  'reviewed',
  'rejected',
  'noAnswer',
  'straddling',
  'missingMedia',
] as const satisfies readonly (keyof DatasetPreview['leftOut'])[];

/** Why samples do not count: "12 drafts, 3 rejected"; empty where all do. */
export function leftOutWords({ leftOut }: DatasetPreview): string {
  return reasons
    .filter((reason) => leftOut[reason] > 0)
    .map((reason) => texts().leftOutBy[reason](leftOut[reason]))
    .join(', ');
}
