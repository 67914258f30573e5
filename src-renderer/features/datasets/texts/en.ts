import type { DatasetWarning } from '../../../../src-main/ipc/contract/datasets.ts';
import { formatCount, formatQuantity } from '../../../ui/format.ts';

export const en = {
  title: 'Datasets',
  splits: { train: 'Training', validation: 'Validation', test: 'Test' },
  samplesFor: (split: string) => `Samples for ${split.toLowerCase()}`,
  samplesBySplit: 'Samples by split',
  noneOnSide: 'No sample is on this side.',
  draft: 'draft',
  items: (count: number) => formatQuantity(count, 'item'),
  answers: (count: number) => formatQuantity(count, 'answer'),

  cannotRead: 'The datasets cannot be read',
  none: 'What should the model learn from?',
  noneText:
    'A dataset is a choice of samples, by tag, label, rating or date, and how they are split. It stays live: what you add to the library later joins it by itself.',
  newOfAll: 'New dataset of all samples',
  newDataset: 'New dataset',
  allSamples: 'All samples',
  numbered: (number: number) => `New dataset ${number}`,
  allItems: 'all items',
  deleted: (name: string) => `Deleted ${name}`,

  name: 'Name',
  delete: 'Delete this dataset',
  viewAll: 'What the model sees',
  viewAllTitle: 'This dataset, as the model will read it',
  train: 'Train with it',
  whatItSelects: 'What it selects',
  whatComes: 'What comes of it',
  itemsField: 'Items',
  itemsHint: 'All items; or tag:lung rating>=3 -tag:blurry',
  counted: (items: number, samples: number) =>
    `${formatQuantity(items, 'item')} with ${formatQuantity(samples, 'sample')}`,
  samplesThatCount: 'Samples that count',
  reviewed: 'Reviewed',
  drafts: 'Drafts',
  regionsAs: 'Regions in the text are written as',
  leftOut: (why: string) => `Left out: ${why}.`,
  leftOutBy: {
    draft: (count: number) => formatQuantity(count, 'draft'),
    reviewed: (count: number) => `${formatCount(count)} reviewed`,
    rejected: (count: number) => `${formatCount(count)} rejected`,
    noAnswer: (count: number) => `${formatCount(count)} without an answer`,
    straddling: (count: number) => `${formatCount(count)} over two splits`,
    missingMedia: (count: number) => `${formatCount(count)} with missing files`,
  },
  lookalikes: (groups: number) =>
    `${formatQuantity(groups, 'group')} of pictures that look the same.`,
  /** What the core says of it. */
  warning: (_kind: DatasetWarning['kind'], said: string) => said,
  showThem: 'Show them',

  split: 'Split',
  byShares: 'By shares',
  asMarked: 'As marked',
  drawAnew: 'Draw anew',
  sharesText: (percent: number) =>
    `${percent}% is for training. Pictures that look the same, and those of one sample, stay together.`,
  marksText:
    "Each item's own mark decides, as the library shows it; an item without one is for training.",
};

export type DatasetTexts = typeof en;
