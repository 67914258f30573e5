import type { Tokenizer } from '../tokenizers/tokenizer.ts';

export interface PromptTokens {
  /** Ids of the prompt, special tokens of the post-processor included. */
  readonly ids: readonly number[];
  /**
   * Tokens of a piece of the prompt given by character offsets: from the first one that reaches
   * beyond `start` to the last one that ends at or before `end`.
   */
  readonly spanOf: (start: number, end: number) => { readonly start: number; readonly end: number };
}

/**
 * Ids of a rendered prompt. The tokenizer adds its own special tokens, unless the template
 * already wrote the first of them (transformers does the same).
 *
 * Character offsets become token positions by tokenising the text before the offset as well and
 * comparing how much normalised text both token lists stand for: that holds when a token straddles
 * the offset and when the cut changes how the text before it is split.
 */
export function tokenizePrompt(prompt: string, tokenizer: Tokenizer): PromptTokens {
  const { bos } = tokenizer.special;
  const addSpecialTokens = bos === null || !prompt.startsWith(bos.text);
  const plain = tokenizer.encode(prompt, { addSpecialTokens: false });
  const ids = addSpecialTokens ? tokenizer.encode(prompt) : plain;
  const lead = findRun(ids, plain);
  const ends = cumulativeLengths(plain, tokenizer);
  const cuts = findCuts(prompt, plain, tokenizer);
  const lengthBefore = (offset: number): number => {
    if (offset >= prompt.length) return ends.at(-1) ?? 0;
    const cut = cuts.findLast(({ end }) => end <= offset) ?? { start: 0, token: 0 };
    const text = prompt.slice(cut.start, offset);
    const before = tokenizer.encode(text, { addSpecialTokens: false });
    const length = before.reduce((sum, id) => sum + tokenizer.byteLength(id), 0);
    return (ends[cut.token - 1] ?? 0) + length;
  };
  return {
    ids,
    spanOf: (start, end) => ({
      start: lead + countAtMost(ends, lengthBefore(start)),
      end: lead + countAtMost(ends, lengthBefore(end)),
    }),
  };
}

/** An added token in the prompt: its characters, and its place in the ids. */
interface Cut {
  readonly start: number;
  readonly end: number;
  readonly token: number;
}

/**
 * Added tokens that split the prompt before anything else happens to it: text on both sides is
 * tokenised apart, so nothing before one need be looked at again. Empty where the prompt and its
 * ids cannot be laid side by side.
 */
function findCuts(prompt: string, ids: readonly number[], tokenizer: Tokenizer): Cut[] {
  const splitting = tokenizer.addedTokens.filter((token) => !token.normalized);
  const texts = splitting.map(({ content }) => content).sort((a, b) => b.length - a.length);
  if (texts.length === 0) return [];
  const pattern = new RegExp(
    texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'),
    'g',
  );
  const splittingIds = new Set(splitting.map(({ id }) => id));
  const tokens = [...ids.keys()].filter((index) => splittingIds.has(ids[index] ?? -1));
  const matches = [...prompt.matchAll(pattern)];
  if (matches.length !== tokens.length) return [];
  const stripping = new Set(splitting.filter((t) => t.lstrip || t.rstrip).map((t) => t.content));
  return matches
    .map((match, i) => ({
      start: match.index,
      end: match.index + match[0].length,
      token: tokens[i] ?? 0,
      text: match[0],
    }))
    .filter(({ text }) => !stripping.has(text));
}

function cumulativeLengths(ids: readonly number[], tokenizer: Tokenizer): number[] {
  let sum = 0;
  return ids.map((id) => (sum += tokenizer.byteLength(id)));
}

/** How many of the ascending values are at most `limit`. */
function countAtMost(ascending: readonly number[], limit: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? Infinity) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where `part` lies in `whole` (post-processors put ids before and after, nothing between). */
function findRun(whole: readonly number[], part: readonly number[]): number {
  for (let lead = 0; lead <= whole.length - part.length; lead++) {
    if (part.every((id, index) => whole[lead + index] === id)) return lead;
  }
  return 0;
}
