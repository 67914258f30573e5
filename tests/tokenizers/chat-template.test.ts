import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ChatTemplate,
  loadChatTemplate,
  type TemplateMessage,
} from '../../src-main/tokenizers/chat-template.ts';
import { loadTokenizer } from '../../src-main/tokenizers/tokenizer.ts';
import { errorOf, fixturesDirectory, modelFolder, readJson } from './fixtures.ts';

interface Case {
  messages: TemplateMessage[];
  prompt: string;
  generation_prompt: string;
}
const cases = {
  llava15: ['single', 'multiturn', 'text_only', 'two_images'],
  interleave: ['single', 'three_images'],
};
const text = (value: string) => ({ type: 'text', text: value }) as const;
const image = { type: 'image' } as const;
const noTokens = { special: { bos: null, eos: null, pad: null, unk: null } };
const eosOnly = { special: { ...noTokens.special, eos: { id: 2, text: '</s>' } } };
const question: TemplateMessage[] = [{ role: 'user', content: [image, text('Q?')] }];

function template(source: string, imageToken = '<image>'): ChatTemplate {
  const file = { kind: 'file', file: 'test.jinja', name: null } as const;
  const now = (): Date => new Date(2026, 0, 5, 13, 7);
  return new ChatTemplate({ source: file, text: source, variables: {}, imageToken }, now);
}

describe.each(Object.entries(cases))('the template of %s', (model, names) => {
  it.each(names)('renders %s as the reference', async (name) => {
    const directory = join(fixturesDirectory, model, 'checkpoint');
    const loaded = await loadChatTemplate(directory, { tokenizer: await loadTokenizer(directory) });
    const { messages, prompt, generation_prompt } = readJson<Case>(model, 'cases', `${name}.json`);
    expect(loaded.renderPrompt(messages)).toBe(prompt);
    const asked = messages.slice(0, -1);
    expect(loaded.renderPrompt(asked, { addGenerationPrompt: true })).toBe(generation_prompt);
  });
});

describe('where templates come from', () => {
  const say = (word: string): string => `${word}{% for m in messages %}{{ m.content }}{% endfor %}`;
  const load = async (files: Record<string, unknown>, name?: string) =>
    loadChatTemplate(await modelFolder(files), {
      tokenizer: eosOnly,
      ...(name === undefined ? {} : { name }),
    });

  it('prefers chat_template.jinja, then .json, then tokenizer_config.json', async () => {
    const config = { 'tokenizer_config.json': { chat_template: say('C') } };
    const json = { ...config, 'chat_template.json': { chat_template: say('B') } };
    const all = { ...json, 'chat_template.jinja': say('A') };
    expect((await load(all)).renderPrompt(question)).toBe('A<image>\nQ?');
    expect((await load(json)).renderPrompt(question)).toBe('B<image>\nQ?');
    const last = await load(config);
    expect(last.renderPrompt(question)).toBe('C<image>\nQ?');
    expect(last.source).toEqual({ kind: 'file', file: 'tokenizer_config.json', name: null });
  });

  it('chooses among named templates', async () => {
    const list = [
      { name: 'default', template: say('D') },
      { name: 'tool_use', template: say('T') },
    ];
    const files = { 'tokenizer_config.json': { chat_template: list } };
    expect((await load(files)).renderPrompt(question)).toMatch(/^D/);
    expect((await load(files, 'tool_use')).renderPrompt(question)).toMatch(/^T/);
    const error = await errorOf(() => load(files, 'rag'));
    expect(error.code).toBe('tokenizers/no-such-template');
    expect(error.expected).toBe('default, tool_use');
  });

  it('falls back by model type, and says so', async () => {
    const answered = [...question, { role: 'assistant', content: [text('A.')] }];
    const vicuna = await load({
      'config.json': { model_type: 'llava', text_config: { model_type: 'llama' } },
    });
    expect(vicuna.source).toEqual({ kind: 'built-in', name: 'vicuna' });
    expect(vicuna.renderPrompt(answered)).toBe('USER: <image>\nQ? ASSISTANT: A.</s>');
    expect(vicuna.renderPrompt(question, { addGenerationPrompt: true })).toBe(
      'USER: <image>\nQ? ASSISTANT:',
    );
    const chatml = await load({
      'config.json': { model_type: 'llava', text_config: { model_type: 'qwen2' } },
    });
    expect(chatml.source).toEqual({ kind: 'built-in', name: 'chatml' });
    expect(chatml.renderPrompt(question, { addGenerationPrompt: true })).toBe(
      '<|im_start|>user\n<image>\nQ?<|im_end|>\n<|im_start|>assistant\n',
    );
  });

  it('is an error where there is none', async () => {
    const error = await errorOf(() => load({ 'config.json': { model_type: 'constructor' } }));
    expect(error.code).toBe('tokenizers/no-chat-template');
    expect(error.got).toContain('constructor');
    const malformed = await errorOf(() => load({ 'chat_template.json': { chat_template: [1] } }));
    expect(malformed.code).toBe('tokenizers/bad-template');
  });
});

describe('the form of content', () => {
  it('is a string where the template joins strings, parts where it walks them', () => {
    const joined = template(
      "{% for m in messages %}[{{ m['role'] }}]{{ ' ' + m['content'] }}{% endfor %}",
    );
    expect(joined.renderPrompt(question)).toBe('[user] <image>\nQ?');
    const walked = template(
      "{% for m in messages %}{% for c in m['content'] %}{{ c['text'] if c['type'] == 'text' else '<image>' }}{% endfor %}{% endfor %}",
    );
    expect(walked.renderPrompt(question)).toBe('<image>Q?');
  });

  it('may differ by role', () => {
    const mixed = template(
      "{% if messages[0]['role'] == 'system' %}{{ messages[0]['content'] + '|' }}{% endif %}{% for m in messages if m['role'] != 'system' %}{% for c in m['content'] %}{{ c['text'] if c['type'] == 'text' else '<image>' }}{% endfor %}{% endfor %}",
    );
    const system = { role: 'system', content: [text('S')] };
    expect(mixed.renderPrompt([system, ...question])).toBe('S|<image>Q?');
  });

  it('hands on nothing but type and text', () => {
    const curious = template(
      "{% for m in messages %}{% for c in m['content'] %}{{ c['text'] }}{{ c['path'] }}{{ '<image>' if c['type'] == 'image' }}{% endfor %}{% endfor %}",
    );
    const content = [{ ...image, path: '/secret' }, text('Q?')];
    expect(curious.renderPrompt([{ role: 'user', content }])).toBe('<image>Q?');
  });
});

describe('templates that misbehave', () => {
  const body = '{% for m in messages %}{{ m.content }}{% endfor %}';
  it.each([
    ['a syntax error', '{% for %}', 'tokenizers/bad-template'],
    ['no text of the user', 'hello', 'tokenizers/bad-template'],
    [
      'an endless loop',
      `{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}${body}`,
      'tokenizers/template-too-slow',
    ],
    [
      'a huge range',
      `{% for a in range(1000000000) %}x{% endfor %}${body}`,
      'tokenizers/bad-template',
    ],
    [
      'a huge output',
      `{% set n = namespace(x='aaaaaaaa') %}{% for a in range(24) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}${body}`,
      'tokenizers/bad-template',
    ],
    [
      'deep nesting',
      `${'{% if true %}'.repeat(20000)}${body}${'{% endif %}'.repeat(20000)}`,
      'tokenizers/bad-template',
    ],
    ['too much text', ' '.repeat(2 ** 20 + 1), 'tokenizers/bad-template'],
  ])('%s', async (_name, source, code) => {
    expect((await errorOf(() => template(source))).code).toBe(code);
  });

  it('says why a template refuses a conversation', async () => {
    const strict = template(
      "{% if messages[0]['role'] != 'user' %}{{ raise_exception('user first') }}{% endif %}" + body,
    );
    const error = await errorOf(() =>
      strict.renderPrompt([{ role: 'assistant', content: [text('x')] }]),
    );
    expect(error.code).toBe('tokenizers/template-refused');
    expect(error.got).toContain('user first');
  });

  it('writes dates from the given clock', () => {
    const dated = template(`{{ strftime_now('%d %b %Y %B %A %H:%M %I %p %y %%') }} ${body}`);
    expect(dated.renderPrompt(question)).toBe(
      '05 Jan 2026 January Monday 13:07 01 PM 26 % <image>\nQ?',
    );
  });
});
