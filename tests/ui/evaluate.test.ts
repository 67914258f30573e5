/** Evaluation from the window: the sentence, scores and samples, the blind vote, the report on paper. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Evaluation, EvaluatedSample } from '../../src-main/ipc/contract/evaluations.ts';
import type { Job } from '../../src-main/ipc/contract/jobs.ts';
import type { Run } from '../../src-main/ipc/contract/runs.ts';
import { useApp } from './support/app.ts';
import { clearMessages } from './support/at-rest.ts';
import type { Rpc } from './support/rpc.ts';
import { screenshot } from './support/screenshot.ts';

const suite = useApp();

/** For pictures worth looking at the model must have learnt something. */
const forPictures = process.env['LENSMITH_SCREENSHOTS'] === '1';
const steps = forPictures ? 150 : 8;
const batchSize = forPictures ? 16 : 4;
const learningRate = forPictures ? 4e-3 : 2e-3;
const limit = forPictures ? '16' : '6';

async function trainedRun(rpc: Rpc): Promise<Run> {
  const filled = rpc.nextEvent(
    ({ event, payload }) =>
      event === 'jobs.changed' &&
      (payload as Job).kind === 'import-samples' &&
      (payload as Job).state === 'done',
  );
  await rpc.call('project.openSample');
  await filled;
  // Slices to look at: every second picture came from another bench.
  for (const [first, tag] of ['bench A', 'bench B'].entries()) {
    const itemIds = Array.from({ length: 120 }, (_, i) => 2 * i + first + 1);
    await rpc.call('library.tag', { itemIds, add: [tag], remove: [] });
  }
  const split = { by: 'shares', train: 90, validation: 10, test: 0, seed: 1 };
  const { id: datasetId } = await rpc.call<{ id: number }>('datasets.create', {
    name: 'Inspector',
    filter: '',
    settings: { statuses: ['draft', 'reviewed'], dialect: 'normalized-box', split },
  });
  const defaults = await rpc.call<{ settings: { lora: object } }>('runs.defaults');
  const system = await rpc.call<{ starterModelDir: string }>('settings.system');
  const settings = {
    ...defaults.settings.lora,
    parts: ['projector', 'llm'],
    length: { by: 'steps', steps },
    ...{ batchSize, learningRate, learningRateProjector: 1e-3, warmupSteps: forPictures ? 10 : 2 },
    ...{ evalEvery: steps, answersShown: 0 },
  };
  const model = { dir: system.starterModelDir, adapter: null };
  const request = { name: 'Inspector', model, datasetId, method: 'lora', settings };
  const ended = rpc.nextEvent(({ event }) => event === 'runs.ended');
  await rpc.call('runs.start', { request, plan: null });
  const run = (await ended).payload as Run;
  expect(run.state).toBe('done');
  return run;
}

async function evaluateFromTheRun(page: Page, rpc: Rpc, run: Run): Promise<Evaluation> {
  await page.evaluate((hash) => (location.hash = hash), `/train/${run.id}`);
  await clearMessages(page);
  await page.getByRole('button', { name: 'Evaluate this run' }).click();
  await expect
    .poll(() => page.getByRole('combobox', { name: 'Tuned model' }).inputValue())
    .toBe('Inspector');
  await expect
    .poll(() => page.getByRole('combobox', { name: 'Data' }).inputValue())
    .toBe('Held out by Inspector');
  await page.getByLabel('Samples at most').fill(limit);
  await page.getByLabel('Longest answer').fill(forPictures ? '32' : '6');
  await page.getByLabel('Longest answer').press('Enter');
  const done = rpc.nextEvent(
    ({ event, payload }) =>
      event === 'evaluations.changed' && (payload as Evaluation).state === 'done',
  );
  await page.getByRole('button', { name: 'Evaluate', exact: true }).click();
  await page
    .getByText(/\d+ of \d+ answers/)
    .first()
    .waitFor();
  return (await done).payload as Evaluation;
}

async function readResults(page: Page, rpc: Rpc, { id }: Evaluation): Promise<void> {
  const summary = page.getByRole('table', { name: 'Summary' });
  await summary.getByText('Exact match').waitFor();
  const list = page.getByRole('region', { name: 'Samples' });
  const wish = { evaluationId: id, metric: 'exact-match', outcomes: [], slice: null, text: '' };
  const { total, samples } = await rpc.call<{ total: number; samples: EvaluatedSample[] }>(
    'evaluations.samples',
    { ...wish, offset: 0, limit: 500 },
  );
  await list.getByText(`${total} samples, worst first`).waitFor();
  const [worst] = samples;
  if (worst === undefined) throw new Error('nothing was evaluated');
  await expect
    .poll(() => list.getByRole('article').first().textContent())
    .toContain(worst.references[0] ?? '');
  await summary.getByText('Loss').click();
  const show = list.getByRole('radiogroup', { name: 'Show' });
  await show.getByText('Loss fell').click();
  await list.getByRole('article').getByText('Loss fell').first().waitFor();
  await summary.getByText('Exact match').click();
  await show.getByText('All', { exact: true }).click();
  // Slices narrow the list, and the chip widens it again.
  const slices = page.getByRole('table', { name: 'Slices' });
  await slices.getByText('bench A').click();
  await list.getByText('Only bench A').waitFor();
  await list.getByRole('button', { name: 'Remove Only bench A' }).click();
  await list.getByText(`${total} samples, worst first`).waitFor();
  await list.getByLabel('Search in questions and answers').fill(worst.references[0] ?? '');
  await expect
    .poll(() => list.getByText(/^\d+ samples?, worst/).textContent())
    .not.toContain(`${total} samples`);
  await list.getByLabel('Search in questions and answers').fill('');
  await list.getByText(`${total} samples, worst first`).waitFor();
  await screenshot(page, 'evaluate-light');
  await list.getByRole('link', { name: 'Sample', exact: true }).first().click();
  await expect.poll(() => page.evaluate(() => location.hash)).toBe(`#/samples/${worst.sampleId}`);
  await page.goBack();
}

async function voteBlind(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Vote blind' }).click();
  await page.getByRole('region', { name: 'Left' }).waitFor();
  await screenshot(page, 'evaluate-vote-light');
  const tally = page.getByRole('region', { name: 'Blind vote' });
  expect(await tally.count()).toBe(0);
  const progress = page.getByText(/^\d+ of \d+ pairs/);
  await page.keyboard.press('1');
  await progress.filter({ hasText: /^1 of/ }).waitFor();
  await page.keyboard.press('0');
  await progress.filter({ hasText: /^2 of/ }).waitFor();
  await page.keyboard.press('Backspace');
  await progress.filter({ hasText: /^1 of/ }).waitFor();
  // A vote that was given is kept: the page may go.
  await page.reload();
  await progress.filter({ hasText: /^1 of/ }).waitFor();
  await page.keyboard.press('2');
  await progress.filter({ hasText: /^2 of/ }).waitFor();
  await page.getByRole('button', { name: 'End the vote here' }).click();
  await page.getByText('The vote is over').waitFor();
  await tally.getByText(/The tuned model wins \d+%/).waitFor();
  await page.getByRole('button', { name: 'Back to the results' }).click();
  await tally.waitFor();
}

async function printReport(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Report', exact: true }).click();
  await page.getByText('How this was measured').waitFor();
  await page.emulateMedia({ media: 'print' });
  expect(await page.getByRole('navigation').first().isVisible()).toBe(false);
  await screenshot(page, 'evaluate-print');
  const pdf = await page.pdf({ preferCSSPageSize: true });
  await page.emulateMedia({ media: null });
  const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g) ?? [];
  // Scores on the first, samples on those that follow.
  expect(pages.length).toBeGreaterThan(1);
}

/** Another evaluation of some of the same samples: what changed since the first is told. */
async function lookBack(page: Page, rpc: Rpc, first: Evaluation): Promise<void> {
  const done = rpc.nextEvent(
    ({ event, payload }) =>
      event === 'evaluations.changed' &&
      (payload as Evaluation).id !== first.id &&
      (payload as Evaluation).state === 'done',
  );
  const request = { ...first.request, name: 'Once more', limit: 2 };
  const { id } = await rpc.call<Evaluation>('evaluations.create', request);
  await done;
  await page.evaluate((hash) => (location.hash = hash), `/evaluate/${id}`);
  const overTime = page.getByRole('region', { name: 'Over time' });
  await overTime.getByRole('img', { name: /^Scores from the oldest on: / }).waitFor();
  await overTime.getByRole('row', { name: new RegExp(first.name) }).click();
  // The same model answers the same.
  await overTime.getByText(`Since ${first.name}: 0 newly right, 0 newly wrong.`).waitFor();
  if (forPictures) await screenshot(page, 'evaluate-over-time-light');
}

test('a run is evaluated, its samples are read, voted on blind, and reported on paper', async () => {
  const app = await suite.start();
  const { page } = app;
  const rpc = await app.rpc();
  const run = await trainedRun(rpc);
  const evaluation = await evaluateFromTheRun(page, rpc, run);
  await readResults(page, rpc, evaluation);
  await voteBlind(page);
  await printReport(page);
  await page.evaluate(() => (location.hash = '/evaluate'));
  await page.getByRole('table', { name: 'Evaluations' }).getByText(evaluation.name).waitFor();
  if (forPictures) await screenshot(page, 'evaluate-list-light');
  await lookBack(page, rpc, evaluation);
  if (!forPictures) return;
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.evaluate((id) => (location.hash = `/evaluate/${id}`), evaluation.id);
  await page.getByRole('table', { name: 'Summary' }).waitFor();
  await page.getByRole('article').first().waitFor();
  await screenshot(page, 'evaluate-dark');
}, 900_000);

test('says what an evaluation still lacks, and reads how many samples it shall ask', async () => {
  const app = await suite.start();
  const { page } = app;
  await app.createProject();
  await page.goto(`${app.core.origin}/#/evaluate`);
  const start = page.getByRole('button', { name: 'Evaluate', exact: true });
  const why = page.getByText('Choose a model to compare it with above.');
  await why.waitFor();
  expect(await start.isDisabled()).toBe(true);
  expect(await start.getAttribute('aria-describedby')).toBe(await why.getAttribute('id'));
  const limit = page.getByLabel('Samples at most');
  await limit.fill('1,200');
  await limit.press('Tab');
  await expect.poll(() => limit.inputValue()).toBe('1200');
});
