import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { root } from '../../scripts/lib/paths.mjs';
import type { Answer, Chat, Question } from '../../src-main/ipc/contract/chat.ts';
import type { ImportReport } from '../../src-main/ipc/contract/library.ts';
import type { Schema } from '../../src-main/ipc/contract/command.ts';
import { commands } from '../../src-main/ipc/contract/index.ts';
import type { CommandName, InputOf, OutputOf } from '../../src-main/ipc/contract/index.ts';
import { createCore } from '../../src-main/server/core.ts';
import type { Core } from '../../src-main/server/core.ts';
import { insertItem } from '../../src-main/store/items.ts';
import { makeClip } from '../ui/support/media.ts';
import { writeTalkativeModel } from '../support/talkative-model.ts';
import { writeRandomAdapter } from '../support/tuned-adapter.ts';

const starter = join(root, 'resources', 'starter-model');
const base = { dir: starter, adapter: null };
const folder = mkdtempSync(join(tmpdir(), 'lensmith-chat-'));
const adapter = join(folder, 'tuned');
let core: Core;
let projects = 0;

const talkative = { dir: join(folder, 'talkative'), adapter: null };

beforeAll(async () => {
  writeTalkativeModel(talkative.dir);
  await writeRandomAdapter(starter, adapter);
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

beforeEach(async () => {
  core = await createCore({ dataDir: join(folder, 'data'), version: 'test', log: () => undefined });
  projects += 1;
  await call('project.create', { folder: join(folder, `project-${projects}`), name: 'Chats' });
});
afterEach(() => core[Symbol.asyncDispose]());

/** A command without a window; streaming parts are not listened to. */
async function call<N extends CommandName>(name: N, input: InputOf<N>): Promise<OutputOf<N>> {
  const handler = core.handlers[name] as (input: unknown, context: unknown) => unknown;
  const context = { signal: new AbortController().signal, part: () => undefined };
  const checked = v.parse(commands[name].input as Schema, input);
  return v.parse(commands[name].output as Schema, await handler(checked, context)) as OutputOf<N>;
}

function addPicture(name: string): number {
  const path = join(root, 'resources', 'sample-project', 'images', `${name}.jpg`);
  const { store } = core.context.projects.current;
  const { size: sizeBytes, mtimeMs: modifiedMs } = statSync(path);
  return store.journal.edit('library', 'Add', (edit) =>
    insertItem(
      edit,
      {
        ...{ kind: 'image', path, isCopied: false, name: `${name}.jpg`, hash: name },
        ...{ perceptualHash: null, format: 'jpeg', sizeBytes, modifiedMs, width: 96, height: 96 },
        ...{ orientation: 1, durationMs: null, frameRate: null, frameCount: null, codec: null },
        ...{ hasAudio: false, isClipped: false, takenMs: null },
      },
      1,
    ),
  );
}

const words = (text: string, ...itemIds: number[]): Question => [
  ...itemIds.map((itemId) => ({ type: 'item' as const, itemId })),
  { type: 'text', text },
];

const isSettled = ({ state }: Answer): boolean => state !== 'waiting' && state !== 'answering';

/** The chat when it looks so. */
async function chatWhen(chatId: number, holds: (chat: Chat) => boolean): Promise<Chat> {
  const now = await call('chat.read', { chatId });
  if (holds(now)) return now;
  return new Promise((resolve) => {
    const stop = core.context.events.listen((event, payload) => {
      if (event !== 'chat.changed' && event !== 'chat.piece') return;
      if ((payload as { chatId: number | null }).chatId !== chatId) return;
      void call('chat.read', { chatId }).then((chat) => {
        if (!holds(chat)) return;
        stop();
        resolve(chat);
      });
    });
  });
}

const settled = (chatId: number): Promise<Chat> =>
  chatWhen(chatId, ({ turns }) => turns.every(({ answers }) => answers.every(isSettled)));

const texts = (chat: Chat): string[][] =>
  chat.turns.map(({ answers }) => answers.map(({ text }) => text));

async function ask(chatId: number, content: Question, afterTurnId: number | null = null) {
  await call('chat.ask', { chatId, afterTurnId, content });
  return settled(chatId);
}

/** The report of an import that is over. */
async function ended(jobId: string): Promise<ImportReport> {
  for (;;) {
    let stop = (): void => undefined;
    const changed = new Promise<void>((resolve) => {
      stop = core.context.events.listen((event) => event === 'jobs.changed' && resolve());
    });
    const report = await call('library.importReport', { jobId });
    if (report === null || report.isRunning) await changed;
    stop();
    if (report !== null && !report.isRunning) return report;
  }
}

const firstOf = <T>(list: readonly T[]): T => {
  if (list[0] === undefined) throw new Error('the list is empty');
  return list[0];
};

describe('a chat', () => {
  test('answers about a picture, streams the words, and is named by its question', async () => {
    const item = addPicture('test-001');
    const { id } = await call('chat.create', { base: talkative });
    const pieces: { answerId: number; from: number; text: string }[] = [];
    core.context.events.listen((event, payload) => {
      if (event === 'chat.piece') pieces.push(payload as (typeof pieces)[number]);
    });
    const answers = { ...endless, maxNewTokens: 150 };
    await call('chat.update', { chatId: id, settings: { answers } });
    const chat = await ask(id, words('Check the part.', item));
    const answer = firstOf(firstOf(chat.turns).answers);
    expect(answer).toMatchObject({ side: 'base', state: 'done', modelName: 'talkative' });
    expect(answer.text).not.toBe('');
    expect(answer.newTokens).toBeGreaterThan(1);
    expect(pieces).not.toEqual([]);
    expect(answer.decodeTokensPerSecond).toBeGreaterThan(0);
    for (const { answerId, from, text } of pieces) {
      expect(answerId).toBe(answer.id);
      expect(answer.text.startsWith(text, from)).toBe(true);
    }
    expect((await call('chat.list', {}))[0]).toMatchObject({ id, title: 'Check the part.' });
  });

  test('asks the base and the tuned model side by side, each with what itself said before', async () => {
    const tuned = { dir: starter, adapter };
    const { id, settings } = await call('chat.create', { base, tuned });
    expect(settings.view).toBe('side-by-side');
    await call('chat.update', { chatId: id, settings: { answers: greedy } });
    const first = await ask(id, words('Check the part.', addPicture('test-002')));
    const second = await ask(id, words('Why?'), firstOf(first.turns).id);
    const turn = second.turns[1];
    expect(turn?.answers.map(({ side, state }) => [side, state])).toEqual([
      ['base', 'done'],
      ['tuned', 'done'],
    ]);
    const [ofBase, ofTuned] = firstOf(second.turns).answers;
    expect(ofBase?.text).not.toBe(ofTuned?.text);
    // The longer the own answer was, the longer the next prompt.
    expect(turn?.answers.map(({ promptTokens }) => promptTokens)).not.toEqual([null, null]);
    const alone = await call('chat.create', { base: tuned });
    await call('chat.update', { chatId: alone.id, settings: { answers: greedy } });
    const item = firstOf(firstOf(second.turns).content);
    const one = await ask(alone.id, [item, { type: 'text', text: 'Check the part.' }]);
    const two = await ask(alone.id, words('Why?'), firstOf(one.turns).id);
    expect(texts(two)).toEqual(second.turns.map(({ answers }) => [answers[1]?.text]));
  });

  test('forks where a question is edited, and goes back', async () => {
    const { id } = await call('chat.create', { base });
    const first = await ask(id, words('Check the part.'));
    const turnId = firstOf(first.turns).id;
    const two = await ask(id, words('Why?'), turnId);
    expect(two.turns).toHaveLength(2);
    const edited = await ask(id, words('Describe the part.'), null);
    expect(edited.turns).toHaveLength(1);
    expect(firstOf(edited.turns).alternatives).toMatchObject({ index: 1, previousId: turnId });
    const back = await call('chat.choose', { chatId: id, messageId: turnId });
    expect(back.turns.map(({ content }) => content)).toEqual(two.turns.map((t) => t.content));
    expect(texts(back)).toEqual(texts(two));
  });

  test('keeps every answer that is written anew, and shows the last', async () => {
    const { id } = await call('chat.create', { base });
    const chat = await ask(id, words('Check the part.'));
    const turnId = firstOf(chat.turns).id;
    await call('chat.answer', { chatId: id, turnId, side: 'base' });
    const again = firstOf(firstOf((await settled(id)).turns).answers);
    expect(again.alternatives).toMatchObject({ index: 1, count: 2, nextId: null });
    expect(again.state).toBe('done');
  });

  test('stops, and what was said stays', async () => {
    const { id } = await call('chat.create', { base });
    await call('chat.update', { chatId: id, settings: { base: talkative, answers: endless } });
    await call('chat.ask', { chatId: id, afterTurnId: null, content: words('Tell me.') });
    const isTalking = ({ turns }: Chat): boolean => (turns[0]?.answers[0]?.text ?? '').length > 20;
    await chatWhen(id, isTalking);
    await call('chat.stop', { chatId: id });
    const answer = firstOf(firstOf((await call('chat.read', { chatId: id })).turns).answers);
    expect(answer).toMatchObject({ state: 'stopped', stopReason: 'cancelled' });
    expect(answer.text.length).toBeGreaterThan(20);
    await call('chat.update', { chatId: id, settings: { base, answers: greedy } });
    const after = await ask(id, words('And now?'), firstOf((await settled(id)).turns).id);
    expect(after.turns[1]?.answers[0]?.state).toBe('done');
  });

  test('outlives its engine: the answer says why, the rest is intact, and it can be tried again', async () => {
    const { id } = await call('chat.create', { base });
    await call('chat.update', { chatId: id, settings: { answers: greedy } });
    const before = await ask(id, words('Check the part.'));
    await call('chat.update', { chatId: id, settings: { base: talkative, answers: endless } });
    const turnId = firstOf(before.turns).id;
    await call('chat.ask', { chatId: id, afterTurnId: turnId, content: words('Tell me.') });
    await chatWhen(id, ({ turns }) => (turns[1]?.answers[0]?.text ?? '') !== '');
    process.kill(core.context.workers.engine.pid ?? 0, 'SIGKILL');
    const failed = await settled(id);
    expect(failed.turns[1]?.answers[0]).toMatchObject({
      state: 'failed',
      error: { code: 'worker/ended' },
    });
    expect(texts(failed)[0]).toEqual(texts(before)[0]);
    await call('chat.update', { chatId: id, settings: { base, answers: greedy } });
    const failedTurn = failed.turns[1]?.id ?? 0;
    await call('chat.answer', { chatId: id, turnId: failedTurn, side: 'base' });
    const answers = (await settled(id)).turns[1]?.answers;
    expect(answers).toMatchObject([{ state: 'done', error: null, alternatives: { count: 1 } }]);
  });

  test('of a core that was killed says so where it was cut, after the next start', async () => {
    const { id } = await call('chat.create', { base });
    await ask(id, words('Check the part.'));
    const { store, folder: place } = core.context.projects.current;
    // As a kill in the middle leaves it.
    store.run(`UPDATE chat_messages SET facts_json = '{"state":"answering"}' WHERE side = 'base'`);
    await call('project.close', {});
    await call('project.open', { folder: place });
    const answer = firstOf(firstOf((await call('chat.read', { chatId: id })).turns).answers);
    expect(answer).toMatchObject({ state: 'failed', error: { code: 'chat/interrupted' } });
    expect(answer.text).not.toBe('');
  });

  test('fixes an answer: a sample with the conversation, the right words, and the wrong ones aside', async () => {
    const item = addPicture('test-003');
    const { id } = await call('chat.create', { base });
    const chat = await ask(id, words('Check the part.', item));
    const answer = firstOf(firstOf(chat.turns).answers);
    const text = 'Part: Brindo. Verdict: scrap, the rim is cut.';
    const { sampleId, itemId } = await call('chat.fix', { chatId: id, answerId: answer.id, text });
    expect(itemId).toBe(item);
    expect(await call('conversations.read', { sampleId })).toMatchObject({
      source: 'chat',
      items: [{ itemId: item }],
      turns: [
        { role: 'user', content: words('Check the part.', item) },
        {
          role: 'assistant',
          content: [{ type: 'text', text }],
          rejected: [{ type: 'text', text: answer.text }],
        },
      ],
    });
    const now = await call('chat.read', { chatId: id });
    expect(firstOf(firstOf(now.turns).answers).sampleId).toBe(sampleId);
    const found = await call('conversations.ofItem', { itemId: item });
    expect(found.map((sample) => sample.id)).toEqual([sampleId]);

    // Fixed again: no second sample with another answer to the same question.
    const better = `${text} Nothing else.`;
    const fix = { chatId: id, answerId: answer.id, text: better };
    expect(await call('chat.fix', fix)).toEqual({ sampleId, itemId });
    const [fixed] = await call('conversations.ofItem', { itemId: item });
    expect(fixed).toMatchObject({
      id: sampleId,
      turns: [{}, { content: [{ text: better }], rejected: [{ text: answer.text }] }],
    });
    expect(await call('conversations.ofItem', { itemId: item })).toHaveLength(1);
    // Unless it was thrown away meanwhile.
    await call('conversations.trash', { sampleIds: [sampleId] });
    expect((await call('chat.fix', fix)).sampleId).not.toBe(sampleId);
  });

  test('is taken off the list and back', async () => {
    const { id } = await call('chat.create', { base });
    await call('chat.remove', { chatId: id });
    expect(await call('chat.list', {})).toEqual([]);
    await call('chat.restore', { chatId: id });
    expect((await call('chat.list', {})).map((chat) => chat.id)).toEqual([id]);
  });

  test('is found by its name, its questions and its answers, and by nothing else', async () => {
    const made: number[] = [];
    for (const question of ['Check 100% of "Brindo"', 'Check the rim']) {
      const { id } = await call('chat.create', { base });
      await ask(id, words(question));
      made.push(id);
    }
    const [first, second] = made as [number, number];
    await call('chat.update', { chatId: second, title: 'Rims of March' });
    const { store } = core.context.projects.current;
    store.run(
      `UPDATE chat_messages SET content_json = '"a dent, müde"' WHERE role = 'assistant' AND chat_id = ?`,
      first,
    );
    const found = async (text: string) =>
      (await call('chat.list', { words: text })).map(({ id }) => id);
    expect(await found('brindo"')).toEqual([first]);
    expect(await found('100%')).toEqual([first]);
    expect(await found('müde')).toEqual([first]);
    expect(await found('of march')).toEqual([second]);
    expect(await found('the rim')).toEqual([second]);
    // Neither the form in which it is kept nor a placeholder.
    expect(await found('"type"')).toEqual([]);
    expect(await found('1_0%')).toEqual([]);
    expect(await found('')).toEqual([second, first]);
  });

  test('shows the frames of a video that the model saw, and answers about it', async () => {
    const clip = await makeClip(folder, 1);
    const job = await call('library.import', { paths: [clip.path] });
    const report = await ended(job.jobId);
    const item = firstOf(report.addedIds);
    const { id } = await call('chat.create', { base });
    await call('chat.update', { chatId: id, settings: { answers: greedy } });
    const chat = await ask(id, words('What happens?', item));
    const turn = firstOf(chat.turns);
    expect(firstOf(turn.answers)).toMatchObject({ state: 'done' });
    const { images, more } = await call('chat.seen', { chatId: id, turnId: turn.id, side: 'base' });
    expect(more).toBe(0);
    expect(images.map(({ width, height }) => [width, height])).toEqual(
      Array.from({ length: 8 }, () => [72, 72]),
    );
    const times = images.map(({ timeMs }) => timeMs ?? -1);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(times).size).toBe(8);
    // As many image tokens as the frames have: what is shown is what was read.
    expect(firstOf(turn.answers).promptTokens).toBeGreaterThan(8 * 36);
  });

  test('refuses pictures that are not in the library', async () => {
    const { id } = await call('chat.create', { base });
    const asked = call('chat.ask', { chatId: id, afterTurnId: null, content: words('?', 404) });
    await expect(asked).rejects.toMatchObject({ code: 'chat/missing' });
    expect((await call('chat.read', { chatId: id })).turns).toEqual([]);
  });
});

const greedy = {
  temperature: null,
  topK: null,
  topP: null,
  maxNewTokens: 32,
  greedy: true,
  seed: null,
};
/** For the model that knows no end. */
const endless = {
  temperature: 10,
  topK: 0,
  topP: null,
  maxNewTokens: 1900,
  greedy: false,
  seed: 5,
};
