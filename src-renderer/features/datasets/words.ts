import type {
  DatasetPreview,
  DatasetSettings,
  SplitName,
} from '../../../src-main/ipc/contract/datasets.ts';
import { formatCount, formatQuantity } from '../../ui/format.ts';

export const splitNames: readonly SplitName[] = ['train', 'validation', 'test'];

export const splitWords: Readonly<Record<SplitName, string>> = {
  train: 'Training',
  validation: 'Validation',
  test: 'Test',
};

/** What a new dataset begins with. */
export const newSettings: DatasetSettings = {
  statuses: ['draft', 'reviewed'],
  dialect: 'normalized-box',
  split: { by: 'shares', train: 80, validation: 20, test: 0, seed: 0 },
};

/** Why samples do not count: "12 drafts, 3 rejected"; empty where all do. */
export function leftOutWords({ leftOut }: DatasetPreview): string {
  const parts: readonly [number, string][] = [
    [leftOut.draft, formatQuantity(leftOut.draft, 'draft')],
    [leftOut.reviewed, `${formatCount(leftOut.reviewed)} reviewed`],
    [leftOut.rejected, `${formatCount(leftOut.rejected)} rejected`],
    [leftOut.noAnswer, `${formatCount(leftOut.noAnswer)} without an answer`],
    [leftOut.straddling, `${formatCount(leftOut.straddling)} over two splits`],
    [leftOut.missingMedia, `${formatCount(leftOut.missingMedia)} with missing files`],
  ];
  return parts
    .filter(([count]) => count > 0)
    .map(([, words]) => words)
    .join(', ');
}
