import { LensmithError } from '../base/errors.ts';
import { isJsonObject, type JsonObject } from './model-files.ts';

/** A token beside the model's own vocabulary, as tokenizer.json lists it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
}

export type SpecialTokenName = 'bos' | 'eos' | 'pad' | 'unk';

/** Beyond any published vocabulary; a larger id would only make arrays with holes. */
const maxTokenId = 1 << 24;

export function checkTokenId(id: unknown, token: string): number {
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < maxTokenId) return id;
  throw new LensmithError(
    'tokenizers/bad-token-id',
    `The token ${JSON.stringify(token)} has no valid id.`,
    {
      expected: `a whole number from 0 to ${maxTokenId - 1}`,
      got: JSON.stringify(id) ?? String(id),
    },
  );
}

/** A token's text from either generation of the files: a string, or an object with `content`. */
export function tokenText(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return isJsonObject(value) ? tokenText(value['content']) : undefined;
}

function addedToken(entry: JsonObject, id: unknown, defaultNormalized: boolean): AddedToken {
  const content = tokenText(entry);
  if (content === undefined) {
    throw new LensmithError('tokenizers/bad-added-token', 'An added token has no text.', {
      expected: 'an object with a content of at least one character',
      got: JSON.stringify(entry).slice(0, 120),
    });
  }
  if (entry['single_word'] === true) {
    throw new LensmithError(
      'tokenizers/bad-added-token',
      'Added tokens that match whole words only are not supported.',
      { expected: 'single_word: false', got: `single_word: true on ${JSON.stringify(content)}` },
    );
  }
  return {
    id: checkTokenId(id, content),
    content,
    special: entry['special'] === true,
    lstrip: entry['lstrip'] === true,
    rstrip: entry['rstrip'] === true,
    normalized: typeof entry['normalized'] === 'boolean' ? entry['normalized'] : defaultNormalized,
  };
}

export interface SpecialTokenSources {
  /** `added_tokens` of tokenizer.json: trusted before everything else. */
  readonly addedTokens: unknown;
  /** Vocabulary of the model: text to id. */
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly config: JsonObject;
  readonly specialTokensMap: JsonObject;
  readonly addedTokensJson: JsonObject;
}

/** Texts that the side files call special: bos, eos, pad, unk and the named or listed others. */
function namedSpecialTexts(config: JsonObject, map: JsonObject): string[] {
  const texts: unknown[] = [];
  for (const source of [map, config]) {
    for (const name of ['bos', 'eos', 'pad', 'unk']) texts.push(source[`${name}_token`]);
    for (const key of ['additional_special_tokens', 'extra_special_tokens']) {
      const value = source[key];
      if (Array.isArray(value)) texts.push(...(value as unknown[]));
      else if (isJsonObject(value)) texts.push(...Object.values(value));
    }
  }
  return texts.map(tokenText).filter((text) => text !== undefined);
}

/**
 * All added tokens of a model folder: those of tokenizer.json, then those that only
 * tokenizer_config.json (`added_tokens_decoder`) or added_tokens.json know, then special tokens
 * that so far are plain entries of the vocabulary. A special token that no file gives an id is
 * left out, since a new id would lie outside the model's embedding.
 * @throws tokenizers/bad-added-token, tokenizers/bad-token-id, tokenizers/token-conflict
 */
export function mergeAddedTokens(sources: SpecialTokenSources): AddedToken[] {
  const byContent = new Map<string, AddedToken>();
  const byId = new Map<number, AddedToken>();
  const add = (token: AddedToken): void => {
    if (byContent.has(token.content)) return;
    const other = byId.get(token.id);
    if (other !== undefined) {
      throw new LensmithError(
        'tokenizers/token-conflict',
        `Two added tokens have the id ${token.id}.`,
        {
          expected: 'one token for an id',
          got: `${JSON.stringify(other.content)} and ${JSON.stringify(token.content)}`,
          hint: 'tokenizer.json and its side files come from different models.',
        },
      );
    }
    byContent.set(token.content, token);
    byId.set(token.id, token);
  };
  const listed = sources.addedTokens ?? [];
  if (!Array.isArray(listed)) {
    throw new LensmithError(
      'tokenizers/bad-added-token',
      'added_tokens of tokenizer.json is not a list.',
    );
  }
  for (const entry of listed as unknown[]) {
    const token = isJsonObject(entry) ? entry : {};
    add(addedToken(token, token['id'], token['special'] !== true));
  }
  const decoder = sources.config['added_tokens_decoder'];
  for (const [id, entry] of Object.entries(isJsonObject(decoder) ? decoder : {})) {
    if (isJsonObject(entry)) add(addedToken(entry, Number(id), entry['special'] !== true));
  }
  for (const [content, id] of Object.entries(sources.addedTokensJson)) {
    if (!sources.vocabulary.has(content)) add(addedToken({ content }, id, true));
  }
  for (const content of namedSpecialTexts(sources.config, sources.specialTokensMap)) {
    const id = sources.vocabulary.get(content);
    if (id !== undefined) add(addedToken({ content, special: true }, id, false));
  }
  return [...byContent.values()];
}

/** The text of a named special token; tokenizer_config.json goes before special_tokens_map.json. */
export function specialTokenText(
  name: SpecialTokenName,
  config: JsonObject,
  specialTokensMap: JsonObject,
): string | undefined {
  const key = `${name}_token`;
  return tokenText(key in config ? config[key] : specialTokensMap[key]);
}
