import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Tokenizer, loadTokenizer } from '../../src-main/tokenizers/tokenizer.ts';
import { errorOf, fixturesDirectory, modelFolder, readJson } from './fixtures.ts';

interface Probe {
  text: string;
  ids_with_special: number[];
  ids_plain: number[];
  decoded_plain: string;
  decoded_skip_special: string;
}
interface Variant {
  name: string;
  base: string;
  patch: object;
  model: object;
  ids: number[][];
  decoded: { ids: number[]; text: string }[];
}
type TokenizerJson = {
  model: { vocab: Record<string, number>; merges: unknown[] };
  added_tokens: object[];
};

const models = [
  { name: 'llava15', directory: 'llava15/checkpoint', probes: 'llava15' },
  { name: 'interleave', directory: 'interleave/checkpoint', probes: 'interleave' },
  { name: 'smolvlm', directory: 'tokenizers/smolvlm', probes: 'tokenizers/smolvlm' },
  { name: 'onevision', directory: 'tokenizers/onevision', probes: 'tokenizers/onevision' },
];

describe.each(models)('the tokenizer of $name', ({ directory, probes }) => {
  it('meets every probe of the reference, both ways', async () => {
    const tokenizer = await loadTokenizer(join(fixturesDirectory, directory));
    const list = readJson<Probe[]>(probes, 'tokenizer_probes.json');
    expect(list.length).toBeGreaterThan(10);
    for (const probe of list) {
      expect(tokenizer.encode(probe.text), probe.text).toEqual(probe.ids_with_special);
      const plain = tokenizer.encode(probe.text, { addSpecialTokens: false });
      expect(plain, probe.text).toEqual(probe.ids_plain);
      expect(tokenizer.decode(probe.ids_plain)).toBe(probe.decoded_plain);
      const skipped = tokenizer.decode(probe.ids_with_special, { skipSpecialTokens: true });
      expect(skipped).toBe(probe.decoded_skip_special);
    }
  });
});

const golden = readJson<{ texts: string[]; variants: Variant[] }>('tokenizers', 'variants.json');

describe('other settings of tokenizer.json, against the reference', () => {
  it.each(golden.variants)('$name', (variant) => {
    const base = readJson<TokenizerJson>(variant.base, 'checkpoint', 'tokenizer.json');
    const tokenizerJson = { ...base, ...variant.patch, model: { ...base.model, ...variant.model } };
    const tokenizer = new Tokenizer({ tokenizerJson });
    for (const [index, text] of golden.texts.entries()) {
      const ids = tokenizer.encode(text, { addSpecialTokens: false });
      expect(ids, JSON.stringify(text)).toEqual(variant.ids[index]);
    }
    for (const { ids, text } of variant.decoded) expect(tokenizer.decode(ids)).toBe(text);
  });
});

describe('special tokens and side files', () => {
  const llava = readJson<TokenizerJson>('llava15', 'checkpoint', 'tokenizer.json');

  it('reads both generations of tokenizer_config.json', async () => {
    const newer = await loadTokenizer(join(fixturesDirectory, 'llava15/checkpoint'));
    const older = new Tokenizer({
      tokenizerJson: llava,
      config: {
        bos_token: { content: '<s>', lstrip: false },
        eos_token: { content: '</s>' },
        unk_token: null,
      },
      specialTokensMap: { pad_token: '<pad>', unk_token: '<unk>' },
    });
    expect(newer.special.bos).toEqual({ id: 1, text: '<s>' });
    expect(older.special.bos).toEqual(newer.special.bos);
    expect(older.special.pad).toEqual({ id: 699, text: '<pad>' });
    expect(older.special.unk).toBeNull();
    expect(newer.vocabSize).toBe(700);
    expect(newer.tokenToId('<image>')).toBe(698);
    expect(newer.idToToken(698)).toBe('<image>');
    expect(newer.idToToken(703)).toBeUndefined();
    expect(newer.decode([703])).toBe('');
  });

  it('adds tokens that only the side files know', () => {
    const tokenizer = new Tokenizer({
      tokenizerJson: llava,
      config: { added_tokens_decoder: { '700': { content: '<video>', special: true } } },
      addedTokensJson: { '<box>': 701 },
      specialTokensMap: { eos_token: 'the' },
    });
    expect(tokenizer.encode('a<video>b<box>', { addSpecialTokens: false })).toContain(700);
    expect(tokenizer.tokenToId('<box>')).toBe(701);
    expect(tokenizer.decode([700, 701], { skipSpecialTokens: true })).toBe('<box>');
  });

  it('takes a special token of the vocabulary for special', () => {
    const vocabularyToken = Object.keys(llava.model.vocab)[500] ?? '';
    const tokenizer = new Tokenizer({
      tokenizerJson: llava,
      config: { eos_token: vocabularyToken },
    });
    expect(tokenizer.isSpecial(tokenizer.special.eos?.id ?? -1)).toBe(true);
  });
});

describe('damaged and hostile files', () => {
  const llava = readJson<TokenizerJson>('llava15', 'checkpoint', 'tokenizer.json');
  const withModel = (model: object): object => ({ ...llava, model: { ...llava.model, ...model } });
  const cases: { name: string; files: Record<string, unknown>; code: string }[] = [
    { name: 'no file', files: {}, code: 'tokenizers/missing' },
    { name: 'cut JSON', files: { 'tokenizer.json': '{"model": {' }, code: 'tokenizers/bad-json' },
    { name: 'a list', files: { 'tokenizer.json': [] }, code: 'tokenizers/bad-json' },
    { name: 'no model', files: { 'tokenizer.json': {} }, code: 'tokenizers/bad-tokenizer-json' },
    {
      name: 'no merges',
      files: { 'tokenizer.json': withModel({ merges: null }) },
      code: 'tokenizers/bad-tokenizer-json',
    },
    {
      name: 'odd merges',
      files: { 'tokenizer.json': withModel({ merges: ['a b c'] }) },
      code: 'tokenizers/bad-tokenizer-json',
    },
    {
      name: 'huge id',
      files: { 'tokenizer.json': withModel({ vocab: { a: 4e9 } }) },
      code: 'tokenizers/bad-token-id',
    },
    {
      name: 'id as text',
      files: { 'tokenizer.json': withModel({ vocab: { a: '1' } }) },
      code: 'tokenizers/bad-token-id',
    },
    {
      name: 'empty added token',
      files: { 'tokenizer.json': { ...llava, added_tokens: [{ id: 1, content: '' }] } },
      code: 'tokenizers/bad-added-token',
    },
    {
      name: 'added tokens no list',
      files: { 'tokenizer.json': { ...llava, added_tokens: 3 } },
      code: 'tokenizers/bad-added-token',
    },
    {
      name: 'two tokens, one id',
      files: { 'tokenizer.json': llava, 'added_tokens.json': { '<x>': 698 } },
      code: 'tokenizers/token-conflict',
    },
    {
      name: 'unknown decoder',
      files: { 'tokenizer.json': { ...llava, decoder: { type: 'constructor' } } },
      code: 'tokenizers/unknown-decoder',
    },
    {
      name: 'decoder without settings',
      files: { 'tokenizer.json': { ...llava, decoder: { type: 'Replace' } } },
      code: 'tokenizers/unknown-decoder',
    },
    {
      name: 'unknown normaliser',
      files: { 'tokenizer.json': { ...llava, normalizer: { type: 'Evil' } } },
      code: 'tokenizers/bad-tokenizer-json',
    },
    {
      name: 'broken side file',
      files: { 'tokenizer.json': llava, 'tokenizer_config.json': 'nope' },
      code: 'tokenizers/bad-json',
    },
    {
      name: 'a pattern that never ends',
      files: {
        'tokenizer.json': {
          ...llava,
          pre_tokenizer: {
            type: 'Split',
            pattern: { Regex: '(a|a)+$' },
            behavior: 'Isolated',
            invert: false,
          },
        },
      },
      code: 'tokenizers/too-slow',
    },
  ];

  it.each(cases)('$name: $code', async ({ files, code }) => {
    const directory = await modelFolder(files);
    const error = await errorOf(() => loadTokenizer(directory));
    expect(error.code).toBe(code);
    expect(error.message).not.toBe('');
  });

  it('leaves out what the vocabulary cannot hold, as the reference does without an unk token', async () => {
    const bare = withModel({
      byte_fallback: false,
      unk_token: null,
      vocab: { a: 0, b: 1 },
      merges: [],
    });
    const tokenizer = new Tokenizer({
      tokenizerJson: { ...bare, added_tokens: [], normalizer: null, post_processor: null } as never,
    });
    expect(tokenizer.encode('axb')).toEqual([0, 1]);
    expect(tokenizer.decode([0, 1])).toBe('ab');
  });
});
