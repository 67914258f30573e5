/** Ranks names against what a person types: for the palette, comboboxes and menus. */

/**
 * How well `query` names `text`: 0 for not at all; the start of the text beats the start of a word,
 * a word beats the middle of one, and letters in order beat nothing. Case and accents do not count.
 */
export function matchScore(text: string, query: string): number {
  const hay = folded(text);
  const needle = folded(query).trim();
  if (needle === '') return 1;
  const at = hay.indexOf(needle);
  if (at === 0) return 100 - Math.min(20, hay.length - needle.length);
  if (at > 0) return (/[^\p{L}\p{N}]/u.test(hay.charAt(at - 1)) ? 70 : 50) - Math.min(20, at);
  const words = needle.split(/\s+/);
  if (words.length > 1 && words.every((word) => hay.includes(word))) return 40;
  return isSubsequence(hay, needle) ? 10 : 0;
}

function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

function isSubsequence(hay: string, needle: string): boolean {
  let at = 0;
  for (const letter of needle) {
    at = hay.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** Those that match, best first; equals keep their order. */
export function ranked<T>(items: readonly T[], query: string, textOf: (item: T) => string): T[] {
  if (query.trim() === '') return [...items];
  return items
    .map((item) => ({ item, score: matchScore(textOf(item), query) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ item }) => item);
}
