/** What every screen owes to people: that it can be read, heard, and used by keys alone. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { root } from '../../scripts/lib/paths.mjs';
import { defaultRunSettings } from '../../src-main/app/runs/run-defaults.ts';
import type { Chat } from '../../src-main/ipc/contract/chat.ts';
import type { Dataset } from '../../src-main/ipc/contract/datasets.ts';
import type { Run } from '../../src-main/ipc/contract/runs.ts';
import { eventually } from './support/annotating.ts';
import { useApp } from './support/app.ts';
import { clearMessages } from './support/at-rest.ts';
import type { App } from './support/app.ts';
import { seriousFindings } from './support/axe.ts';
import { jobsEnded } from './support/jobs.ts';
import type { Rpc } from './support/rpc.ts';
import { screenshot } from './support/screenshot.ts';

const ui = useApp();
const quick = {
  ...{ length: { by: 'steps', steps: 2 }, batchSize: 2, rank: 4, dropout: 0.1, evalEvery: 2 },
  ...{ parts: ['projector', 'llm'], answersShown: 1 },
} as const;
const model = { dir: join(root, 'resources', 'starter-model'), adapter: null };

interface Filled {
  readonly app: App;
  readonly page: Page;
  readonly rpc: Rpc;
  /** Addresses of every screen, each with something on it. */
  readonly places: readonly string[];
}

/** The sample project with a run that ended and an answer in a chat. */
async function openFilled(): Promise<Filled> {
  const app = await ui.start({ theme: 'light' });
  const rpc = await app.rpc();
  await app.openSample();
  await jobsEnded(rpc, 'import-samples');
  const { id: datasetId } = await rpc.call<Dataset>('datasets.create', {
    name: 'All',
    filter: '',
    settings: {
      statuses: ['draft', 'reviewed'],
      dialect: 'normalized-box',
      split: { by: 'shares', train: 80, validation: 20, test: 0, seed: 1 },
    },
  });
  const ended = rpc.nextEvent(({ event }) => event === 'runs.ended');
  const request = {
    ...{ name: 'Short', model, datasetId, method: 'lora' },
    settings: { ...defaultRunSettings('lora'), ...quick },
  };
  const { id: runId } = await rpc.call<Run>('runs.start', { request, plan: null });
  await ended;
  const chat = await rpc.call<Chat>('chat.create', { base: model });
  const content = [{ type: 'text', text: 'What is a part?' }];
  await rpc.call('chat.ask', { chatId: chat.id, afterTurnId: null, content });
  const [item] = await itemIds(rpc);
  // What it says of the run's end is none of the screens that are looked at.
  await clearMessages(app.page);
  return {
    ...{ app, rpc, page: app.page },
    places: [
      ...['library', `annotate/${item}`, 'samples', `datasets/${datasetId}`, 'train'],
      ...[
        `train/${runId}`,
        'evaluate',
        `chat/${chat.id}`,
        'models',
        'settings',
        'settings?at=keys',
      ],
    ],
  };
}

async function itemIds(rpc: Rpc): Promise<number[]> {
  const { ids } = await rpc.call<{ ids: string }>('library.list', {
    ...{ filter: '', view: 'library', sort: 'added', isDescending: true },
  });
  const bytes = Buffer.from(ids, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readInt32LE(at * 4));
}

async function goTo({ page, app }: Filled, place: string): Promise<void> {
  await page.goto(`${app.core.origin}/#/${place}`);
  await page.waitForLoadState('networkidle');
  await eventually(() => page.getByText('There is no such place').count()).toBe(0);
  // A circle that turns: something is still on its way.
  await eventually(() => page.locator('main circle[pathLength]').count()).toBe(0);
  expect(await page.getByText('ran into a fault').count()).toBe(0);
  // A tile has its picture once its turn has come.
  const waiting = page.locator('main [role="listbox"] [role="option"]:not(:has(img))');
  if (place === 'library') await eventually(() => waiting.count()).toBe(0);
}

/** Controls that a narrow window cuts off: to their right, and nothing there that scrolls. */
const cutOff = (page: Page): Promise<string[]> =>
  page.locator('main').evaluate((main) => {
    const scrolls = (element: Element | null): boolean =>
      element !== null &&
      element !== main &&
      (/auto|scroll/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
    return [...main.querySelectorAll('button, a, input, select, textarea')]
      .filter((one) => one.getBoundingClientRect().right > innerWidth && !scrolls(one))
      .map((one) => one.outerHTML.slice(0, 160));
  });

/** Screens with more on them than controls, whose contrasts tests/renderer/ui/tokens.test.ts proves. */
const drawsItself = /^(library|annotate|train|evaluate|chat)/;

/** Long on a busy machine: much is looked at. */
const timeoutMs = 600_000;

it(
  'keeps nobody out: every screen in every theme, and what opens above it',
  async () => {
    const filled = await openFilled();
    const { page, rpc, places } = filled;
    const found: string[] = [];
    const look = async (where: string, rules?: readonly string[]): Promise<void> => {
      const first = await seriousFindings(page, rules);
      // What was seen while something moved is looked at again, at rest.
      const findings = first.length > 0 ? await seriousFindings(page, rules) : first;
      found.push(...findings.map((finding) => `${where}: ${finding}`));
    };
    for (const place of places) {
      await goTo(filled, place);
      await look(place);
      if (!drawsItself.test(place)) continue;
      for (const theme of ['dark', 'contrast'] as const) {
        await rpc.call('settings.write', { theme });
        await page.locator(`html[data-theme="${theme}"]`).waitFor();
        await look(`${place} in ${theme}`, ['color-contrast']);
      }
      await screenshot(page, `contrast-${place.replace(/\W.*$/, '')}`);
      await rpc.call('settings.write', { theme: 'system' });
      await page.locator('html[data-theme="light"]').waitFor();
    }
    await rpc.call('settings.write', { language: 'de' });
    await page.locator('html[lang="de"]').waitFor();
    for (const place of places.filter((one) => /^(library|annotate|train\/|chat)/.test(one))) {
      await goTo(filled, place);
      await screenshot(page, `german-${place.replace(/\W.*$/, '')}`);
    }
    const viewport = page.viewportSize();
    await page.setViewportSize({ width: 900, height: 700 });
    for (const place of places) {
      await goTo(filled, place);
      found.push(...(await cutOff(page)).map((control) => `${place}, narrow: ${control}`));
    }
    if (viewport !== null) await page.setViewportSize(viewport);
    await rpc.call('settings.write', { language: 'system' });
    await goTo(filled, 'library');
    await page.getByRole('listbox', { name: 'Items' }).getByRole('option').first().click();
    // Away from the pictures, which say more while the pointer is on them.
    await page.mouse.move(720, 890);
    for (const [keys, name] of [
      ['Control+k', 'Search commands and places'],
      ['?', 'Keys'],
      ['Control+Shift+n', 'New project'],
    ] as const) {
      await page.keyboard.press(keys);
      await page.getByRole('dialog', { name }).waitFor();
      await look(name);
      await page.keyboard.press('Escape');
    }
    await page.getByRole('button', { name: /^Jobs|jobs? (going on|failed)/ }).click();
    await look('jobs');
    await page.keyboard.press('Escape');
    expect(found).toEqual([]);
  },
  timeoutMs,
);

interface Act {
  readonly id: string;
  readonly keys: readonly string[];
}

/** What the sheet of keys lists: acts that can be done now, by scope. */
const listed = (page: Page): Promise<Act[][]> =>
  page
    .getByRole('dialog', { name: 'Keys' })
    .locator('section')
    .evaluateAll((sections) =>
      sections.map((section) =>
        [...section.querySelectorAll<HTMLElement>('[data-act]')].map(({ dataset }) => ({
          id: dataset['act'] ?? '',
          keys: (dataset['keys'] ?? '').split(', '),
        })),
      ),
    );

/** As Playwright writes a press. */
const pressOf = (keys: string): string =>
  keys.replace('Mod+', 'Control+').replace(/\b(Left|Right|Up|Down)$/, 'Arrow$1');

/** Keys of the sheet itself, which it does not try. */
const ownKeys = /^(Escape|Tab|Shift\+Tab|\?)$/;
/** While a shape is drawn, Undo takes back its last corner; else it goes on to what it undoes anywhere. */
const givenOn = new Set(['undo']);

async function tryKeys(page: Page, place: string): Promise<string[]> {
  const faults: string[] = [];
  await page.getByRole('button', { name: 'Keys', exact: true }).click();
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  const scopes = await listed(page);
  for (const acts of scopes) {
    const all = acts.flatMap(({ keys }) => keys);
    const twice = all.filter((keys, at) => all.indexOf(keys) !== at);
    if (twice.length > 0) faults.push(`${place}: two acts have ${twice.join(', ')}`);
    for (const { id, keys } of acts) {
      for (const one of keys.filter((some) => !ownKeys.test(some))) {
        for (const part of one.split(' ')) await page.keyboard.press(pressOf(part));
        const lit = await page
          .locator('[data-act][aria-current]')
          .evaluateAll((lines) => lines.map((line) => line.getAttribute('data-act')));
        if (lit[0] !== id && !givenOn.has(id)) {
          faults.push(`${place}: ${one} does ${lit[0] ?? 'nothing'}, not ${id}`);
        }
      }
    }
  }
  await page.keyboard.press('Escape');
  return faults;
}

it(
  'does by each key what the sheet says, and gives the focus back',
  async () => {
    const app = await ui.start();
    const { page } = app;
    const rpc = await app.rpc();
    await app.openSample();
    await jobsEnded(rpc, 'import-samples');
    const filled = { app, page, rpc, places: [] };
    const faults: string[] = [];
    const ids = await itemIds(rpc);
    // The videos come first.
    for (const place of ['library', `annotate/${ids[0]}`, `annotate/${ids.at(-1)}`, 'samples']) {
      await goTo(filled, place);
      if (place === 'library') {
        await page.getByRole('listbox', { name: 'Items' }).getByRole('option').first().click();
      }
      if (place.startsWith('annotate')) {
        await page.getByRole('application').waitFor();
        await page.keyboard.press('Control+a');
      }
      faults.push(...(await tryKeys(page, place)));
    }
    expect(faults).toEqual([]);

    const search = page.getByRole('button', { name: /^Search commands and places/ });
    for (const [keys, name] of [
      ['Control+k', 'Search commands and places'],
      ['?', 'Keys'],
      ['Control+Shift+n', 'New project'],
    ] as const) {
      await search.focus();
      await page.keyboard.press(keys);
      await page.getByRole('dialog', { name }).waitFor();
      // Nothing behind it is reached meanwhile.
      await page.keyboard.press('g');
      await page.keyboard.press('l');
      await page.keyboard.press('Escape');
      await page.getByRole('dialog', { name }).waitFor({ state: 'detached' });
      expect([name, await search.evaluate((one) => one === document.activeElement)]).toEqual([
        name,
        true,
      ]);
    }
    expect(page.url()).toContain('#/samples');
    // The first stop of Tab leads past the bar and the rail.
    const [first] = await page.locator('button, a[href], input').all();
    await first?.focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('main').evaluate((main) => main === document.activeElement)).toBe(
      true,
    );
  },
  timeoutMs,
);
