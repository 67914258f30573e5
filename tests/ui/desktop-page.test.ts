import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { coreProcesses } from '../electron/support/processes.ts';
import { launchBrowser } from './support/browser.ts';
import { DesktopPage } from './support/desktop-page.ts';

let browser: Browser | string;
let desktop: DesktopPage;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  if (typeof browser !== 'string') await browser?.close();
});
beforeEach(async (context) => {
  context.skip(typeof browser === 'string', String(browser));
  desktop = await DesktopPage.open(browser as Browser);
});
afterEach(async () => {
  await desktop.close();
  expect(desktop.watch.problems).toEqual([]);
});

async function openProject({ desktop }: DesktopPage): Promise<unknown> {
  const frame = await desktop.ask('project.current', {});
  if (!('output' in frame)) throw new Error(JSON.stringify(frame));
  return frame.output;
}

it('the page comes up over the relay and opens the sample project', async () => {
  const { page } = desktop;
  expect(await page.evaluate(() => window.lensmithDesktop?.platform)).toBe('linux');
  await page
    .getByRole('button', { name: /sample project/i })
    .first()
    .click();
  await vi.waitUntil(async () => (await openProject(desktop)) !== null, { timeout: 60_000 });
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('term').filter({ hasText: 'Processor' }).waitFor();
  // The menus of the shell follow the page's language.
  const firstMenu = (): string | undefined => desktop.desktop.fake.world.menu?.[0]?.label;
  expect(firstMenu()).toBe('File');
  await page.getByRole('radio', { name: 'Deutsch' }).check({ force: true });
  await vi.waitUntil(() => firstMenu() === 'Datei', { timeout: 60_000 });
  // Nothing leaves the machine, whoever would send it: DesktopPage.close looks.
  const { network } = desktop.desktop;
  expect(network.watched).toEqual(expect.arrayContaining(['core.js', 'engine-worker.js']));
});

it('the page says so when the core is gone, and goes on when it is back', async (context) => {
  context.skip(!existsSync('/proc'), 'the core is found by /proc');
  const { page } = desktop;
  await page.evaluate(() => {
    const seen: boolean[] = [];
    Object.assign(window, { seen });
    window.lensmithDesktop?.onConnection((isConnected) => seen.push(isConnected));
  });
  const seen = (): Promise<boolean[]> => page.evaluate('window.seen') as Promise<boolean[]>;
  await vi.waitUntil(async () => (await seen()).at(-1) === true, { timeout: 60_000 });
  const [core] = coreProcesses(desktop.desktop.dataDir);
  process.kill(core?.pid as number, 'SIGKILL');
  await vi.waitUntil(async () => (await seen()).at(-1) === false, { timeout: 60_000 });
  await vi.waitUntil(async () => (await seen()).at(-1) === true, { timeout: 60_000 });
});

it('paths of dropped files come from the shell', async () => {
  const paths = await desktop.page.evaluate(() =>
    window.lensmithDesktop?.pathsOf([new File(['x'], 'a.png')]),
  );
  expect(paths).toEqual(['/dropped/a.png']);
});
