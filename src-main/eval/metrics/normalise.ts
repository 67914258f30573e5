/**
 * Texts that a reader takes for the same answer, as one: Unicode NFKC, lower
 * case, runs of blanks as one space, none at the ends, and no punctuation at the end.
 */
export function normaliseAnswer(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s+/gu, ' ')
    .trim()
    .replace(/[\s\p{Po}]+$/u, '');
}
