/** A selection in numbers, and what in it may not be as the person thinks. */
import type {
  DatasetPreview,
  DatasetSettings,
  DatasetWarning,
  SplitName,
} from '../../ipc/contract/datasets.ts';
import type { LensmithError } from '../../base/errors.ts';
import type { SelectedSample, Selection } from './selection.ts';

const named = 50;

export function previewOf(selection: Selection, settings: DatasetSettings): DatasetPreview {
  const { samples, leftOut } = selection;
  return {
    filterError: null,
    items: selection.itemCount,
    samples: selection.sampleCount,
    splits: {
      train: countOf(samples, 'train'),
      validation: countOf(samples, 'validation'),
      test: countOf(samples, 'test'),
    },
    leftOut: {
      draft: leftOut.draft.length,
      reviewed: leftOut.reviewed.length,
      rejected: leftOut.rejected.length,
      noAnswer: leftOut.noAnswer.length,
      straddling: leftOut.straddling.length,
      missingMedia: leftOut.missingMedia.length,
    },
    nearDuplicateGroups: selection.duplicates.length,
    warnings: warningsOf(selection, settings),
  };
}

/** What is shown while the filter cannot be read. */
export function failedPreview(error: LensmithError): DatasetPreview {
  const none = { samples: 0, items: 0, answers: 0 };
  return {
    filterError: error.toJSON(),
    items: 0,
    samples: 0,
    splits: { train: none, validation: none, test: none },
    leftOut: { draft: 0, reviewed: 0, rejected: 0, noAnswer: 0, straddling: 0, missingMedia: 0 },
    nearDuplicateGroups: 0,
    warnings: [],
  };
}

function countOf(samples: readonly SelectedSample[], split: SplitName) {
  const own = samples.filter((sample) => sample.split === split);
  return {
    samples: own.length,
    items: new Set(own.flatMap(({ itemIds }) => itemIds)).size,
    answers: own.reduce((sum, { answers }) => sum + answers, 0),
  };
}

function warningsOf(selection: Selection, { split }: DatasetSettings): DatasetWarning[] {
  const { samples, leftOut, leaks } = selection;
  const has = (side: SplitName): boolean => samples.some((sample) => sample.split === side);
  const found: DatasetWarning[] = [];
  const add = (
    kind: DatasetWarning['kind'],
    text: string,
    sampleIds: readonly number[] = [],
    itemIds: readonly number[] = [],
    count = Math.max(sampleIds.length, itemIds.length),
  ): void => {
    const [sampleList, itemList] = [sampleIds.slice(0, named), itemIds.slice(0, named)];
    found.push({ kind, text, count, sampleIds: sampleList, itemIds: itemList });
  };
  if (!has('train')) add('empty-train', 'No sample is left to train on.');
  else if (!has('validation')) {
    const how = split.by === 'items' ? 'Mark some items for validation' : 'Give validation a share';
    add(
      'empty-validation',
      `Nothing is held out, so the run cannot tell learning from memorising. ${how}.`,
    );
  }
  if (leftOut.straddling.length > 0) {
    add(
      'straddling',
      'Left out: their pictures are marked for different splits. Mark them alike, or split by shares.',
      leftOut.straddling,
    );
  }
  if (leaks.length > 0) {
    add(
      'leak',
      'Pictures that look the same stand on different sides, so held-out scores would flatter. Split by shares, or mark them alike.',
      [],
      leaks.flat(),
      leaks.length,
    );
  }
  if (leftOut.noAnswer.length > 0) {
    add('no-answer', 'Left out: they have no answer to learn yet.', leftOut.noAnswer);
  }
  if (leftOut.missingMedia.length > 0) {
    add(
      'missing-media',
      'Left out: the file of a picture is not where it was.',
      leftOut.missingMedia,
    );
  }
  return found;
}
