import { LensmithError } from '../base/errors.ts';
import { isJsonObject, type JsonObject } from './model-files.ts';
import { checkTokenId } from './special-tokens.ts';

function bad(message: string, expected?: string, got?: string): LensmithError {
  return new LensmithError('tokenizers/bad-tokenizer-json', message, {
    expected,
    got,
    hint: 'Fetch tokenizer.json again, or write it anew with save_pretrained of a fast tokenizer.',
  });
}

/**
 * The vocabulary of tokenizer.json, text to id, every id checked.
 * @throws tokenizers/bad-tokenizer-json, tokenizers/bad-token-id
 */
export function readVocabulary(tokenizerJson: JsonObject): Map<string, number> {
  const model = tokenizerJson['model'];
  if (!isJsonObject(model)) throw bad('tokenizer.json has no model.', 'an object "model"');
  const vocabulary = new Map<string, number>();
  const { vocab } = model;
  if (Array.isArray(vocab)) {
    for (const [id, entry] of (vocab as unknown[]).entries()) {
      const token: unknown = Array.isArray(entry) ? entry[0] : undefined;
      if (typeof token !== 'string') throw bad(`Entry ${id} of the vocabulary has no text.`);
      if (!vocabulary.has(token)) vocabulary.set(token, checkTokenId(id, token));
    }
  } else if (isJsonObject(vocab)) {
    for (const [token, id] of Object.entries(vocab)) vocabulary.set(token, checkTokenId(id, token));
  } else {
    throw bad('tokenizer.json has no vocabulary.', 'an object or a list "model.vocab"');
  }
  if (vocabulary.size === 0) throw bad('The vocabulary of tokenizer.json is empty.');
  if (model['type'] === 'BPE' || (model['type'] === undefined && 'merges' in model))
    checkMerges(model);
  return vocabulary;
}

function checkMerges(model: JsonObject): void {
  const merges = model['merges'];
  if (!Array.isArray(merges)) throw bad('The BPE model has no merges.', 'a list "model.merges"');
  for (const [index, merge] of (merges as unknown[]).entries()) {
    const parts: unknown = typeof merge === 'string' ? merge.split(' ') : merge;
    const pair =
      Array.isArray(parts) && parts.length === 2 && parts.every((p) => typeof p === 'string');
    if (!pair)
      throw bad(`Merge ${index} is not a pair of tokens.`, 'two texts', JSON.stringify(merge));
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/**
 * Split in terms of matches alone, since the library does not know the merging behaviours, errs
 * on `invert` and keeps what a removed text pattern should drop. Inverting swaps the merges.
 */
function adaptSplit(config: JsonObject): JsonObject {
  const behavior = String(config['behavior'] ?? '').toLowerCase();
  const pattern = isJsonObject(config['pattern']) ? config['pattern'] : {};
  const { Regex: regex, String: text } = pattern;
  if (typeof regex !== 'string' && typeof text !== 'string') {
    throw bad('A Split pre-tokenizer has no pattern.');
  }
  const unit = typeof regex === 'string' ? `(?:${regex})` : `(?:${escapeRegExp(text as string)})`;
  const others = `(?:(?!${unit})[\\s\\S])*`;
  const isInverted = config['invert'] === true;
  const split = (source: string, invert: boolean): JsonObject => ({
    ...config,
    pattern: { Regex: source },
    invert,
    behavior: behavior === 'removed' ? 'Removed' : 'Isolated',
  });
  switch (behavior) {
    case 'removed':
      return split(unit, isInverted);
    case 'isolated':
      return split(unit, false);
    case 'contiguous':
      return split(`${unit}+`, false);
    case 'mergedwithprevious':
      return split(isInverted ? unit + others : others + unit, false);
    case 'mergedwithnext':
      return split(isInverted ? others + unit : unit + others, false);
    default:
      throw bad(
        'A Split pre-tokenizer has an unknown behaviour.',
        'Removed, Isolated, Contiguous, MergedWithPrevious or MergedWithNext',
        JSON.stringify(config['behavior']),
      );
  }
}

/** Metaspace with the fields of older files, and with the cut before each "▁" done apart. */
function adaptMetaspace(config: JsonObject): JsonObject {
  const replacement = typeof config['replacement'] === 'string' ? config['replacement'] : '▁';
  const scheme =
    config['add_prefix_space'] === false ? 'never' : (config['prepend_scheme'] ?? 'always');
  const metaspace = { ...config, replacement, prepend_scheme: scheme };
  if (config['split'] === false) return metaspace;
  const unit = escapeRegExp(replacement);
  const split = {
    type: 'Split',
    pattern: { Regex: `${unit}(?:(?!${unit})[\\s\\S])*` },
    behavior: 'Isolated',
    invert: false,
  };
  return { type: 'Sequence', pretokenizers: [metaspace, split] };
}

function adaptPreTokenizer(config: unknown, depth: number): unknown {
  if (!isJsonObject(config)) return config ?? null;
  if (depth > 16) throw bad('The pre-tokenizers of tokenizer.json are nested too deeply.');
  if (config['type'] === 'Split') return adaptSplit(config);
  if (config['type'] === 'Metaspace') return adaptMetaspace(config);
  if (config['type'] !== 'Sequence' || !Array.isArray(config['pretokenizers'])) return config;
  const inner = config['pretokenizers'] as unknown[];
  return { ...config, pretokenizers: inner.map((entry) => adaptPreTokenizer(entry, depth + 1)) };
}

/**
 * tokenizer.json as the library needs it: every part present, and pre-tokenizers whose settings
 * the library does not heed (`Split` behaviours, `split` and `add_prefix_space` of `Metaspace`)
 * restated in settings that it does, so that ids stay those of the reference implementation.
 */
export function adaptTokenizerJson(
  tokenizerJson: JsonObject,
  addedTokens: readonly object[],
): object {
  return {
    ...tokenizerJson,
    normalizer: tokenizerJson['normalizer'] ?? null,
    pre_tokenizer: adaptPreTokenizer(tokenizerJson['pre_tokenizer'], 0),
    post_processor: tokenizerJson['post_processor'] ?? null,
    decoder: null, // decoding is done by decoder.ts
    added_tokens: addedTokens,
  };
}
