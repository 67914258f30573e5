import { beforeAll, describe, expect, it } from 'vitest';
import { learnMerges } from '../../scripts/starter/bpe.ts';
import { CONCEPTS } from '../../scripts/starter/concepts.ts';
import { StarterData, TOKENIZER_DIR } from '../../scripts/starter/data.ts';
import { PARTS } from '../../scripts/starter/parts.ts';
import { encodeConversation, type ConversationMessage } from '../../src-main/data/conversation.ts';
import { loadImageProcessor } from '../../src-main/data/image-processor.ts';
import { loadChatTemplate, type ChatTemplate } from '../../src-main/tokenizers/chat-template.ts';
import { loadTokenizer, type Tokenizer } from '../../src-main/tokenizers/tokenizer.ts';

let tokenizer: Tokenizer;
let template: ChatTemplate;
beforeAll(async () => {
  tokenizer = await loadTokenizer(TOKENIZER_DIR);
  template = await loadChatTemplate(TOKENIZER_DIR, { tokenizer });
});

/** Without the opening <s>. */
function tokensOf(text: string): number[] {
  return [...tokenizer.encode(text)].slice(1);
}

describe('byte-pair learning', () => {
  it('joins the most frequent pair first, and the first in order among equals', () => {
    // ab ×5, bc ×3; then (ab)c ×3 and no pair occurs twice in the rest.
    const merges = learnMerges(new Map([['abc', 3], ['ab', 2]]), 10); // prettier-ignore
    expect(merges).toEqual([['a', 'b'], ['ab', 'c']]); // prettier-ignore
    expect(learnMerges(new Map([['xy', 2], ['cd', 2]]), 1)).toEqual([['c', 'd']]); // prettier-ignore
  });

  it('counts a pair that a merge makes and unmakes', () => {
    // aaaa ×2: (aa)(aa) after one merge, then one pair (aa, aa).
    expect(learnMerges(new Map([['aaaa', 2]]), 5)).toEqual([['a', 'a'], ['aa', 'aa']]); // prettier-ignore
  });
});

describe("the starter's tokenizer", () => {
  it('gives back any text', () => {
    for (const text of ['What is this?', 'Größe 水 🙂\n\t x=3;', "it's  two  spaces", '']) {
      expect(tokenizer.decode(tokensOf(text))).toBe(text);
    }
  });

  it('opens with <s> and has 2048 entries, all of them in reach of the config', () => {
    expect([...tokenizer.encode('a')][0]).toBe(1);
    expect(tokenizer.idToToken(2047)).toBeDefined();
    expect(tokenizer.idToToken(2048)).toBeUndefined();
    expect(['<pad>', '<s>', '</s>', '<image>'].map((t) => tokenizer.tokenToId(t))).toEqual([
      0, 1, 2, 3,
    ]);
  });

  it('spells most concepts in one token and every invented name in a few', () => {
    const lengths = CONCEPTS.map(({ name }) => tokensOf(` ${name}`).length);
    expect(lengths.filter((n) => n === 1).length / lengths.length).toBeGreaterThan(0.85);
    for (const { name } of PARTS) {
      const { length } = tokensOf(` ${name}`);
      expect(length).toBeGreaterThan(1);
      expect(length).toBeLessThan(6);
    }
  });

  it('lays out training conversations: 36 image tokens, loss on the answers and </s> alone', async () => {
    const data = await StarterData.load();
    for (const index of [1, 20_001, 50_003]) {
      const { image, turns } = data.trainSample(index);
      const messages = turns.flatMap(({ question, answer }, i): ConversationMessage[] => [
        {
          role: 'user',
          content: [
            ...(i === 0 && image ? [{ type: 'image' as const }] : []),
            { type: 'text', text: question },
          ],
        },
        { role: 'assistant', content: [{ type: 'text', text: answer }] },
      ]);
      const encoded = encodeConversation(messages, tokenizer, template, {
        imageTokenId: 3,
        imageTokenCount: 36,
      });
      expect(encoded.inputIds.filter((id) => id === 3)).toHaveLength(image ? 36 : 0);
      expect(encoded.inputIds.length).toBeLessThan(160);
      const learned = encoded.assistantSpans.map(([a, b]) =>
        tokenizer.decode([...encoded.inputIds.slice(a, b)]).trim(),
      );
      expect(learned.map((text) => text.replace('</s>', '').trim())).toEqual(
        turns.map((t) => t.answer),
      );
      expect(encoded.labels.filter((id) => id === 2)).toHaveLength(turns.length);
    }
  });

  it('comes with an image processor of the size that the sampler paints', async () => {
    const processor = await loadImageProcessor(TOKENIZER_DIR);
    const data = await StarterData.load();
    const sample = data.trainSample(2);
    expect(sample.image).not.toBeNull();
    const { width, height } = sample;
    const pixels = processor.process({ data: sample.image as Uint8Array, width, height });
    expect(pixels.shape).toEqual([3, 72, 72]);
  });
});
