import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { root } from '../../scripts/lib/paths.mjs';
import type { Chat } from '../../src-main/ipc/contract/chat.ts';
import type { Sample, SampleSummary } from '../../src-main/ipc/contract/conversations.ts';
import { writeTalkativeModel } from '../support/talkative-model.ts';
import { writeRandomAdapter } from '../support/tuned-adapter.ts';
import { useApp } from './support/app.ts';
import type { App } from './support/app.ts';
import { dropFiles, press } from './support/input.ts';
import { makeClip } from './support/media.ts';
import type { Rpc } from './support/rpc.ts';
import { screenshot } from './support/screenshot.ts';

const ui = useApp();
const starter = join(root, 'resources', 'starter-model');
const sampleProject = join(root, 'resources', 'sample-project');
const picture = (name: string): string => join(sampleProject, 'images', `${name}.jpg`);
const base = { dir: starter, adapter: null };

const work = mkdtempSync(join(tmpdir(), 'part-inspector-'));
const adapter = join(work, 'adapter');
beforeAll(() => writeRandomAdapter(starter, adapter));
afterAll(() => rmSync(work, { recursive: true, force: true, maxRetries: 3 }));

interface Opened {
  readonly app: App;
  readonly page: Page;
  readonly rpc: Rpc;
}

async function openChats(theme: 'light' | 'dark' = 'light'): Promise<Opened> {
  const app = await ui.start({ theme });
  const rpc = await app.rpc();
  await rpc.call('project.create', {
    folder: join(app.dataDir, 'project'),
    name: 'Part inspector',
  });
  await app.page.goto(`${app.core.origin}/#/chat`);
  await app.page.getByRole('heading', { name: 'Ask about a picture or a video' }).waitFor();
  return { app, page: app.page, rpc };
}

const field = (page: Page): Locator => page.getByRole('textbox', { name: 'Question' });
const answers = (page: Page): Locator => page.getByRole('region', { name: /^Answer of / });

async function ask(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
}

/** All answers have ended. */
async function answered(page: Page, count: number): Promise<void> {
  const ended = answers(page).and(page.locator('[aria-busy="false"]'));
  await vi.waitUntil(async () => (await ended.count()) === count, { timeout: 60_000 });
}

async function attach(page: Page, path: string): Promise<void> {
  await dropFiles(page, [path]);
  await page
    .getByRole('list', { name: 'Pictures and videos of the question' })
    .getByRole('img')
    .waitFor();
}

/** Makes a model answer in the chat on the screen that knows no end. */
async function makeEndless({ app, page, rpc }: Opened): Promise<number> {
  const chatId = Number(/\/chat\/(\d+)/.exec(page.url())?.[1]);
  const dir = join(app.dataDir, 'talkative');
  writeTalkativeModel(dir);
  const sampled = { temperature: 2, topK: 0, topP: null, maxNewTokens: 1900, greedy: false };
  await rpc.call('chat.update', {
    chatId,
    settings: { base: { dir, adapter: null }, answers: { ...sampled, seed: 5 } },
  });
  return chatId;
}

const readChat = (rpc: Rpc, chatId: number): Promise<Chat> => rpc.call('chat.read', { chatId });

/** Process id of the engine worker of a core. */
function enginePid(corePid: number): number {
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      if (status.includes(`\nPPid:\t${corePid}\n`) && command.includes('engine-worker.js')) {
        return Number(name);
      }
    } catch {
      continue; // ended meanwhile
    }
  }
  throw new Error('the core has no engine worker');
}

describe('a chat', () => {
  test('answers about a dropped picture, word by word, and is kept', async () => {
    const opened = await openChats();
    const { page, rpc } = opened;
    await screenshot(page, 'chat-empty-light');
    await attach(page, picture('test-001'));
    await ask(page, 'Check the part.');
    await answered(page, 1);
    await page.getByRole('link', { name: /Check the part/ }).waitFor();
    const chatId = await makeEndless(opened);
    await ask(page, 'Tell me everything.');
    const second = answers(page).nth(1);
    // The text grows while it is written.
    await vi.waitUntil(async () => (await second.innerText()).length > 60, { timeout: 60_000 });
    expect((await readChat(rpc, chatId)).turns[1]?.answers[0]?.state).toBe('answering');
    const early = (await second.innerText()).length;
    await vi.waitUntil(async () => (await second.innerText()).length > early, { timeout: 60_000 });
    await page.getByRole('button', { name: 'Stop' }).click();
    await answered(page, 2);
    await second.getByText(/stopped/).waitFor();
    const kept = (await readChat(rpc, chatId)).turns[1]?.answers[0];
    expect(kept).toMatchObject({ state: 'stopped' });
    expect(kept?.text.length).toBeGreaterThan(40);
    await page.reload();
    await answered(page, 2);
    expect(await answers(page).nth(1).innerText()).toContain(kept?.text.slice(0, 20).trim());
  });

  test('shows base and tuned side by side, and turns a wrong answer into a sample', async () => {
    const { page, rpc } = await openChats('dark');
    await rpc.call('models.add', { dir: adapter });
    await page.getByLabel('Compare with').selectOption({ value: adapter });
    await attach(page, picture('test-002'));
    await ask(page, 'Give the inspection note.');
    await answered(page, 2);
    const [ofBase, ofTuned] = [answers(page).nth(0), answers(page).nth(1)];
    await ofBase.getByText('Base', { exact: true }).waitFor();
    await ofTuned.getByText('Tuned', { exact: true }).waitFor();
    const said = (await readChat(rpc, 1)).turns[0]?.answers;
    expect(said?.map(({ side, state }) => [side, state])).toEqual([
      ['base', 'done'],
      ['tuned', 'done'],
    ]);
    expect(said?.[0]?.text).not.toBe(said?.[1]?.text);
    for (const [at, answer] of (said ?? []).entries()) {
      expect(await answers(page).nth(at).innerText()).toContain(answer.text);
    }
    await screenshot(page, 'chat-side-by-side-dark');

    await ofBase.getByRole('button', { name: 'Fix' }).click();
    await screenshot(page, 'chat-fix-dark');
    const right = 'Part: Brindo. Verdict: scrap.';
    await ofBase.getByRole('textbox', { name: 'What it should have said' }).fill(right);
    await ofBase.getByRole('button', { name: 'Save as a sample' }).click();
    await page.getByText('Saved as a sample of the project').waitFor();
    await ofBase.getByText('Fixed: a sample').waitFor();

    const filter = { items: '', text: 'Verdict: scrap' };
    const list = { filter, offset: 0, limit: 10 };
    const { samples } = await rpc.call<{ samples: SampleSummary[] }>('conversations.list', list);
    expect(samples).toMatchObject([{ source: 'chat', hasPair: true, answer: right }]);
    const sample = await rpc.call<Sample>('conversations.read', { sampleId: samples[0]?.id });
    expect(sample.turns.map(({ role }) => role)).toEqual(['user', 'assistant']);
    await page.getByRole('button', { name: 'Open it' }).click();
    await vi.waitUntil(() => page.url().includes(`/samples/${sample.id}`));
  });

  test('edits a question, answers anew, and keeps what there was', async () => {
    const { page } = await openChats();
    await ask(page, 'What is a lens?');
    await answered(page, 1);
    await answers(page).first().getByRole('button', { name: 'Answer anew' }).click();
    await answers(page).first().getByText('2 of 2').waitFor();
    await answered(page, 1);
    await page.getByRole('button', { name: 'Edit the question' }).click();
    const editor = page.getByRole('article').getByRole('textbox', { name: 'Question' });
    await editor.fill('What is a prism?');
    await press(page, 'Enter');
    await page.getByText('What is a prism?').waitFor();
    await answered(page, 1);
    await page.getByRole('button', { name: 'The question before' }).click();
    await page.getByText('What is a lens?', { exact: true }).last().waitFor();
    await page.getByText('2 of 2').waitFor();
  });

  test('outlives an engine that is killed: the answer says so, and Retry writes it', async () => {
    const opened = await openChats();
    const { app, page, rpc } = opened;
    await ask(page, 'Check the part.');
    await answered(page, 1);
    const first = await answers(page).first().innerText();
    const chatId = await makeEndless(opened);
    await ask(page, 'Tell me everything.');
    const second = answers(page).nth(1);
    await vi.waitUntil(async () => (await second.innerText()).length > 60, { timeout: 60_000 });
    process.kill(enginePid(app.core.pid), 'SIGKILL');
    await page.getByRole('alert').getByText('The answer broke off').waitFor();
    await screenshot(page, 'chat-broken-off-light');
    expect(await answers(page).first().innerText()).toBe(first);
    const calm = { temperature: null, topK: null, topP: null, maxNewTokens: 32, greedy: true };
    await rpc.call('chat.update', {
      chatId,
      settings: { base, answers: { ...calm, seed: null } },
    });
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await answered(page, 2);
    expect((await readChat(rpc, chatId)).turns[1]?.answers).toMatchObject([{ state: 'done' }]);
  });

  test('shows hostile texts as texts', async () => {
    const { page, rpc } = await openChats();
    const bad =
      '<img src=x onerror="window.hit=1"><script>window.hit=1</script> \u202Eevil\u2066 **b**';
    const huge = `${bad} ${'x '.repeat(500_000)}`;
    const { id } = await rpc.call<Chat>('chat.create', { base });
    await rpc.call('chat.update', { chatId: id, title: bad });
    for (const text of [bad, huge]) {
      const { turns } = await readChat(rpc, id);
      const content = [{ type: 'text', text }];
      await rpc.call('chat.ask', { chatId: id, afterTurnId: turns.at(-1)?.id ?? null, content });
    }
    await page.goto(`${page.url().split('#')[0]}#/chat/${id}`);
    await page.getByText('<script>window.hit=1</script>').first().waitFor();
    await page.getByRole('button', { name: /Show all 1,0\d\d,\d{3} characters/ }).click();
    await page.getByRole('button', { name: 'Show less' }).waitFor();
    expect(await page.evaluate(() => 'hit' in window)).toBe(false);
    expect(await page.locator('article img[src="x"], article script, article b').count()).toBe(0);
    // Too long for the model: the answer says so.
    await page
      .getByRole('alert')
      .getByText(/no room for an answer/)
      // A million characters become tokens first.
      .waitFor({ timeout: 120_000 });
  });

  test('lets the reader read: a growing answer does not pull them to its end', async () => {
    const opened = await openChats();
    const { page } = opened;
    await ask(page, 'Check the part.');
    await answered(page, 1);
    await makeEndless(opened);
    await ask(page, `Tell me everything.\n${'Line\n'.repeat(60)}`);
    const second = answers(page).nth(1);
    await vi.waitUntil(async () => (await second.innerText()).length > 60, { timeout: 60_000 });
    await page.mouse.move(800, 400);
    await page.mouse.wheel(0, -5000);
    await page.getByRole('button', { name: 'To the latest' }).waitFor();
    const before = (await second.innerText()).length;
    await vi.waitUntil(async () => (await second.innerText()).length > before + 20);
    const scroller = page.locator('.turns');
    expect(await scroller.evaluate((element) => element.scrollTop)).toBeLessThan(200);
    await page.getByRole('button', { name: 'To the latest' }).click();
    await page.getByRole('button', { name: 'To the latest' }).waitFor({ state: 'detached' });
    await press(page, 'Escape');
    await page.getByRole('button', { name: 'Stop' }).click();
    await answered(page, 2);
  });

  test('picks from the library, and is taken off the list and back', async () => {
    const { page, rpc } = await openChats('dark');
    const ended = rpc.nextEvent(
      ({ event, payload }) =>
        event === 'jobs.changed' && (payload as { state: string }).state === 'done',
    );
    await rpc.call('library.import', { paths: ['test-004', 'test-005', 'test-006'].map(picture) });
    await ended;
    await page.getByRole('button', { name: 'Add pictures or videos of the library' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'test-005.jpg' }).click();
    await screenshot(page, 'chat-picker-dark');
    await page.getByRole('button', { name: 'Add 1 item' }).click();
    await page.getByRole('img', { name: 'test-005.jpg' }).waitFor();
    // Whoever goes by keys writes on.
    await page.keyboard.type('Check the part.');
    await press(page, 'Enter');
    await answered(page, 1);
    const entry = page.getByRole('link', { name: /Check the part/ });
    await entry.hover();
    await page.getByRole('button', { name: 'Remove Check the part.' }).click();
    await entry.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await entry.waitFor();
    await entry.hover();
    await page.getByRole('button', { name: 'Rename Check the part.' }).click();
    const name = page.getByRole('navigation').getByRole('textbox', { name: 'Name of the chat' });
    await name.fill('Rims of March');
    await press(page, 'Enter');
    await page.getByRole('link', { name: /Rims of March/ }).waitFor();
    const find = page.getByRole('textbox', { name: 'Find in chats' });
    await find.fill('nothing like it');
    await page.getByText('No chat holds these words.').waitFor();
    // By what was asked, not only by the name.
    await find.fill('the part');
    await page.getByRole('link', { name: /Rims of March/ }).waitFor();
  });

  test('asks about a video and shows the frames that the model saw; says when the model is gone', async () => {
    const opened = await openChats('dark');
    const { app, page, rpc } = opened;
    const clip = await makeClip(app.dataDir, 1);
    await attach(page, clip.path);
    await ask(page, 'What happens here?');
    await answered(page, 1);
    expect(await page.locator('video').count()).toBe(1);
    await page.getByRole('button', { name: 'What the model saw' }).click();
    const frames = page.getByRole('list', { name: 'What the model saw' }).getByRole('img');
    await page.getByText('8 pictures, 36 tokens each').waitFor();
    expect(await frames.count()).toBe(8);
    await frames.last().scrollIntoViewIfNeeded();
    await screenshot(page, 'chat-video-dark');

    const chatId = await makeEndless(opened);
    rmSync(join(app.dataDir, 'talkative'), { recursive: true });
    await rpc.call('models.remove', { dir: join(app.dataDir, 'talkative') });
    await page.getByText('talkative is not there now.').waitFor();
    await field(page).fill('And now?');
    expect(await page.getByRole('button', { name: 'Ask', exact: true }).isDisabled()).toBe(true);
    await screenshot(page, 'chat-gone-dark');
    await page.getByRole('button', { name: 'Go on with Starter model' }).click();
    await page.getByText('talkative is not there now.').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByText('And now?').last().waitFor();
    // The model that is loaded is named below.
    await page.getByRole('contentinfo').getByRole('link', { name: 'Starter model' }).waitFor();
    await press(page, 'Escape');
    expect((await readChat(rpc, chatId)).settings.base).toEqual(base);
  });
});
