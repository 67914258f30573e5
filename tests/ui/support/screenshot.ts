import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { root } from '../../../scripts/lib/paths.mjs';
import { atRest, picturesCame } from './at-rest.ts';

/** Writes docs/screenshots/NAME.png when LENSMITH_SCREENSHOTS=1; else the tests leave no file. */
export async function screenshot(page: Page, name: string): Promise<void> {
  if (process.env['LENSMITH_SCREENSHOTS'] !== '1') return;
  await picturesCame(page);
  await atRest(page);
  await save(page, join(root, 'docs', 'screenshots'), name);
}

/** What a failed test last showed: .cache/ui-failures/NAME.png. */
export async function failureScreenshot(page: Page, name: string): Promise<string> {
  return save(page, join(root, '.cache', 'ui-failures'), name.replaceAll(/[^\w-]+/g, '-'));
}

async function save(page: Page, folder: string, name: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path });
  return path;
}
