/** What an answer has of the expected one, word by word. */

export interface DiffPart {
  readonly text: string;
  /** `extra` stands in the answer alone; blanks follow the word before them. */
  readonly kind: 'same' | 'extra' | 'missing';
}

/** Longer texts are shown without marks: a table of their words would hold the window up. */
const mostWords = 600;

const wordsOf = (text: string): string[] => text.match(/\s+|[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? [];
const isWord = (part: string): boolean => /[\p{L}\p{N}]/u.test(part);
const meaning = (word: string): string => word.normalize('NFKC').toLowerCase();

/**
 * The answer's words, and between them those that it lacks, by the longest common subsequence;
 * case does not count.
 */
export function diffWords(answer: string, expected: string): DiffPart[] {
  const [a, b] = [wordsOf(answer), wordsOf(expected)];
  if (a.length > mostWords || b.length > mostWords) return [{ text: answer, kind: 'same' }];
  // Texts that have nothing in common but blanks and stops are two texts, not one with changes.
  const known = new Set(b.filter(isWord).map(meaning));
  if (!a.some((word) => isWord(word) && known.has(meaning(word)))) {
    return answer === '' ? [] : [{ text: answer, kind: expected === '' ? 'same' : 'extra' }];
  }
  const table = lengths(a.map(meaning), b.map(meaning));
  const parts: DiffPart[] = [];
  const push = (text: string, kind: DiffPart['kind']): void => {
    const last = parts.at(-1);
    if (last?.kind === kind) parts[parts.length - 1] = { text: last.text + text, kind };
    else parts.push({ text, kind });
  };
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [word, wanted] = [a[i], b[j]];
    if (word !== undefined && wanted !== undefined && meaning(word) === meaning(wanted)) {
      push(word, 'same');
      i++;
      j++;
    } else if (
      word !== undefined &&
      (wanted === undefined || at(table, i + 1, j) >= at(table, i, j + 1))
    ) {
      push(word, 'extra');
      i++;
    } else {
      push(wanted ?? '', 'missing');
      j++;
    }
  }
  return parts;
}

/** table[i][j]: length of the longest common subsequence of a from i and b from j. */
function lengths(a: readonly string[], b: readonly string[]): Uint16Array[] {
  const table = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = table[i] as Uint16Array;
      row[j] =
        a[i] === b[j]
          ? at(table, i + 1, j + 1) + 1
          : Math.max(at(table, i + 1, j), at(table, i, j + 1));
    }
  }
  return table;
}

const at = (table: readonly Uint16Array[], i: number, j: number): number => table[i]?.[j] ?? 0;
