/** Changing a filter by its text: what chips, checkboxes and completions do. */
import {
  filterKeys,
  filterValue,
  isFilterKey,
  parseFilter,
} from '../../../src-main/ipc/contract/library-filter.ts';
import { coreWords } from '../../core-words/core-words.ts';
import type { FilterKey, FilterTerm } from '../../../src-main/ipc/contract/library-filter.ts';

export interface FilterChip {
  readonly text: string;
  readonly term: FilterTerm;
}

/** The terms of a filter with their own texts. */
export function chipsOf(filter: string): FilterChip[] {
  return parseFilter(filter).terms.map((term) => ({
    term,
    text: filter.slice(term.from, term.to),
  }));
}

const joined = (...parts: readonly string[]): string =>
  parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' ');

export function addTerm(filter: string, text: string): string {
  return joined(filter, text);
}

export function removeTerm(filter: string, { from, to }: FilterTerm): string {
  return joined(filter.slice(0, from), filter.slice(to));
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** The term that names values of a key, as `type:image` does. */
function choiceTerm(filter: string, key: FilterKey, isNegated: boolean): FilterTerm | undefined {
  return parseFilter(filter).terms.find(
    (term) => term.key === key && term.comparison === '=' && term.isNegated === isNegated,
  );
}

/** Whether a filter asks for a value of a key (`yes`), against it (`no`), or does not say. */
export function stateOf(filter: string, key: FilterKey, value: string): 'yes' | 'no' | undefined {
  for (const isNegated of [false, true]) {
    const values = choiceTerm(filter, key, isNegated)?.values ?? [];
    if (values.some((one) => same(one, value))) return isNegated ? 'no' : 'yes';
  }
  return undefined;
}

/** Adds a value to what a key may be, or against what it may not be; takes it out where it is in. */
export function toggleValue(
  filter: string,
  key: FilterKey,
  value: string,
  isNegated = false,
): string {
  const other = choiceTerm(filter, key, !isNegated);
  const base =
    other?.values.some((one) => same(one, value)) === true
      ? withValues(
          filter,
          other,
          other.values.filter((one) => !same(one, value)),
        )
      : filter;
  const term = choiceTerm(base, key, isNegated);
  if (term === undefined) {
    return joined(base, `${isNegated ? '-' : ''}${key}:${filterValue(value)}`);
  }
  const rest = term.values.filter((one) => !same(one, value));
  return withValues(base, term, rest.length < term.values.length ? rest : [...rest, value]);
}

function withValues(filter: string, term: FilterTerm, values: readonly string[]): string {
  if (values.length === 0) return removeTerm(filter, term);
  const text = `${term.isNegated ? '-' : ''}${term.key}:${values.map(filterValue).join(',')}`;
  return joined(filter.slice(0, term.from), text, filter.slice(term.to));
}

/** `rating>=3`: one lower bound at a time; the same again takes it away. */
export function toggleAtLeast(filter: string, key: FilterKey, value: number): string {
  const term = parseFilter(filter).terms.find(
    (one) => one.key === key && one.comparison === '>=' && !one.isNegated,
  );
  const rest = term === undefined ? filter : removeTerm(filter, term);
  return term?.values[0] === String(value) ? rest : joined(rest, `${key}>=${value}`);
}

export interface Suggestion {
  /** What the draft becomes. */
  readonly text: string;
  readonly label: string;
  readonly detail: string;
  /** Whether it is a whole term now. */
  readonly isWhole: boolean;
}

const most = 12;

/** What may follow a draft. `names` are tags and labels that the project has. */
export function suggest(
  draft: string,
  names: Readonly<Partial<Record<FilterKey, readonly string[]>>>,
): Suggestion[] {
  const match = /^(-?)([a-z]*)(?:(:|>=|<=|>|<|=)(.*))?$/iu.exec(draft);
  if (match === null) return [];
  const [, minus = '', word = '', sign, typed = ''] = match;
  const key = word.toLowerCase();
  if (sign === undefined) {
    return (Object.keys(filterKeys) as FilterKey[])
      .filter((one) => one.startsWith(key))
      .map((one) => ({
        text: `${minus}${one}:`,
        label: `${minus}${one}:`,
        detail: coreWords(filterKeys[one].help),
        isWhole: false,
      }));
  }
  if (!isFilterKey(key) || sign !== ':') return [];
  const rule = filterKeys[key];
  const known = 'choices' in rule ? rule.choices : (names[key] ?? []);
  const last = typed.split(',').at(-1) ?? '';
  const before = typed.slice(0, typed.length - last.length);
  const wanted = last.replace(/^"/u, '').toLowerCase();
  return known
    .filter((value) => value.toLowerCase().includes(wanted))
    .slice(0, most)
    .map((value) => ({
      text: `${minus}${key}:${before}${filterValue(value)}`,
      label: value,
      detail: '',
      isWhole: true,
    }));
}

/** Why a draft is not a filter yet, or null. */
export function draftProblem(draft: string): string | null {
  const [problem] = parseFilter(draft).problems;
  return problem === undefined ? null : coreWords(problem.message);
}
