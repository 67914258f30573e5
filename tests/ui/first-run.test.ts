import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { toolScript } from '../../scripts/lib/paths.mjs';
import { useApp } from './support/app.ts';
import { jobsEnded } from './support/jobs.ts';
import { screenshot } from './support/screenshot.ts';

const ui = useApp();
const axeSource = readFileSync(toolScript('axe-core/axe.min.js'), 'utf8');

interface Finding {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** Findings of axe that would keep somebody from using the page. */
async function seriousFindings(page: Page): Promise<string[]> {
  // By the debugger, since the page's own policy forbids scripts that are not its own.
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate<{ violations: Finding[] }>('axe.run()');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

const places = [
  'library',
  'annotate',
  'samples',
  'datasets',
  'train',
  'chat',
  'models',
  'settings',
];

it.each(['light', 'dark'] as const)(
  'leads from the start into every place, in %s',
  async (theme) => {
    const app = await ui.start({ theme });
    const { page } = app;
    await page.getByText('Open the sample project').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await screenshot(page, `start-${theme}`);
    await page.getByText('Open the sample project').click();
    const rpc = await app.rpc();
    await jobsEnded(rpc, 'import-samples');
    for (const place of places) {
      await page.goto(`${app.core.origin}/#/${place}`);
      await page.waitForLoadState('networkidle');
      await expect.poll(() => page.getByText('There is no such place').count()).toBe(0);
      expect(await page.getByText('ran into a fault').count()).toBe(0);
      expect([place, await seriousFindings(page)]).toEqual([place, []]);
    }
  },
);

it('opens by what it knows when it starts again', async () => {
  const app = await ui.start();
  await app.createProject('Chest X-rays');
  await app.killCore();
  await app.startCore();
  const recent = app.page.getByText('Chest X-rays').first();
  await recent.click();
  await expect.poll(() => app.page.url()).toContain('#/library');
  const rpc = await app.rpc();
  expect(await rpc.call('project.current')).toMatchObject({
    name: 'Chest X-rays',
    folder: join(app.dataDir, 'Chest X-rays'),
  });
});

it('keeps the place that somebody asked for while a project opens', async () => {
  const app = await ui.start();
  const { page } = app;
  // The page goes there, and its word of it comes late: after the project.
  await page.addInitScript(() => {
    addEventListener('hashchange', (event) => event.stopImmediatePropagation());
  });
  await page.reload();
  await page.getByText('Open the sample project').waitFor();
  await page.evaluate(() => {
    location.hash = '#/chat';
  });
  await app.createProject();
  await page.getByRole('heading', { name: 'Ask about a picture or a video' }).waitFor();
  expect(new URL(page.url()).hash).toBe('#/chat');
});
