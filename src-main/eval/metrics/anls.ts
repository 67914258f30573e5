import type { AnswerMetric } from './metric.ts';
import { normaliseAnswer } from './normalise.ts';

/** Further apart than this share of the longer text is another answer, not a misspelt one. */
const threshold = 0.5;

/** Fewest insertions, deletions and replacements of characters, in memory of one row. */
function editDistance(a: readonly string[], b: readonly string[]): number {
  const row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, character] of a.entries()) {
    let diagonal = i;
    row[0] = i + 1;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j] as number;
      const replaced = diagonal + (character === b[j - 1] ? 0 : 1);
      row[j] = Math.min(replaced, above + 1, (row[j - 1] as number) + 1);
      diagonal = above;
    }
  }
  return row[b.length] as number;
}

/**
 * Normalised Levenshtein similarity, which forgives slips of reading:
 * 1 − distance / length of the longer text, and 0 where the distance is half of it or more; after
 * {@link normaliseAnswer}.
 * @source arXiv:1905.13648 (ST-VQA), as used by DocVQA
 */
export const anls: AnswerMetric = {
  kind: 'answer',
  id: 'anls',
  title: 'ANLS',
  isBinary: false,
  score(prediction, reference) {
    const [said, wanted] = [[...normaliseAnswer(prediction)], [...normaliseAnswer(reference)]];
    const longest = Math.max(said.length, wanted.length);
    if (longest === 0) return 1;
    // A lower bound that spares the table for texts of quite different lengths.
    if (Math.abs(said.length - wanted.length) / longest >= threshold) return 0;
    const distance = editDistance(said, wanted) / longest;
    return distance < threshold ? 1 - distance : 0;
  },
};
