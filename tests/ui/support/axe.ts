import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { toolScript } from '../../../scripts/lib/paths.mjs';
import { atRest } from './at-rest.ts';

const axeSource = readFileSync(toolScript('axe-core/axe.min.js'), 'utf8');

interface Finding {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/**
 * Findings of axe that would keep somebody from using the page, once it stands still.
 * @param rules  those to look at; all where left out
 */
export async function seriousFindings(page: Page, rules?: readonly string[]): Promise<string[]> {
  await atRest(page);
  // By the debugger, since the page's own policy forbids scripts that are not its own.
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate<{ violations: Finding[] }>(
    `axe.run(${JSON.stringify(rules === undefined ? {} : { runOnly: rules })})`,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}
