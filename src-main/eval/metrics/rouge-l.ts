import type { AnswerMetric } from './metric.ts';

/** Lower-case runs of letters and digits, without stemming. */
function tokens(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Length of the longest common subsequence, in memory of one row. */
function commonSubsequence(a: readonly string[], b: readonly string[]): number {
  const row = new Int32Array(b.length + 1);
  for (const word of a) {
    let diagonal = 0;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j] as number;
      row[j] = word === b[j - 1] ? diagonal + 1 : Math.max(above, row[j - 1] as number);
      diagonal = above;
    }
  }
  return row[b.length] as number;
}

/**
 * F-measure of the longest common subsequence of words: 2·P·R / (P + R), with
 * P = LCS / words written, R = LCS / words of the known answer.
 * @source Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries"
 */
export const rougeL: AnswerMetric = {
  kind: 'answer',
  id: 'rouge-l',
  title: 'ROUGE-L',
  isBinary: false,
  score(prediction, reference) {
    const [said, wanted] = [tokens(prediction), tokens(reference)];
    if (said.length + wanted.length === 0) return 1;
    return (2 * commonSubsequence(said, wanted)) / (said.length + wanted.length);
  },
};
