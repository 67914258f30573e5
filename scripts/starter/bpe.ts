/**
 * Byte-pair encoding learned from word counts, on GPT-2's byte alphabet.
 * @source arXiv:1508.07909 (Sennrich et al.); the byte alphabet as GPT-2's encoder
 */

/** GPT-2's split into words: contractions, letters, digits, other signs, spaces. */
export const WORD_PATTERN =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** The printable character that stands for each byte, in GPT-2's order. */
export function byteAlphabet(): string[] {
  const printable = (b: number): boolean =>
    (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || (b >= 174 && b <= 255);
  let next = 256;
  return Array.from({ length: 256 }, (_, b) => String.fromCharCode(printable(b) ? b : next++));
}

interface Word {
  symbols: string[];
  readonly count: number;
}

function toWords(corpus: ReadonlyMap<string, number>): Word[] {
  const alphabet = byteAlphabet();
  const counts = new Map<string, number>();
  for (const [text, times] of corpus) {
    for (const match of text.matchAll(WORD_PATTERN)) {
      counts.set(match[0], (counts.get(match[0]) ?? 0) + times);
    }
  }
  return [...counts].map(([word, count]) => ({
    symbols: [...Buffer.from(word, 'utf8')].map((b) => alphabet[b] as string),
    count,
  }));
}

/** Changes a pair's weight and, when the word gained it, remembers where it occurs. */
type PairVisitor = (pair: string, weight: number, word: number) => void;

function visitPairs(
  { symbols, count }: Word,
  index: number,
  sign: 1 | -1,
  visit: PairVisitor,
): void {
  for (let i = 0; i + 1 < symbols.length; i++) {
    visit(`${symbols[i] as string} ${symbols[i + 1] as string}`, sign * count, index);
  }
}

function mergeIn(word: Word, left: string, right: string): void {
  const out: string[] = [];
  for (let i = 0; i < word.symbols.length; i++) {
    if (word.symbols[i] === left && word.symbols[i + 1] === right) {
      out.push(left + right);
      i++;
    } else out.push(word.symbols[i] as string);
  }
  word.symbols = out;
}

/**
 * Learns `mergeCount` merges: each joins the most frequent pair (ties: the pair that sorts first).
 * @param corpus texts with how often each counts
 * @returns merges in order, as [left, right]
 */
export function learnMerges(
  corpus: ReadonlyMap<string, number>,
  mergeCount: number,
): [string, string][] {
  const words = toWords(corpus);
  const weights = new Map<string, number>();
  const places = new Map<string, Set<number>>();
  const visit: PairVisitor = (pair, weight, word) => {
    weights.set(pair, (weights.get(pair) ?? 0) + weight);
    if (weight < 0) return;
    const set = places.get(pair);
    if (set) set.add(word);
    else places.set(pair, new Set([word]));
  };
  words.forEach((word, i) => visitPairs(word, i, 1, visit));
  const merges: [string, string][] = [];
  while (merges.length < mergeCount) {
    let best = '';
    let most = 1;
    for (const [pair, weight] of weights) {
      if (weight > most || (weight === most && best !== '' && pair < best)) {
        best = pair;
        most = weight;
      }
    }
    if (best === '') break;
    const [left, right] = best.split(' ') as [string, string];
    merges.push([left, right]);
    for (const index of places.get(best) ?? []) {
      const word = words[index] as Word;
      visitPairs(word, index, -1, visit);
      mergeIn(word, left, right);
      visitPairs(word, index, 1, visit);
    }
    weights.delete(best);
    places.delete(best);
  }
  return merges;
}
