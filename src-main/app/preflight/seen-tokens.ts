import { ignoreIndex } from '../../data/conversation.ts';
import type { EncodedConversation } from '../../data/conversation.ts';
import type { SeenToken } from '../../ipc/contract/preflight.ts';
import { StreamingDecoder } from '../../tokenizers/streaming-decoder.ts';
import type { Tokenizer } from '../../tokenizers/tokenizer.ts';

/** Tokens one by one with what each adds to the text; the run of an image is one entry. */
export function seenTokens(
  { inputIds, labels, imageRuns }: EncodedConversation,
  tokenizer: Tokenizer,
): SeenToken[] {
  const runs = new Map(imageRuns.map((run, image) => [run.start, { image, count: run.length }]));
  const decoder = new StreamingDecoder(tokenizer);
  const tokens: SeenToken[] = [];
  for (let at = 0; at < inputIds.length;) {
    const id = inputIds[at] as number;
    const { image = null, count = 1 } = runs.get(at) ?? {};
    const isSpecial = tokenizer.isSpecial(id);
    const decoded = image === null ? decoder.push(id) : '';
    const isWhole = isSpecial || !tokenizer.decodeChain.streamable;
    const text = image === null && isWhole ? (tokenizer.idToToken(id) ?? decoded) : decoded;
    tokens.push({ id, text, isLearnt: labels[at] !== ignoreIndex, isSpecial, image, count });
    at += count;
  }
  return tokens;
}

/** How many tokens there are, are of images, and are learnt. */
export function countTokens({ inputIds, labels, imageRuns }: EncodedConversation): {
  tokens: number;
  image: number;
  learnt: number;
} {
  return {
    tokens: inputIds.length,
    image: imageRuns.reduce((sum, run) => sum + run.length, 0),
    learnt: labels.reduce((sum, label) => sum + (label === ignoreIndex ? 0 : 1), 0),
  };
}
