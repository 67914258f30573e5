import { join } from 'node:path';
import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers';
import { LensmithError, asLensmithError } from '../base/errors.ts';
import { createDecodeChain, tokenByteLength, type DecodeChain } from './decoder.ts';
import { readModelJson, type JsonObject } from './model-files.ts';
import {
  mergeAddedTokens,
  specialTokenText,
  type AddedToken,
  type SpecialTokenName,
} from './special-tokens.ts';
import { runWithTimeLimit } from './time-limit.ts';
import { adaptTokenizerJson, readVocabulary } from './tokenizer-json.ts';

const maxTokenizerBytes = 128 * 2 ** 20;
const maxSideFileBytes = 16 * 2 ** 20;
const trialLimitMs = 2000;

export interface SpecialToken {
  readonly id: number;
  readonly text: string;
}

/** The files of a model folder that say how text becomes ids. */
export interface TokenizerFiles {
  readonly tokenizerJson: JsonObject;
  readonly config?: JsonObject | undefined;
  readonly specialTokensMap?: JsonObject | undefined;
  readonly addedTokensJson?: JsonObject | undefined;
}

/** Old clean-up of spaces before punctuation, on only where tokenizer_config.json says so. */
export function cleanUpSpaces(text: string): string {
  return text
    .replace(/ ([.?!,])/g, '$1')
    .replace(/ ' /g, "'")
    .replace(/ (n't|'m|'s|'ve|'re)/g, '$1');
}

/**
 * Text to ids and back, equal to the reference implementation's fast tokenizers. tokenizer.json is
 * trusted before `tokenizer_class` and the flags of tokenizer_config.json.
 */
export class Tokenizer {
  /** Highest id + 1: an embedding needs at least so many rows. */
  readonly vocabSize: number;
  readonly addedTokens: readonly AddedToken[];
  /** Named special tokens; null where the model has none. */
  readonly special: { readonly [name in SpecialTokenName]: SpecialToken | null };
  /** Whether decoding removes spaces before punctuation (`clean_up_tokenization_spaces`). */
  readonly cleansUpSpaces: boolean;
  readonly decodeChain: DecodeChain;
  readonly #library: LibraryTokenizer;
  readonly #idOf: ReadonlyMap<string, number>;
  readonly #textOf = new Map<number, string>();
  readonly #specialIds = new Set<number>();

  /** @throws tokenizers/* for files that are damaged or ask for what is not known */
  constructor(files: TokenizerFiles) {
    const { tokenizerJson, config = {}, specialTokensMap = {}, addedTokensJson = {} } = files;
    const vocabulary = readVocabulary(tokenizerJson);
    this.addedTokens = mergeAddedTokens({
      addedTokens: tokenizerJson['added_tokens'],
      vocabulary,
      config,
      specialTokensMap,
      addedTokensJson,
    });
    let highest = 0;
    for (const [token, id] of vocabulary) {
      this.#textOf.set(id, token);
      highest = Math.max(highest, id);
    }
    for (const token of this.addedTokens) {
      vocabulary.set(token.content, token.id);
      this.#textOf.set(token.id, token.content);
      if (token.special) this.#specialIds.add(token.id);
      highest = Math.max(highest, token.id);
    }
    this.#idOf = vocabulary;
    this.vocabSize = highest + 1;
    this.special = this.#namedTokens(config, specialTokensMap);
    this.cleansUpSpaces = config['clean_up_tokenization_spaces'] === true;
    this.decodeChain = createDecodeChain(tokenizerJson['decoder']);
    this.#library = createLibraryTokenizer(
      tokenizerJson,
      this.addedTokens,
      this.special.eos,
      this.decodeChain,
    );
  }

  #namedTokens(config: JsonObject, map: JsonObject): Tokenizer['special'] {
    const named = (name: SpecialTokenName): SpecialToken | null => {
      const text = specialTokenText(name, config, map);
      const id = text === undefined ? undefined : this.#idOf.get(text);
      return text === undefined || id === undefined ? null : { id, text };
    };
    return { bos: named('bos'), eos: named('eos'), pad: named('pad'), unk: named('unk') };
  }

  /**
   * @param options.addSpecialTokens  let the post-processor add bos, eos … (default true)
   * @throws tokenizers/unknown-text  a piece is outside the vocabulary and there is no unk token
   */
  encode(text: string, options: { readonly addSpecialTokens?: boolean } = {}): number[] {
    const { addSpecialTokens = true } = options;
    const { ids, tokens } = this.#library.encode(text, { add_special_tokens: addSpecialTokens });
    const missing = ids.findIndex((id) => !Number.isInteger(id));
    if (missing < 0) return ids;
    throw new LensmithError(
      'tokenizers/unknown-text',
      'The text cannot be written with this vocabulary.',
      {
        expected: 'text within the vocabulary, or an unk token',
        got: JSON.stringify(tokens[missing]),
      },
    );
  }

  /**
   * @param options.skipSpecialTokens  leave out added tokens marked special (default false)
   * @returns the text; ids without a token are left out, as the reference does
   */
  decode(ids: Iterable<number>, options: { readonly skipSpecialTokens?: boolean } = {}): string {
    const tokens: string[] = [];
    for (const id of ids) {
      const token = this.textToDecode(id, options.skipSpecialTokens ?? false);
      if (token !== undefined) tokens.push(token);
    }
    if (tokens.length === 0) return '';
    const text = this.decodeChain.decode(tokens);
    return this.cleansUpSpaces ? cleanUpSpaces(text) : text;
  }

  /** The token that `id` gives to decoding; undefined when it gives none. */
  textToDecode(id: number, skipSpecialTokens: boolean): string | undefined {
    return skipSpecialTokens && this.#specialIds.has(id) ? undefined : this.#textOf.get(id);
  }

  tokenToId(token: string): number | undefined {
    return this.#idOf.get(token);
  }

  idToToken(id: number): string | undefined {
    return this.#textOf.get(id);
  }

  isSpecial(id: number): boolean {
    return this.#specialIds.has(id);
  }

  /** Bytes of normalised text that an id stands for; see {@link tokenByteLength}. */
  byteLength(id: number): number {
    return tokenByteLength(this.#textOf.get(id) ?? '');
  }
}

/** Texts on which patterns that backtrack without end show themselves. */
function trialTexts(): string[] {
  const units = ['a', ' ', '0', '.', '\n', 'é', '日', "'", 'a ', ' \n', 'aB', 'a1', '▁', '_'];
  return units.flatMap((unit) => [unit.repeat(300), `${unit.repeat(300)}!\u0000`]);
}

function createLibraryTokenizer(
  tokenizerJson: JsonObject,
  addedTokens: readonly AddedToken[],
  eos: SpecialToken | null,
  decodeChain: DecodeChain,
): LibraryTokenizer {
  // The library also acts on remove_space and the like; tokenizer.json says that itself.
  const config = {
    ...(eos === null ? {} : { eos_token: eos.text }),
    clean_up_tokenization_spaces: false,
  };
  try {
    const library = new LibraryTokenizer(adaptTokenizerJson(tokenizerJson, addedTokens), config);
    runWithTimeLimit(trialLimitMs, 'tokenizers/too-slow', 'Trying out tokenizer.json', () => {
      for (const text of trialTexts()) {
        library.encode(text);
        decodeChain.decode([text]);
      }
    });
    return library;
  } catch (thrown) {
    if (thrown instanceof LensmithError) throw thrown;
    throw new LensmithError(
      'tokenizers/bad-tokenizer-json',
      'tokenizer.json describes no usable tokenizer.',
      {
        expected: 'parts that the tokenizers library knows',
        got: asLensmithError(thrown).message,
        hint: 'Fetch tokenizer.json again, or write it anew with save_pretrained of a fast tokenizer.',
        cause: thrown,
      },
    );
  }
}

/**
 * Reads the tokenizer of a Hugging Face folder: tokenizer.json, and beside it
 * tokenizer_config.json, special_tokens_map.json and added_tokens.json where there are such.
 * The tokenizer is tried on long monotonous texts under a time limit, so that a pattern made to
 * hang is refused here.
 * @throws tokenizers/missing, tokenizers/bad-json, tokenizers/bad-tokenizer-json,
 *   tokenizers/bad-token-id, tokenizers/bad-added-token, tokenizers/token-conflict,
 *   tokenizers/unknown-decoder, tokenizers/too-slow, tokenizers/unreadable-file
 */
export async function loadTokenizer(directory: string): Promise<Tokenizer> {
  const tokenizerJson = await readModelJson(directory, 'tokenizer.json', maxTokenizerBytes);
  if (tokenizerJson === undefined) {
    throw new LensmithError('tokenizers/missing', `There is no tokenizer.json in ${directory}.`, {
      expected: join(directory, 'tokenizer.json'),
      got: 'no such file',
      hint: 'Older folders hold only tokenizer.model or vocab.json: load the tokenizer once with transformers and save it with save_pretrained, which writes tokenizer.json.',
    });
  }
  const [config, specialTokensMap, addedTokensJson] = await Promise.all(
    ['tokenizer_config.json', 'special_tokens_map.json', 'added_tokens.json'].map((name) =>
      readModelJson(directory, name, maxSideFileBytes),
    ),
  );
  return new Tokenizer({ tokenizerJson, config, specialTokensMap, addedTokensJson });
}
