import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Chat } from '../../src-main/app/chat/chat.ts';
import { generateTask } from '../../src-main/app/generate/generate-task.ts';
import type { GenerateInput } from '../../src-main/app/generate/generate-task.ts';
import { SessionCache } from '../../src-main/app/session/session-cache.ts';
import { openSession } from '../../src-main/app/session/session.ts';
import type { Message } from '../../src-main/formats/sample.ts';
import { memoryStats } from '../../src-main/tensor/device.ts';
import { root } from '../../scripts/lib/paths.mjs';

const starter = join(root, 'resources', 'starter-model');
const picture = (name: string): string =>
  join(root, 'resources', 'sample-project', 'images', `${name}.jpg`);
const base = { dir: starter, adapter: null };
const ask = (text: string, ...pictures: string[]): Message => ({
  role: 'user',
  content: [
    ...pictures.map((name) => ({ type: 'image' as const, path: picture(name) })),
    { type: 'text', text },
  ],
});

function run(input: GenerateInput, signal = new AbortController().signal) {
  const pieces: string[] = [];
  const report = ({ text }: { text: string }): void => void pieces.push(text);
  return { pieces, output: generateTask(input, { signal, report }) };
}

const greedy = { greedy: true, maxNewTokens: 24 };
/** So hot that the small model rambles on. */
const rambling = { temperature: 4, topK: 0, seed: 3, maxNewTokens: 60 };

describe('the task generate', () => {
  test('answers as the chat of the terminal does, turn after turn', async () => {
    using session = await openSession(starter);
    using chat = new Chat(session);
    await chat.attach({ type: 'image', path: picture('test-001') });
    const options = { settings: { doSample: false, maxNewTokens: 24 } };
    const first = (await chat.ask('Check the part.', options)).text.trim();
    const second = (await chat.ask('Give the inspection note.', options)).text.trim();

    const question = ask('Check the part.', 'test-001');
    const one = run({ model: base, messages: [question], settings: greedy });
    expect((await one.output).text).toBe(first);
    expect(one.pieces.join('').trim()).toBe(first);
    const messages: Message[] = [
      question,
      { role: 'assistant', content: [{ type: 'text', text: first }] },
      ask('Give the inspection note.'),
    ];
    const two = await run({ model: base, messages, settings: greedy }).output;
    expect(two.text).toBe(second);
    expect(two.promptTokens).toBeGreaterThan(one.pieces.length);
    expect(two.newTokens).toBeGreaterThan(0);
  });

  test('keeps what was said when it is stopped, and answers the next as if nothing was', async () => {
    const messages = [ask('Describe the picture in detail.', 'test-002')];
    const whole = await run({ model: base, messages, settings: rambling }).output;
    const controller = new AbortController();
    const pieces: string[] = [];
    const output = await generateTask(
      { model: base, messages, settings: rambling },
      {
        signal: controller.signal,
        report: ({ text }) => {
          pieces.push(text);
          if (pieces.length === 2) controller.abort();
        },
      },
    );
    expect(output.stopReason).toBe('cancelled');
    expect(output.text).toBe(pieces.join('').trim());
    expect(pieces.length).toBe(2);
    expect(whole.text.startsWith(output.text)).toBe(true);
    expect((await run({ model: base, messages, settings: rambling }).output).text).toBe(whole.text);
  });

  test('leaves one that waits for its turn untouched by the stop of another', async () => {
    const messages = [ask('Check the part.', 'test-003')];
    const alone = await run({ model: base, messages, settings: greedy }).output;
    const controller = new AbortController();
    const stopped = run({ model: base, messages, settings: greedy }, controller.signal);
    const waiting = run({ model: base, messages, settings: greedy });
    const gone = new AbortController();
    const left = run({ model: base, messages, settings: greedy }, gone.signal);
    gone.abort();
    await expect(left.output).rejects.toMatchObject({ code: 'job/cancelled' });
    controller.abort();
    expect((await stopped.output.catch((error: unknown) => error)) as object).toMatchObject({});
    expect((await waiting.output).text).toBe(alone.text);
  });

  test('refuses what does not end with a question', async () => {
    const wrong = async (messages: Message[]) => run({ model: base, messages }).output;
    await expect(wrong([])).rejects.toMatchObject({ code: 'generation/no-question' });
    const answered: Message[] = [{ role: 'assistant', content: [{ type: 'text', text: 'Yes.' }] }];
    await expect(wrong(answered)).rejects.toMatchObject({ code: 'generation/no-question' });
  });
});

describe('the session cache', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lensmith-cache-'));
  const copies = ['a', 'b', 'c'].map((name) => join(folder, name));
  for (const copy of copies) cpSync(starter, copy, { recursive: true });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const ref = (dir: string) => ({ dir, adapter: null });

  test('holds two models, the least recently used goes, and its memory with it', async () => {
    const opened: string[] = [];
    using cache = new SessionCache({
      open: (dir, options) => {
        opened.push(dir.slice(-1));
        return openSession(dir, options);
      },
    });
    const [a, b, c] = copies as [string, string, string];
    const before = memoryStats().tensors;
    for (const dir of [a, b, a, c, a]) await cache.use(ref(dir), () => Promise.resolve());
    expect(opened).toEqual(['a', 'b', 'c']);
    expect(cache.size).toBe(2);
    cache[Symbol.dispose]();
    expect(cache.size).toBe(0);
    expect(memoryStats().tensors).toBe(before);
  });

  test('opens a folder anew when its files changed', async () => {
    let opened = 0;
    using cache = new SessionCache({
      open: (dir, options) => {
        opened += 1;
        return openSession(dir, options);
      },
    });
    const [a] = copies as [string];
    await cache.use(ref(a), () => Promise.resolve());
    cpSync(join(starter, 'config.json'), join(a, 'config.json'));
    cpSync(join(starter, 'README.md'), join(a, 'NOTES.md'));
    await cache.use(ref(a), () => Promise.resolve());
    expect(opened).toBe(2);
  });
});
