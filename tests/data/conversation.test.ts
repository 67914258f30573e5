import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  assertFits,
  encodeConversation,
  ignoreIndex,
  type ConversationMessage,
  type ConversationOptions,
} from '../../src-main/data/conversation.ts';
import { loadChatTemplate, type ChatTemplate } from '../../src-main/tokenizers/chat-template.ts';
import { imageTokenCount, resolveImageToken } from '../../src-main/tokenizers/image-tokens.ts';
import { loadTokenizer, type Tokenizer } from '../../src-main/tokenizers/tokenizer.ts';
import { errorOf, fixturesDirectory, readJson } from '../tokenizers/fixtures.ts';

interface Case {
  messages: ConversationMessage[];
  prompt: string;
  input_ids: number[][];
  labels: number[][];
  assistant_token_spans: number[][];
  greedy: { prompt_input_ids: number[][] };
}
interface TrainingSamples {
  samples: {
    messages: ConversationMessage[];
    rendered: string;
    input_ids: number[];
    labels: number[];
  }[];
}
interface Model {
  tokenizer: Tokenizer;
  template: ChatTemplate;
  options: ConversationOptions;
}

async function loadModel(name: string): Promise<Model> {
  const directory = join(fixturesDirectory, name, 'checkpoint');
  const tokenizer = await loadTokenizer(directory);
  const config = readJson<Record<string, unknown>>(name, 'checkpoint', 'config.json');
  const imageTokenId = resolveImageToken(config, tokenizer).id;
  return {
    tokenizer,
    template: await loadChatTemplate(directory, { tokenizer }),
    options: { imageTokenId, imageTokenCount: imageTokenCount(config) },
  };
}

const cases = {
  llava15: ['single', 'multiturn', 'text_only', 'two_images'],
  interleave: ['single', 'three_images'],
};

describe.each(Object.entries(cases))('%s, as the reference', (name, caseNames) => {
  let model: Model;
  beforeAll(async () => {
    model = await loadModel(name);
  });

  it.each(caseNames)('case %s', (caseName) => {
    const { tokenizer, template, options } = model;
    const golden = readJson<Case>(name, 'cases', `${caseName}.json`);
    const encoded = encodeConversation(golden.messages, tokenizer, template, options);
    expect(encoded.prompt).toBe(golden.prompt);
    expect([...encoded.inputIds]).toEqual(golden.input_ids[0]);
    expect([...encoded.labels]).toEqual(golden.labels[0]);
    expect(encoded.assistantSpans).toEqual(golden.assistant_token_spans);
    const asked = encodeConversation(golden.messages.slice(0, -1), tokenizer, template, {
      ...options,
      addGenerationPrompt: true,
    });
    expect([...asked.inputIds]).toEqual(golden.greedy.prompt_input_ids[0]);
  });

  it('every training sample', () => {
    const { samples } = readJson<TrainingSamples>(name, 'training', 'samples.json');
    expect(samples.length).toBeGreaterThan(0);
    for (const sample of samples) {
      const { tokenizer, template, options } = model;
      const encoded = encodeConversation(sample.messages, tokenizer, template, options);
      expect(encoded.prompt).toBe(sample.rendered);
      expect([...encoded.inputIds]).toEqual(sample.input_ids);
      expect([...encoded.labels]).toEqual(sample.labels);
    }
  });
});

describe('images and videos', () => {
  let model: Model;
  const text = (value: string) => ({ type: 'text', text: value }) as const;
  const image = { type: 'image', path: 'a.png' } as const;
  const video = { type: 'video', path: 'v.mp4' } as const;
  const user = (...content: ConversationMessage['content']): ConversationMessage => ({
    role: 'user',
    content,
  });
  const encode = (messages: ConversationMessage[], options: Partial<ConversationOptions> = {}) =>
    encodeConversation(messages, model.tokenizer, model.template, { ...model.options, ...options });
  beforeAll(async () => {
    model = await loadModel('interleave');
  });

  it('tells which part each run of tokens came from', () => {
    const messages = [
      user(image, text('first'), image),
      { role: 'assistant', content: [text('x')] },
      user(image),
    ];
    const { imageRuns, inputIds } = encode(messages, { imageTokenCount: [2, 3, 4] });
    expect(
      imageRuns.map(({ messageIndex, partIndex, length }) => [messageIndex, partIndex, length]),
    ).toEqual([
      [0, 0, 2],
      [0, 2, 3],
      [2, 0, 4],
    ]);
    for (const { start, length } of imageRuns) {
      const run = [...inputIds.subarray(start, start + length)];
      expect(new Set(run)).toEqual(new Set([model.options.imageTokenId]));
    }
  });

  it('takes each frame of a video for an image', () => {
    const messages = [user(video, text('What happens?'), image)];
    const { imageRuns, prompt } = encode(messages, { imageTokenCount: 5, frameCounts: [3] });
    expect(imageRuns.map(({ partIndex, frameIndex }) => [partIndex, frameIndex])).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [2, 0],
    ]);
    expect(prompt.split('<image>').length - 1).toBe(4);
    for (const run of imageRuns) expect(run.length).toBe(5);
  });

  it('refuses counts that do not fit', async () => {
    const codes = [
      [() => encode([user(video)]), 'data/frame-count-mismatch'],
      [() => encode([user(video)], { frameCounts: [0] }), 'data/frame-count-mismatch'],
      [() => encode([user(image)], { frameCounts: [2] }), 'data/frame-count-mismatch'],
      [() => encode([user(image)], { imageTokenCount: [1, 2] }), 'data/image-count-mismatch'],
    ] as const;
    for (const [work, code] of codes) expect((await errorOf(work)).code).toBe(code);
  });

  it('refuses the placeholder in text, even spread over parts', async () => {
    for (const content of [
      [text('see <image> here')],
      [text('<ima'), text('ge>')],
      [text('<ima'), image, text('ge>')],
    ]) {
      const error = await errorOf(() => encode([user(...content)]));
      expect(error.code).toBe('data/literal-image-token');
      expect(error.message).toContain('Message 1');
    }
  });

  it('refuses an image that the template leaves out', async () => {
    const llava = await loadModel('llava15');
    const messages = [user(text('draw')), { role: 'assistant', content: [image, text('done')] }];
    const error = await errorOf(() =>
      encodeConversation(messages, llava.tokenizer, llava.template, llava.options),
    );
    expect(error.code).toBe('tokenizers/image-count-mismatch');
  });

  it('keeps images of an assistant out of the loss', () => {
    const messages = [user(text('draw')), { role: 'assistant', content: [image, text('done')] }];
    const { labels, imageRuns } = encode(messages);
    const [run] = imageRuns;
    expect(run?.length).toBe(36);
    const under = labels.subarray(run?.start ?? 0, (run?.start ?? 0) + 36);
    expect(new Set(under)).toEqual(new Set([ignoreIndex]));
    expect(labels.some((label) => label !== ignoreIndex)).toBe(true);
  });

  it('names a sample that is too long instead of cutting it', async () => {
    const encoded = encode([user(image, text('What?'))]);
    const { length } = encoded.inputIds;
    assertFits(encoded, length, 'sample-7');
    const error = await errorOf(() => assertFits(encoded, length - 1, 'sample-7'));
    expect(error.code).toBe('data/sample-too-long');
    expect(error.message).toContain('sample-7');
    expect(error.expected).toContain(String(length - 1));
    expect(error.got).toContain(`${length} tokens, 36 of them`);
  });
});
