import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StreamingDecoder } from '../../src-main/tokenizers/streaming-decoder.ts';
import { Tokenizer, loadTokenizer } from '../../src-main/tokenizers/tokenizer.ts';
import { fixturesDirectory, readJson, sequence } from './fixtures.ts';

function stream(tokenizer: Tokenizer, ids: readonly number[], skipSpecialTokens = false): string[] {
  const decoder = new StreamingDecoder(tokenizer, { skipSpecialTokens });
  return [...ids.map((id) => decoder.push(id)), decoder.flush()];
}

describe.each(['llava15', 'interleave'])('streaming %s', (name) => {
  it('joins to the text of all tokens, whatever they are', async () => {
    const tokenizer = await loadTokenizer(join(fixturesDirectory, name, 'checkpoint'));
    const random = sequence(name.length);
    for (let round = 0; round < 300; round++) {
      const limit = round % 2 === 0 ? tokenizer.vocabSize + 6 : 260;
      const ids = Array.from({ length: 30 }, () => Math.floor(random() * limit));
      for (const skip of [false, true]) {
        const text = tokenizer.decode(ids, { skipSpecialTokens: skip });
        expect(stream(tokenizer, ids, skip).join(''), String(ids)).toBe(text);
      }
    }
  });

  it('never shows half a character', async () => {
    const tokenizer = await loadTokenizer(join(fixturesDirectory, name, 'checkpoint'));
    const text = 'naïve café 🙂👩‍👩‍👧 日本語\n end';
    const pieces = stream(tokenizer, tokenizer.encode(text, { addSpecialTokens: false }));
    expect(pieces.join('')).toBe(text);
    expect(pieces.join('|')).not.toContain('\ufffd');
    expect(pieces.filter((piece) => piece !== '').length).toBeGreaterThan(5);
    for (const piece of pieces) expect(Buffer.from(piece).toString()).toBe(piece);
  });

  it('emits an ordinary word at once, with its space', async () => {
    const tokenizer = await loadTokenizer(join(fixturesDirectory, name, 'checkpoint'));
    const ids = tokenizer.encode('a blue circle', { addSpecialTokens: false });
    const pieces = stream(tokenizer, ids);
    expect(pieces.at(-1)).toBe('');
    expect(pieces.slice(0, -1).every((piece) => piece !== '')).toBe(true);
  });
});

describe('broken bytes', () => {
  it('become one mark a byte with byte tokens, one a sequence at byte level, as in the reference', async () => {
    const llava = await loadTokenizer(join(fixturesDirectory, 'llava15/checkpoint'));
    const bytes = ['<0xE5>', '<0x8F>', '▁a'].map((token) => llava.tokenToId(token) ?? -1);
    expect(stream(llava, bytes).join('')).toBe('\ufffd\ufffd a');
    const interleave = await loadTokenizer(join(fixturesDirectory, 'interleave/checkpoint'));
    const open = interleave.encode('日', { addSpecialTokens: false }).slice(0, 2);
    expect(stream(interleave, open)).toEqual(['', '', '\ufffd']);
  });
});

describe('the clean-up of spaces', () => {
  it('streams to the same text', () => {
    const tokenizerJson = readJson<Record<string, unknown>>(
      'interleave',
      'checkpoint',
      'tokenizer.json',
    );
    const tokenizer = new Tokenizer({
      tokenizerJson,
      config: { clean_up_tokenization_spaces: true },
    });
    const random = sequence(5);
    const pieces = [' ', '.', ' ,', " '", "'s", ' n', "'t", " 've", 'word', 'a', ' ?', "'re", '!'];
    for (let round = 0; round < 300; round++) {
      const text = Array.from(
        { length: 12 },
        () => pieces[Math.floor(random() * pieces.length)],
      ).join('');
      const ids = tokenizer.encode(text, { addSpecialTokens: false });
      expect(stream(tokenizer, ids).join(''), text).toBe(tokenizer.decode(ids));
    }
    expect(tokenizer.decode(tokenizer.encode("It 's fine , is n't it ?"))).toBe(
      "It's fine, isn't it?",
    );
  });
});
