/**
 * The filter language over indexed items. It means what filter-sql.ts means; a test holds the two
 * against each other.
 */
import { dateRange, numberRange } from '../ipc/contract/library-filter.ts';
import type { Comparison, FilterKey, FilterTerm } from '../ipc/contract/library-filter.ts';
import { wordsQuery } from './filter-sql.ts';
import type { IndexedItem, ItemIndex } from './item-index.ts';

export type Predicate = (item: IndexedItem) => boolean;

/** As SQLite's NOCASE and LIKE fold letters: those of ASCII alone. */
const fold = (text: string): string =>
  text.replaceAll(/[A-Z]+/gu, (letters) => letters.toLowerCase());

/** Finds any of the values, folded as above: folding a hundred thousand names takes ten times as long. */
function anyWithin(values: readonly string[]): RegExp {
  const patterns = values.map((value) =>
    value
      .replaceAll(/[\\^$.*+?()[\]{}|/-]/gu, String.raw`\$&`)
      .replaceAll(/[A-Za-z]/gu, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`),
  );
  return new RegExp(patterns.join('|'));
}

type Maker = (term: FilterTerm, index: ItemIndex) => Predicate;

const lower = (values: readonly string[]): Set<string> =>
  new Set(values.map((value) => value.toLowerCase()));

const choice =
  (valueOf: (item: IndexedItem) => string | null): Maker =>
  ({ values }) => {
    const wanted = lower(values);
    return (item) => wanted.has(valueOf(item) ?? 'none');
  };

const flag =
  (isSo: Predicate): Maker =>
  ({ values }) => {
    const wanted = lower(values);
    return (item) => wanted.has(isSo(item) ? 'yes' : 'no');
  };

interface Range {
  readonly from: number;
  readonly to: number;
  /** `to` itself does not belong to it. */
  readonly isOpen: boolean;
}

function holds(comparison: Comparison, value: number, { from, to, isOpen }: Range): boolean {
  switch (comparison) {
    case '=':
      return value >= from && (isOpen ? value < to : value <= to);
    case '<':
      return value < from;
    case '>=':
      return value >= from;
    case '>':
      return isOpen ? value >= to : value > to;
    case '<=':
      return isOpen ? value < to : value <= to;
  }
}

const ranged =
  (
    valueOf: (item: IndexedItem) => number,
    rangeOf: (key: FilterKey, value: string) => Range | null,
  ): Maker =>
  ({ key, comparison, values }) => {
    const ranges = values.map((value) => rangeOf(key, value)).filter((range) => range !== null);
    return (item) => ranges.some((range) => holds(comparison, valueOf(item), range));
  };

const number = (valueOf: (item: IndexedItem) => number): Maker =>
  ranged(valueOf, (key, value) => {
    const range = numberRange(key, value);
    return range === null ? null : { ...range, isOpen: false };
  });

const date = (valueOf: (item: IndexedItem) => number): Maker =>
  ranged(valueOf, (_key, value) => {
    const range = dateRange(value);
    return range === null ? null : { from: range.fromMs, to: range.toMs, isOpen: true };
  });

/** Ids of tags or labels by their names. */
function idsOf(names: ReadonlyMap<number, string>, values: readonly string[]): Set<number> {
  const wanted = new Set(values.map(fold));
  return new Set([...names].filter(([, name]) => wanted.has(fold(name))).map(([id]) => id));
}

const hasNone = (values: readonly string[]): boolean => lower(values).has('none');

const makers: { readonly [K in FilterKey]: Maker } = {
  type: choice(({ kind }) => kind),
  format: choice(({ format }) => format),
  split: choice(({ split }) => split),
  tag: ({ values }, index) => {
    const wanted = idsOf(
      index.tagNames,
      values.filter((value) => value.toLowerCase() !== 'none'),
    );
    const isNone = hasNone(values);
    return ({ tags }) => (isNone && tags.length === 0) || tags.some((tag) => wanted.has(tag));
  },
  label: ({ values }, index) => {
    const wanted = idsOf(
      index.labelNames,
      values.filter((value) => value.toLowerCase() !== 'none'),
    );
    if (hasNone(values)) wanted.add(0);
    return ({ labels }) => labels.some((label) => wanted.has(label));
  },
  status: ({ values }) => {
    const wanted = lower(values);
    const isNone = wanted.has('none');
    return ({ statuses }) =>
      (isNone && statuses.length === 0) || statuses.some((status) => wanted.has(status));
  },
  annotated: flag(({ markCount }) => markCount > 0),
  missing: flag(({ isMissing }) => isMissing),
  rating: number(({ rating }) => rating),
  id: number(({ id }) => id),
  width: number(({ width }) => width),
  height: number(({ height }) => height),
  size: number(({ sizeBytes }) => sizeBytes),
  duration: number(({ durationMs }) => durationMs / 1000),
  marks: number(({ markCount }) => markCount),
  samples: number(({ sampleCount }) => sampleCount),
  added: date(({ addedMs }) => addedMs),
  taken: date(({ takenMs }) => takenMs),
  name: ({ values }) => {
    const wanted = anyWithin(values);
    return ({ name }) => wanted.test(name);
  },
  // Words are in the full-text index of the database.
  text: (term, index) => {
    const ids = index.found(wordsQuery(term));
    return ({ id }) => ids.has(id);
  },
};

/** Whether an item fits every term. */
export function predicateOf(terms: readonly FilterTerm[], index: ItemIndex): Predicate {
  const predicates = terms.map((term): Predicate => {
    const fits = makers[term.key](term, index);
    return term.isNegated ? (item) => !fits(item) : fits;
  });
  const [first = () => true, ...rest] = predicates;
  return rest.length === 0 ? first : (item) => predicates.every((fits) => fits(item));
}
