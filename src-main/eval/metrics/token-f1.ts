import type { AnswerMetric } from './metric.ts';

/** Lower case, without punctuation and the articles a, an, the; words between blanks. */
function words(text: string): string[] {
  return text
    .toLowerCase()
    .replace(/[\p{P}$+<=>^`|~]/gu, '')
    .split(/\s+/u)
    .filter((word) => word !== '' && word !== 'a' && word !== 'an' && word !== 'the');
}

/**
 * Harmonic mean of precision and recall over words, each counted as often as it
 * occurs; without words on a side 1 when the other has none either, else 0.
 * @source arXiv:1606.05250 (SQuAD) and its evaluation rules
 */
export const tokenF1: AnswerMetric = {
  kind: 'answer',
  id: 'token-f1',
  title: 'token F1',
  isBinary: false,
  score(prediction, reference) {
    const [said, wanted] = [words(prediction), words(reference)];
    if (said.length === 0 || wanted.length === 0) return said.length === wanted.length ? 1 : 0;
    const left = new Map<string, number>();
    for (const word of wanted) left.set(word, (left.get(word) ?? 0) + 1);
    let common = 0;
    for (const word of said) {
      const count = left.get(word) ?? 0;
      if (count > 0) common++;
      left.set(word, count - 1);
    }
    return (2 * common) / (said.length + wanted.length);
  },
};
