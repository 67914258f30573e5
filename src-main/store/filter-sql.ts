/** The filter language as SQL over `items`. Whatever a person typed is a bound value, never SQL. */
import type { SQLInputValue } from 'node:sqlite';
import { LensmithError } from '../base/errors.ts';
import { dateRange, numberRange, parseFilter } from '../ipc/contract/library-filter.ts';
import type { Comparison, FilterKey, FilterTerm } from '../ipc/contract/library-filter.ts';

/** A condition for WHERE, and the values of its question marks in order. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

/**
 * @param text in the filter language; empty: every item
 * @returns a condition on columns of `items`; it does not look at the trash
 * @throws library/bad-filter with the place of the first problem
 */
export function compileFilter(text: string): Condition {
  return compileTerms(readFilter(text));
}

/** @throws library/bad-filter */
export function readFilter(text: string): readonly FilterTerm[] {
  const { terms, problems } = parseFilter(text);
  const [problem] = problems;
  if (problem === undefined) return terms;
  throw new LensmithError('library/bad-filter', problem.message, {
    got: `"${text.slice(problem.from, problem.to).slice(0, 100)}" at character ${problem.from + 1}`,
    hint: 'For example: type:image tag:"left lung" -tag:blurry rating>=3 added:2026-11',
  });
}

export function compileTerms(terms: readonly FilterTerm[]): Condition {
  if (terms.length === 0) return { sql: '1', values: [] };
  const conditions = terms.map((term) => {
    const { sql, values } = compilers[term.key](term);
    return { sql: term.isNegated ? `NOT (${sql})` : `(${sql})`, values };
  });
  return {
    sql: conditions.map(({ sql }) => sql).join(' AND '),
    values: conditions.flatMap(({ values }) => values),
  };
}

type Compiler = (term: FilterTerm) => Condition;

const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ');
const lower = (values: readonly string[]): string[] => values.map((value) => value.toLowerCase());

/** Values of a column; `none` stands for NULL. */
const choice =
  (column: string): Compiler =>
  ({ values }) => {
    const named = lower(values).filter((value) => value !== 'none');
    const isNone = named.length < values.length ? ` OR ${column} IS NULL` : '';
    return {
      sql: `coalesce(${column} IN (${marks(named)}), 0)${isNone}`,
      values: named,
    };
  };

/** Items that a table of theirs has rows of; `none` stands for items without any. */
const related =
  (rows: { readonly any: string; readonly named: string }): Compiler =>
  ({ values }) => {
    const named = values.filter((value) => value.toLowerCase() !== 'none');
    const isNone = named.length < values.length ? ` OR items.id NOT IN (${rows.any})` : '';
    return { sql: `items.id IN (${rows.named} (${marks(named)}))${isNone}`, values: named };
  };

const flag =
  (condition: string): Compiler =>
  ({ values }) => {
    const wants = lower(values);
    const sql = [
      ...(wants.includes('yes') ? [condition] : []),
      ...(wants.includes('no') ? [`NOT (${condition})`] : []),
    ].join(' OR ');
    return { sql, values: [] };
  };

/** An expression within [from, to], or compared with the ends. */
function ranged(
  expression: string,
  comparison: Comparison,
  ranges: readonly { readonly from: number; readonly to: number; readonly isOpen: boolean }[],
): Condition {
  const values: SQLInputValue[] = [];
  const sql = ranges.map(({ from, to, isOpen }) => {
    switch (comparison) {
      case '=':
        values.push(from, to);
        return `coalesce(${expression} >= ? AND ${expression} ${isOpen ? '<' : '<='} ?, 0)`;
      case '<':
      case '>=':
        values.push(from);
        return `coalesce(${expression} ${comparison} ?, 0)`;
      case '>':
      case '<=':
        // Later than a month is after its end; up to a month is until its end.
        values.push(to);
        return `coalesce(${expression} ${isOpen ? (comparison === '>' ? '>=' : '<') : comparison} ?, 0)`;
    }
  });
  return { sql: sql.join(' OR '), values };
}

const number =
  (expression: string): Compiler =>
  ({ key, comparison, values }) =>
    ranged(
      expression,
      comparison,
      values.flatMap((value) => {
        const range = numberRange(key, value);
        return range === null ? [] : [{ ...range, isOpen: false }];
      }),
    );

const date =
  (column: string): Compiler =>
  ({ comparison, values }) =>
    ranged(
      column,
      comparison,
      values.flatMap((value) => {
        const range = dateRange(value);
        return range === null ? [] : [{ from: range.fromMs, to: range.toMs, isOpen: true }];
      }),
    );

const contains =
  (column: string): Compiler =>
  ({ values }) => ({
    sql: values.map(() => `${column} LIKE ? ESCAPE '\\'`).join(' OR '),
    values: values.map((value) => `%${value.replaceAll(/[\\%_]/gu, (char) => `\\${char}`)}%`),
  });

/** What the word index is asked: a phrase, whose last word may go on unless it stood in quotes. */
export function wordsQuery({ values, isQuoted }: FilterTerm): string {
  return `"${values.join(' ').replaceAll('"', '""')}"${isQuoted ? '' : ' *'}`;
}

const words: Compiler = (term) => ({
  sql: 'items.id IN (SELECT rowid FROM item_words WHERE item_words MATCH ?)',
  values: [wordsQuery(term)],
});

const marksOf = 'SELECT item_id FROM marks WHERE is_draft = 0';
/** Table by table: a view is not searched by a column of the query around it. */
const markCounts = ['segments', 'point_events', 'tracks'].reduce(
  (sum, table) => `${sum} + (SELECT count(*) FROM ${table} AS t WHERE t.item_id = items.id)`,
  '(SELECT count(*) FROM shapes WHERE shapes.item_id = items.id AND shapes.is_draft = 0)',
);
const samplesOf = `SELECT item_id FROM sample_items JOIN samples ON samples.id = sample_id
  WHERE samples.trashed_ms IS NULL`;

/** One a key; a key without one does not compile. */
const compilers: { readonly [K in FilterKey]: Compiler } = {
  type: choice('items.kind'),
  format: choice('items.format'),
  split: choice('items.split'),
  tag: related({
    any: 'SELECT item_id FROM item_tags',
    named: `SELECT item_id FROM item_tags JOIN tags ON tags.id = tag_id
      WHERE tags.name COLLATE NOCASE IN`,
  }),
  label: ({ values }) => {
    const named = values.filter((value) => value.toLowerCase() !== 'none');
    const isNone = named.length < values.length ? ' OR label_id IS NULL' : '';
    return {
      sql: `items.id IN (${marksOf} AND (label_id IN (SELECT id FROM labels
        WHERE name COLLATE NOCASE IN (${marks(named)}))${isNone}))`,
      values: named,
    };
  },
  status: related({ any: samplesOf, named: `${samplesOf} AND samples.status IN` }),
  annotated: flag(`items.id IN (${marksOf})`),
  missing: flag('items.is_missing = 1'),
  rating: number('items.rating'),
  id: number('items.id'),
  width: number('items.width'),
  height: number('items.height'),
  size: number('items.size_bytes'),
  duration: number('items.duration_ms / 1000.0'),
  marks: number(`(${markCounts})`),
  samples: number(`(SELECT count(DISTINCT samples.id) FROM sample_items
    JOIN samples ON samples.id = sample_items.sample_id
    WHERE sample_items.item_id = items.id AND samples.trashed_ms IS NULL)`),
  added: date('items.added_ms'),
  taken: date('items.taken_ms'),
  name: contains('items.name'),
  text: words,
};
