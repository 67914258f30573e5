/** Language and keys, as a person changes them in the settings. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { eventually } from './support/annotating.ts';
import { useApp } from './support/app.ts';
import { screenshot } from './support/screenshot.ts';

const ui = useApp();

const line = (page: Page, act: string) => page.locator(`li[data-act="${act}"]`);

it('speaks another language at once, everywhere, and keeps it', async () => {
  const app = await ui.start({ theme: 'light' });
  const { page } = app;
  const rpc = await app.rpc();
  await page.goto(`${app.core.origin}/#/settings`);
  await page.getByRole('radio', { name: 'Deutsch' }).check({ force: true });
  await page.getByRole('heading', { name: 'Darstellung' }).waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe('de');
  await page.getByRole('button', { name: 'Diagnose kopieren…' }).waitFor();
  await page.getByText('Arbeitsspeicher').waitFor();
  await screenshot(page, 'settings-german');
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Befehle und Bereiche suchen' });
  await palette.getByRole('option', { name: /Neues Projekt…/ }).waitFor();
  await page.keyboard.press('Escape');

  // Another window of the same core follows, as does the next start.
  const other = await app.context.newPage();
  await other.goto(`${app.core.origin}/#/settings`);
  await other.getByRole('heading', { name: 'Darstellung' }).waitFor();
  await eventually(() => rpc.call('settings.read')).toMatchObject({ language: 'de' });
  await other.getByRole('radio', { name: 'English' }).check({ force: true });
  await page.getByRole('heading', { name: 'Appearance' }).waitFor();
  await other.close();
});

it('listens to keys that were chosen, tells who has them, and gives the old ones back', async () => {
  const app = await ui.start({ theme: 'dark' });
  const { page } = app;
  const rpc = await app.rpc();
  await app.createProject();
  await page.goto(`${app.core.origin}/#/settings?at=keys`);
  const inspector = line(page, 'inspector');
  const change = (name: string) => page.getByRole('button', { name: `Change the keys of ${name}` });
  // Acts of screens that were not opened yet are among them.
  await line(page, 'annotate.delete').waitFor();
  await line(page, 'library.trash').waitFor();
  await screenshot(page, 'settings-keys-dark');

  await change('Show or hide the inspector').click();
  await page.keyboard.press('Control+Shift+p');
  await eventually(() => inspector.locator('kbd').allTextContents()).toEqual([
    'Ctrl',
    'Shift',
    'P',
  ]);
  await change('Go to Library').click();
  await page.keyboard.press('y');
  await page.keyboard.press('b');
  await eventually(() => line(page, 'go.library').locator('kbd').allTextContents()).toEqual([
    'Y',
    'B',
  ]);

  // Keys of another act are not taken without a word.
  await change('Go to Chat').click();
  await page.keyboard.press('Control+k');
  await page
    .getByRole('alert')
    .getByText('Ctrl K belongs to Search commands and places.')
    .waitFor();
  await page.getByRole('button', { name: 'Keep the old ones' }).click();
  await change('Go to Chat').click();
  await page.keyboard.press('Control+t');
  await page
    .getByRole('alert')
    .getByText(/belongs to the browser/)
    .waitFor();
  await change('Go to Chat').click();
  await page.keyboard.press('Control+k');
  await page.getByRole('button', { name: 'Take it from there' }).click();
  await eventually(() => rpc.call('settings.read')).toMatchObject({
    keys: { palette: [], 'go.chat': ['Mod+K'], 'go.library': ['Y B'] },
  });

  // They work, and are shown where the act is.
  await page.getByRole('heading', { name: 'Settings' }).last().click();
  await page.keyboard.press('y');
  await page.keyboard.press('b');
  await eventually(() => page.url()).toContain('#/library');
  await page.keyboard.press('?');
  await eventually(() => page.locator('[data-act="go.library"] kbd').allTextContents()).toEqual([
    'Y',
    'B',
  ]);
  await page.getByRole('button', { name: 'Change keys…' }).click();
  await page.getByRole('button', { name: 'Reset all keys' }).click();
  await eventually(() => rpc.call('settings.read')).toMatchObject({ keys: {} });
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog', { name: 'Search commands and places' }).waitFor();
});

it('hands the log to the browser', async () => {
  const app = await ui.start();
  const { page } = app;
  await page.goto(`${app.core.origin}/#/settings`);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download the log' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('lensmith-core.log');
  expect(readFileSync(await file.path(), 'utf8')).toBeTypeOf('string');
});
