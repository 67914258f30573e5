import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeConversation, ignoreIndex } from '../../src-main/data/conversation.ts';
import { ChatTemplate } from '../../src-main/tokenizers/chat-template.ts';
import { Tokenizer, loadTokenizer } from '../../src-main/tokenizers/tokenizer.ts';
import { errorOf, fixturesDirectory, readJson } from '../tokenizers/fixtures.ts';

const loop = (body: string): string => `{% for m in messages %}${body}{% endfor %}`;
const role = (name: string): string => `m['role'] == '${name}'`;

/** Styles in the field, and what each should teach for the answers "Blue." and "No, 3." */
const styles: { name: string; source: string; learned: [string, string] }[] = [
  {
    name: 'Vicuna',
    source:
      loop(
        `{% if ${role('user')} %}{{ 'USER: ' + m['content'] + ' ' }}{% else %}{{ 'ASSISTANT: ' + m['content'] + eos_token }}{% endif %}`,
      ) + "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}",
    learned: [' Blue.</s>', ' No, 3.</s>'],
  },
  {
    name: 'Vicuna without an end of turn',
    source:
      loop(
        `{% if ${role('user')} %}{{ 'USER: ' + m['content'] + ' ' }}{% else %}{{ 'ASSISTANT: ' + m['content'] + ' ' }}{% endif %}`,
      ) + "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}",
    learned: [' Blue.', ' No, 3. '],
  },
  {
    name: 'Vicuna with a blank that ends the generation prompt',
    source:
      loop(
        `{% if ${role('user')} %}{{ 'USER: ' + m['content'] + ' ' }}{% else %}{{ 'ASSISTANT: ' + m['content'] + eos_token }}{% endif %}`,
      ) + "{% if add_generation_prompt %}{{ 'ASSISTANT: ' }}{% endif %}",
    learned: ['Blue.</s>', 'No, 3.</s>'],
  },
  {
    name: 'ChatML',
    source:
      loop("{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}") +
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
    learned: ['Blue.<|im_end|>\n', 'No, 3.<|im_end|>\n'],
  },
  {
    name: 'ChatML that raises on an assistant at the end',
    source:
      loop("{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}") +
      `{% if messages[-1]['role'] == 'assistant' and messages|length < 3 %}{{ raise_exception('unfinished') }}{% endif %}` +
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
    learned: ['Blue.<|im_end|>\n', 'No, 3.<|im_end|>\n'],
  },
  {
    name: 'ChatML with generation marks',
    source:
      loop(
        `{{ '<|im_start|>' + m['role'] + '\\n' }}{% if ${role('assistant')} %}{% generation %}{{ m['content'] + '<|im_end|>' }}{% endgeneration %}{% else %}{{ m['content'] + '<|im_end|>' }}{% endif %}{{ '\\n' }}`,
      ) + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
    learned: ['Blue.<|im_end|>\n', 'No, 3.<|im_end|>\n'],
  },
  {
    name: 'ChatML that thinks in the generation prompt alone',
    source:
      loop("{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}") +
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n<think>\\n' }}{% endif %}",
    learned: ['Blue.<|im_end|>\n', 'No, 3.<|im_end|>\n'],
  },
  {
    name: 'Llama 2',
    source: loop(
      `{% if ${role('user')} %}{{ bos_token + '[INST] ' + m['content'].strip() + ' [/INST]' }}{% else %}{{ ' ' + m['content'].strip() + ' ' + eos_token }}{% endif %}`,
    ),
    learned: [' Blue. </s>', ' No, 3. </s>'],
  },
  {
    name: 'Llama 2 that closes only the last turn',
    source: loop(
      `{% if ${role('user')} %}{{ '[INST] ' + m['content'] + ' [/INST]' }}{% else %}{{ ' ' + m['content'] }}{% if loop.last %}{{ eos_token }}{% endif %}{% endif %}`,
    ),
    learned: [' Blue.', ' No, 3.</s>'],
  },
  {
    name: 'Zephyr',
    source: loop(
      `{{ '<|' + m['role'] + '|>\\n' + m['content'] + eos_token + '\\n' }}{% if loop.last and add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}`,
    ),
    learned: ['\nBlue.</s>\n', '\nNo, 3.</s>\n'],
  },
];

const text = (value: string) => [{ type: 'text', text: value }] as const;
const messages = [
  { role: 'user', content: text('What colour is the boat?') },
  { role: 'assistant', content: text('Blue.') },
  { role: 'user', content: text('Any star?') },
  { role: 'assistant', content: text('No, 3.') },
];

function makeTemplate(source: string, tokens: Record<string, string>): ChatTemplate {
  const file = { kind: 'file', file: 'style.jinja', name: null } as const;
  return new ChatTemplate({ source: file, text: source, variables: tokens, imageToken: '<image>' });
}

function learnedTexts(tokenizer: Tokenizer, source: string): string[] {
  const template = makeTemplate(source, { bos_token: '<s>', eos_token: '</s>' });
  const options = { imageTokenId: tokenizer.tokenToId('<image>') ?? -1, imageTokenCount: 1 };
  const { inputIds, labels, assistantSpans } = encodeConversation(
    messages,
    tokenizer,
    template,
    options,
  );
  const inside = new Set<number>();
  for (const [start, end] of assistantSpans) for (let i = start; i < end; i++) inside.add(i);
  labels.forEach((label, i) => expect(label).toBe(inside.has(i) ? inputIds[i] : ignoreIndex));
  // A token before each span keeps the rule for the start of a text out of what is compared.
  return assistantSpans.map(([start, end]) => {
    const before = tokenizer.decode(inputIds.subarray(0, start));
    return tokenizer.decode(inputIds.subarray(0, end)).slice(before.length);
  });
}

describe.each(['llava15', 'interleave'])(
  'answers in the styles of the field, ids of %s',
  (model) => {
    let tokenizer: Tokenizer;
    beforeAll(async () => {
      tokenizer = await loadTokenizer(join(fixturesDirectory, model, 'checkpoint'));
    });

    it.each(styles)('$name', ({ source, learned }) => {
      const texts = learnedTexts(tokenizer, source);
      expect(texts.length).toBe(2);
      // Whether a blank beside a border is learned is up to the vocabulary; the words are not.
      const words = (list: readonly string[]): string[] => list.map((t) => t.replaceAll(' ', ''));
      expect(words(texts)).toEqual(words(learned));
    });

    it('writes bos once when the template writes it too', () => {
      const template = makeTemplate(`{{ bos_token }}${loop("{{ m['content'] }}")}`, {
        bos_token: '<s>',
      });
      const options = { imageTokenId: -1, imageTokenCount: 1 };
      const { inputIds } = encodeConversation(messages.slice(0, 1), tokenizer, template, options);
      const expected = tokenizer.encode('<s>What colour is the boat?', { addSpecialTokens: false });
      if (tokenizer.special.bos !== null) expect([...inputIds]).toEqual(expected);
      expect(inputIds.length).toBe(expected.length);
    });

    it('refuses a template that hides an answer', async () => {
      const source = loop(
        `{% if loop.last or ${role('user')} %}{{ m['content'] }}{% else %}{{ '…' }}{% endif %}`,
      );
      const error = await errorOf(() => learnedTexts(tokenizer, `{{ messages|length }}${source}`));
      expect(error.code).toBe('data/answer-not-found');
    });
  },
);

describe('an answer whose turn cannot be rendered alone', () => {
  it('ends with the special token that follows it', async () => {
    const tokenizer = await loadTokenizer(join(fixturesDirectory, 'interleave', 'checkpoint'));
    const source =
      "{% if messages[-1]['role'] == 'assistant' and messages|length > 2 or messages|length == 2 and 'boat' in messages[0]['content'] %}{{ raise_exception('unfinished') }}{% endif %}" +
      loop("{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}") +
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
    const template = makeTemplate(source, {});
    const options = { imageTokenId: -1, imageTokenCount: 1 };
    const encoded = encodeConversation(messages.slice(0, 3), tokenizer, template, options);
    const learned = encoded.labels.filter((label) => label !== ignoreIndex);
    expect(tokenizer.decode(learned)).toBe('Blue.<|im_end|>\n');
  });
});

describe('tokens across the border of an answer', () => {
  /** The vocabulary of llava15 with one more merge: a colon and the blank after it. */
  function tokenizerThatMerges(): Tokenizer {
    const json = readJson<{ model: { vocab: Record<string, number>; merges: unknown[] } }>(
      'llava15',
      'checkpoint',
      'tokenizer.json',
    );
    const vocab = { ...json.model.vocab, ':▁': 700, '.▁': 701 };
    const merges = [[':', '▁'], ['.', '▁'], ...json.model.merges];
    return new Tokenizer({ tokenizerJson: { ...json, model: { ...json.model, vocab, merges } } });
  }

  it('are learned at its start and not at its end', () => {
    const tokenizer = tokenizerThatMerges();
    const source =
      loop(
        `{% if ${role('user')} %}{{ 'Q: ' + m['content'] }}{% else %}{{ ' A: ' + m['content'] }}{% endif %}{{ '' if loop.last else '' }}`,
      ).replace('Q: ', ' Q: ') + "{% if add_generation_prompt %}{{ ' A:' }}{% endif %}";
    const [first, last] = learnedTexts(tokenizer, source);
    expect(first).toBe(': Blue'); // ":▁" straddles the start; ".▁" the end and belongs to the next turn
    expect(last).toBe(': No, 3.');
  });
});
