/**
 * The filter language of the library: `type:image tag:"left lung" -tag:blurry rating>=3 taken:2025-01..`
 *
 * Terms stand beside each other and all must hold; `-` before a term turns it round; values joined by
 * commas are alternatives. Words without a key are looked for in names, tags, labels, notes and
 * conversations, by their beginnings; words in quotes stand together. The window draws terms as chips,
 * the core makes SQL of them (store/filter-sql.ts).
 */

export const comparisons = ['=', '>', '>=', '<', '<='] as const;
export type Comparison = (typeof comparisons)[number];

export interface FilterTerm {
  readonly key: FilterKey;
  readonly isNegated: boolean;
  readonly comparison: Comparison;
  /** Alternatives, unquoted. */
  readonly values: readonly string[];
  /** Whether the only value stood in quotes: a phrase, where text is looked for. */
  readonly isQuoted: boolean;
  /** Where it stands in the text: [from, to). */
  readonly from: number;
  readonly to: number;
}

export interface FilterProblem {
  readonly message: string;
  readonly from: number;
  readonly to: number;
}

export interface ParsedFilter {
  readonly terms: readonly FilterTerm[];
  readonly problems: readonly FilterProblem[];
}

/** What a key takes; `choices` also completes what is typed. */
interface KeyRule {
  readonly kind: 'choice' | 'name' | 'number' | 'size' | 'seconds' | 'date' | 'text';
  readonly choices?: readonly string[];
  /** For the completion list. */
  readonly help: string;
}

export const filterKeys = {
  type: { kind: 'choice', choices: ['image', 'video'], help: 'image or video' },
  format: { kind: 'name', help: 'jpeg, png, mp4 …' },
  tag: { kind: 'name', help: 'a tag; none: without tags' },
  label: { kind: 'name', help: 'a label of a mark; none: marks without label' },
  split: {
    kind: 'choice',
    choices: ['train', 'validation', 'test', 'none'],
    help: 'what it is used for',
  },
  annotated: { kind: 'choice', choices: ['yes', 'no'], help: 'has marks' },
  status: {
    kind: 'choice',
    choices: ['draft', 'reviewed', 'rejected', 'none'],
    help: 'of its samples; none: without samples',
  },
  rating: { kind: 'number', help: '0 to 5, e.g. rating>=3' },
  samples: { kind: 'number', help: 'how many, e.g. samples>0' },
  marks: { kind: 'number', help: 'how many, e.g. marks>=5' },
  width: { kind: 'number', help: 'pixels' },
  height: { kind: 'number', help: 'pixels' },
  size: { kind: 'size', help: 'of the file, e.g. size>2MB' },
  duration: { kind: 'seconds', help: 'of a video, e.g. duration<10' },
  added: { kind: 'date', help: '2026, 2026-11, 2026-11-24, 2026-01..2026-06' },
  taken: { kind: 'date', help: '2026, 2026-11, 2026-11-24, 2026-01..2026-06' },
  name: { kind: 'name', help: 'part of the file name' },
  missing: { kind: 'choice', choices: ['yes', 'no'], help: 'the file is not where it was' },
  id: { kind: 'number', help: 'number of the item' },
  text: { kind: 'text', help: 'words in names, notes and conversations' },
} as const satisfies Readonly<Record<string, KeyRule>>;

export type FilterKey = keyof typeof filterKeys;

export function isFilterKey(key: string): key is FilterKey {
  return Object.hasOwn(filterKeys, key);
}

export const longestFilter = 10_000;

const operator = /^(>=|<=|>|<|=|:)/;

/** Reads a filter. Never throws: what cannot be read is a problem with its place. */
export function parseFilter(text: string): ParsedFilter {
  const terms: FilterTerm[] = [];
  const problems: FilterProblem[] = [];
  if (text.length > longestFilter) {
    const message = `A filter has at most ${longestFilter} characters.`;
    return { terms, problems: [{ message, from: longestFilter, to: text.length }] };
  }
  let at = 0;
  while (at < text.length) {
    if (/\s/u.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    const read = readTerm(text, at);
    if ('message' in read) problems.push(read);
    else {
      const message = valueProblem(read);
      if (message === null) terms.push(read);
      else problems.push({ message, from: read.from, to: read.to });
    }
    at = read.to;
  }
  return { terms, problems };
}

function readTerm(text: string, from: number): FilterTerm | FilterProblem {
  const isNegated = text.charAt(from) === '-' && /\S/u.test(text.charAt(from + 1));
  const start = isNegated ? from + 1 : from;
  const key = /^[a-z]+(?=[:<>=])/iu.exec(text.slice(start, start + 40))?.[0].toLowerCase() ?? '';
  if (key === '') {
    const { values, isQuoted, to, isClosed } = readValues(text, start, false);
    if (!isClosed) return unclosed(from, to);
    return { key: 'text', isNegated, comparison: '=', values, isQuoted, from, to };
  }
  const sign = operator.exec(text.slice(start + key.length))?.[0] ?? ':';
  const { values, isQuoted, to, isClosed } = readValues(
    text,
    start + key.length + sign.length,
    key !== 'text',
  );
  if (!isClosed) return unclosed(from, to);
  if (!isFilterKey(key)) {
    const near = closestKey(key);
    const advice = near === null ? '' : ` Did you mean ${near}:?`;
    return { message: `There is no key ${key}:.${advice}`, from, to };
  }
  if (values.length === 0) return { message: `${key}: needs a value.`, from, to };
  const comparison = sign === ':' ? '=' : (sign as Comparison);
  return { key, isNegated, comparison, values, isQuoted, from, to };
}

function unclosed(from: number, to: number): FilterProblem {
  return { message: 'A quotation mark is not closed.', from, to };
}

/** Values from `at` to the next blank: bare or quoted ones, joined by commas if `isList`. */
function readValues(
  text: string,
  at: number,
  isList: boolean,
): { values: string[]; isQuoted: boolean; to: number; isClosed: boolean } {
  const values: string[] = [];
  let isQuoted = false;
  let to = at;
  for (;;) {
    if (text.charAt(to) === '"') {
      const quoted = readQuoted(text, to);
      if (quoted === null) return { values, isQuoted, to: text.length, isClosed: false };
      values.push(quoted.value);
      isQuoted = true;
      to = quoted.to;
    } else {
      const bare = (isList ? /^[^\s,]*/u : /^\S*/u).exec(text.slice(to))?.[0] ?? '';
      if (bare !== '') values.push(bare);
      to += bare.length;
    }
    if (!isList || text.charAt(to) !== ',') break;
    to += 1;
  }
  return { values, isQuoted: isQuoted && values.length === 1, to, isClosed: true };
}

/** `"left lung"`, in which \" and \\ stand for themselves. */
function readQuoted(text: string, at: number): { value: string; to: number } | null {
  let value = '';
  for (let to = at + 1; to < text.length; to += 1) {
    const char = text.charAt(to);
    if (char === '"') return { value, to: to + 1 };
    if (char === '\\' && /["\\]/u.test(text.charAt(to + 1))) to += 1;
    value += text.charAt(to);
  }
  return null;
}

function closestKey(key: string): FilterKey | null {
  const starting = (Object.keys(filterKeys) as FilterKey[]).find(
    (one) => one.startsWith(key) || key.startsWith(one),
  );
  return starting ?? null;
}

/** Why the values do not fit their key, or null. */
function valueProblem(term: FilterTerm): string | null {
  const { key, comparison, values } = term;
  const rule: KeyRule = filterKeys[key];
  const isOrdered = ['number', 'size', 'seconds', 'date'].includes(rule.kind);
  if (comparison !== '=' && !isOrdered) return `${key} cannot be compared; write ${key}:value.`;
  if (comparison !== '=' && values.length > 1) return `${key}${comparison} takes one value.`;
  for (const value of values) {
    if (rule.choices !== undefined && !rule.choices.includes(value.toLowerCase())) {
      return `${key}: is one of ${rule.choices.join(', ')}.`;
    }
    if (isOrdered && rule.kind !== 'date' && numberRange(term.key, value) === null) {
      return `${key}: ${value} is not a ${rule.kind === 'size' ? 'size, e.g. 2MB' : 'number'}.`;
    }
    if (rule.kind === 'date' && dateRange(value) === null) {
      return `${key}: ${value} is not a date, e.g. 2026, 2026-11 or 2026-01..2026-06.`;
    }
  }
  return null;
}

const units: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

function readNumber(key: FilterKey, value: string): number | null {
  const kind = filterKeys[key].kind;
  const match =
    kind === 'size'
      ? /^(\d+(?:\.\d+)?)([kmgt]?)b?$/iu.exec(value)
      : kind === 'seconds'
        ? /^(\d+(?:\.\d+)?)s?$/iu.exec(value)
        : /^(-?\d+(?:\.\d+)?)$/u.exec(value);
  if (match === null) return null;
  return Number(match[1]) * (units[(match[2] ?? '').toLowerCase()] ?? 1);
}

/** `5`, `2..4`, `..4`: both ends belong to it; null: not readable. */
export function numberRange(
  key: FilterKey,
  value: string,
): { readonly from: number; readonly to: number } | null {
  const [first = '', last, ...rest] = value.split('..');
  if (rest.length > 0 || (first === '' && (last ?? '') === '')) return null;
  const from = first === '' ? -Infinity : readNumber(key, first);
  const to = last === undefined ? from : last === '' ? Infinity : readNumber(key, last);
  return from === null || to === null ? null : { from, to };
}

/**
 * The time that a date, or a range of dates, spans, in local time: [fromMs, toMs).
 * `2026-11` is all of November; `2025-01..2025-06` ends with June; either end may be left open.
 */
export function dateRange(
  value: string,
): { readonly fromMs: number; readonly toMs: number } | null {
  const [first = '', last, ...rest] = value.split('..');
  if (rest.length > 0 || (first === '' && (last ?? '') === '')) return null;
  const from = first === '' ? null : spanOf(first);
  const to = last === undefined ? from : last === '' ? null : spanOf(last);
  if (from === undefined || to === undefined) return null;
  return { fromMs: from?.[0] ?? -Infinity, toMs: to?.[1] ?? Infinity };
}

/** Of a year, a month or a day; undefined: no date. */
function spanOf(text: string): readonly [number, number] | undefined {
  const match = /^(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?$/u.exec(text);
  if (match === null) return undefined;
  const year = Number(match[1]);
  const month = match[2] === undefined ? null : Number(match[2]) - 1;
  const day = match[3] === undefined ? null : Number(match[3]);
  const from = new Date(year, month ?? 0, day ?? 1);
  // The 31st of a shorter month would be a day of the next one.
  if (from.getMonth() !== (month ?? 0) || from.getDate() !== (day ?? 1)) return undefined;
  const to =
    day !== null
      ? new Date(year, month ?? 0, day + 1)
      : month !== null
        ? new Date(year, month + 1, 1)
        : new Date(year + 1, 0, 1);
  return [from.getTime(), to.getTime()];
}

/** A value as it is written in a filter: in quotes where it needs them. */
export function filterValue(value: string): string {
  return /[\s,"\\]/u.test(value) || value === ''
    ? `"${value.replaceAll(/["\\]/gu, (char) => `\\${char}`)}"`
    : value;
}
