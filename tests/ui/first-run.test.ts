import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventually } from './support/annotating.ts';
import { useApp } from './support/app.ts';
import { seriousFindings } from './support/axe.ts';
import { jobsEnded } from './support/jobs.ts';
import { screenshot } from './support/screenshot.ts';

const ui = useApp();
it('leads from the start into every place', async () => {
  const app = await ui.start();
  const { page } = app;
  await page.getByText('Open the sample project').waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await screenshot(page, 'start-light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('html[data-theme="dark"]').waitFor({ state: 'attached' });
  await screenshot(page, 'start-dark');
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByText('Open the sample project').click();
  const rpc = await app.rpc();
  await jobsEnded(rpc, 'import-samples');
  const places = page.getByRole('navigation', { name: 'Places' }).getByRole('link');
  await eventually(() => places.count()).toBeGreaterThan(7);
  for (const place of await places.all()) {
    const name = await place.getAttribute('aria-label');
    await place.click();
    await page
      .getByRole('navigation', { name: 'Place', exact: true })
      .getByText(String(name))
      .waitFor();
    await page.waitForLoadState('networkidle');
    expect(await page.getByText('ran into a fault').count()).toBe(0);
  }
});

it('opens by what it knows when it starts again', async () => {
  const app = await ui.start();
  await app.createProject('Chest X-rays');
  await app.killCore();
  await app.startCore();
  const recent = app.page.getByText('Chest X-rays').first();
  await recent.click();
  await eventually(() => app.page.url()).toContain('#/library');
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
