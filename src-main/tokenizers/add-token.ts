import { LensmithError } from '../base/errors.ts';
import { isJsonObject, type JsonObject } from './model-files.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface PlacedToken {
  readonly id: number;
  readonly text: string;
  /** False where the tokenizer had it already. */
  readonly isNew: boolean;
}

/**
 * Where a special token is, or would go: the next free id.
 * @throws tokenizers/token-conflict  the text is a word of the vocabulary, which has a meaning
 */
export function placeToken(tokenizer: Tokenizer, text: string): PlacedToken {
  const known = tokenizer.addedTokens.find((token) => token.content === text);
  if (known !== undefined) return { id: known.id, text, isNew: false };
  const word = tokenizer.tokenToId(text);
  if (word === undefined) return { id: tokenizer.vocabSize, text, isNew: true };
  throw new LensmithError(
    'tokenizers/token-conflict',
    `${text} is an ordinary word of this tokenizer.`,
    {
      expected: `a tokenizer without ${text}, or with ${text} among its added tokens`,
      got: `${text} with the id ${word} in model.vocab`,
      hint: 'Where it is meant for images, list it under added_tokens of tokenizer.json.',
    },
  );
}

/** tokenizer.json with one more special token. */
export function withAddedToken(tokenizerJson: JsonObject, { id, text }: PlacedToken): JsonObject {
  const listed: unknown = tokenizerJson['added_tokens'];
  const added = Array.isArray(listed) ? (listed as unknown[]) : [];
  return { ...tokenizerJson, added_tokens: [...added, { id, ...specialToken(text) }] };
}

/** tokenizer_config.json with the token, where it lists added tokens at all. */
export function withTokenInConfig(config: JsonObject, { id, text }: PlacedToken): JsonObject {
  const decoder = config['added_tokens_decoder'];
  if (!isJsonObject(decoder)) return config;
  return { ...config, added_tokens_decoder: { ...decoder, [id]: specialToken(text) } };
}

function specialToken(content: string): JsonObject {
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return { content, ...plain, special: true };
}
