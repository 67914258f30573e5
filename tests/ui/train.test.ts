/** Datasets and training from the window: the sentence, the run page, and runs that are torn down. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Dataset } from '../../src-main/ipc/contract/datasets.ts';
import type { Job } from '../../src-main/ipc/contract/jobs.ts';
import type { Run, RunEvaluation, RunLine, RunPlan } from '../../src-main/ipc/contract/runs.ts';
import type { App } from './support/app.ts';
import { useApp } from './support/app.ts';
import type { Rpc } from './support/rpc.ts';
import { meetAnswers } from './support/page-answers.ts';
import { screenshot } from './support/screenshot.ts';

const suite = useApp();

interface Bench {
  readonly app: App;
  readonly page: Page;
  readonly rpc: Rpc;
}

/** The app on the sample project, filled. */
async function openSample(theme: 'light' | 'dark' = 'light'): Promise<Bench> {
  const app = await suite.start({ theme });
  // Two workers, the core and a browser share the machine: what is shown may come late.
  app.page.setDefaultTimeout(90_000);
  const rpc = await app.rpc();
  const filled = rpc.nextEvent(
    ({ event, payload }) =>
      event === 'jobs.changed' &&
      (payload as Job).kind === 'import-samples' &&
      (payload as Job).state === 'done',
  );
  await rpc.call('project.openSample');
  await filled;
  return { app, page: app.page, rpc };
}

async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate((hash) => (location.hash = hash), path);
}

/** Chooses settings for a run of some seconds, as a person does. */
async function fillShortRun(page: Page, steps: number): Promise<void> {
  await page.getByLabel('Length in').selectOption('steps');
  await setNumber(page, 'Steps', steps);
  await setNumber(page, 'Learning rate', 0.002);
  await setNumber(page, 'Rank', 4);
  await page.getByRole('button', { name: 'More settings' }).click();
  await setNumber(page, 'Evaluate every', steps / 3);
  await setNumber(page, 'Answers shown', 3);
}

async function setNumber(page: Page, label: string, value: number): Promise<void> {
  const field = page.getByLabel(label, { exact: true });
  await field.fill(String(value));
  await field.press('Enter');
}

const ended = (rpc: Rpc, id?: number): Promise<Run> =>
  rpc
    .nextEvent(
      ({ event, payload }) =>
        event === 'runs.ended' && (id === undefined || (payload as Run).id === id),
    )
    .then(({ payload }) => payload as Run);

async function losses(rpc: Rpc, runId: number): Promise<number[]> {
  const lines = await rpc.call<RunLine[]>('runs.log', { runId, afterStep: 0 });
  return lines.map(({ loss }) => loss);
}

async function currentRun(rpc: Rpc): Promise<Run> {
  const [run] = await rpc.call<Run[]>('runs.list');
  if (run === undefined) throw new Error('there is no run');
  return run;
}

/** @param heldOut per cent of the samples; few where the run and not its evaluation is looked at */
async function makeDataset(rpc: Rpc, heldOut = 20): Promise<Dataset> {
  const split = { by: 'shares', train: 100 - heldOut, validation: heldOut, test: 0, seed: 1 };
  const settings = { statuses: ['draft', 'reviewed'], dialect: 'normalized-box', split };
  return rpc.call<Dataset>('datasets.create', { name: 'Inspector', filter: '', settings });
}

/** Starts a run of the starter model without the sentence. @param settings beside LoRA's defaults */
async function startRun(rpc: Rpc, name: string, datasetId: number, settings: object): Promise<Run> {
  const defaults = await rpc.call<{ settings: { lora: object } }>('runs.defaults');
  const system = await rpc.call<{ starterModelDir: string }>('settings.system');
  const model = { dir: system.starterModelDir, adapter: null };
  const request = {
    ...{ name, model, datasetId, method: 'lora' },
    settings: { ...defaults.settings.lora, ...settings },
  };
  return rpc.call<Run>('runs.start', { request, plan: null });
}

describe('datasets', () => {
  test('are made, narrowed and split on the screen, and undo takes each step back', async () => {
    const { page } = await openSample();
    await goTo(page, '/datasets');
    await page.getByRole('button', { name: 'New dataset of all samples' }).click();
    const result = page.getByRole('region', { name: 'What comes of it' });
    await result.getByText('242', { exact: true }).waitFor();
    await page.getByRole('tab', { name: /Validation/ }).click();
    const list = page.getByRole('list', { name: 'Samples for validation' });
    await list
      .getByText(/^Part: /)
      .first()
      .waitFor();
    await screenshot(page, 'datasets');

    await page.getByText('As marked').click();
    await result.getByText('Nothing is held out', { exact: false }).waitFor();
    await page.getByLabel('Items').fill('split:tes');
    await page.getByText(/split: is one of/).waitFor();
    await page.getByLabel('Items').fill('split:test');
    await page.getByLabel('Items').press('Enter');
    await result.getByText('No sample is left to train on', { exact: false }).waitFor();
    await page.getByRole('textbox', { name: 'Name' }).focus();
    await page.getByRole('heading', { name: 'Datasets', level: 2 }).click();
    await page.keyboard.press('Control+z');
    await expect.poll(() => page.getByLabel('Items').inputValue()).toBe('');
    await page.getByRole('button', { name: 'Delete this dataset' }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect
      .poll(() => page.getByRole('textbox', { name: 'Name' }).inputValue())
      .toBe('All samples');
  });
});

test('what keeps the button from being pressed stands beside it', async () => {
  const { page } = await openSample();
  await goTo(page, '/train');
  const train = page.getByRole('button', { name: 'Train', exact: true });
  const missing = 'A dataset is missing: choose one above.';
  await page.getByText(missing).waitFor();
  expect(await train.isDisabled()).toBe(true);
  const description = (await train.getAttribute('aria-describedby')) ?? '';
  expect(await page.locator(`[id="${description}"]`).textContent()).toBe(missing);
  await page.getByRole('button', { name: 'All samples of the library' }).click();
  await page.getByText(missing).waitFor({ state: 'detached' });
  expect(await train.isEnabled()).toBe(true);
  expect(await train.getAttribute('aria-describedby')).toBeNull();
});

/**
 * Has the plans of a page's core say that a run needs more than a card has, until the settings are
 * those that fit: such cards are not to be had where tests run.
 */
async function planForSmallCard(
  page: Page,
  fitting: NonNullable<RunPlan['fitting']>,
): Promise<void> {
  const device = 'Small Card';
  const memoryAvailableBytes = 200 * 2 ** 20;
  const card = { device, memoryAvailableBytes };
  await meetAnswers(page, 'runs.plan', (answer, asked, send) => {
    if (answer.output === undefined) return send(answer);
    const fits = asked.settings.batchSize === fitting.batchSize;
    const totalBytes = fits ? fitting.totalBytes : 2 * memoryAvailableBytes;
    const { weightsBytes, trainingBytes } = answer.output.memory;
    const activationBytes = totalBytes - weightsBytes - trainingBytes;
    const memory = { ...answer.output.memory, activationBytes, totalBytes };
    const output = { ...answer.output, ...card, memory, fitting: fits ? null : fitting };
    send({ ...answer, output });
  });
}

test('what a small card has no room for is said, with settings that should fit, which one press takes', async () => {
  const { page, rpc } = await openSample();
  await makeDataset(rpc);
  await planForSmallCard(page, {
    ...{ batchSize: 2, gradientAccumulation: 8, recompute: true, optimizer: 'adamw-8bit' },
    totalBytes: 150 * 2 ** 20,
  });
  await goTo(page, '/train');
  await page.getByText('It may not fit.', { exact: false }).waitFor();
  const memory = page.getByRole('meter', { name: 'Memory' });
  const need = 'up to 400 MB of 200 MB free on Small Card';
  expect(await memory.getAttribute('aria-valuetext')).toBe(need);
  await page
    .getByText(
      'Should fit, at about 150 MB: batch size 2 with accumulation 8, recomputing, 8-bit optimiser.',
    )
    .waitFor();
  await screenshot(page, 'train-small-card');
  await page.getByRole('button', { name: 'Use that' }).click();
  await page.getByText('It may not fit.', { exact: false }).waitFor({ state: 'detached' });
  expect(await memory.getAttribute('aria-valuetext')).toMatch(/^up to 150 MB of 200 MB free/);
  expect(await page.getByRole('button', { name: 'Use that' }).count()).toBe(0);
  await page.getByRole('button', { name: 'More settings' }).click();
  const valueOf = (label: string) => page.getByLabel(label, { exact: true }).inputValue();
  expect(await valueOf('Batch size')).toBe('2');
  expect(await valueOf('Gradient accumulation')).toBe('8');
});

describe('a run', () => {
  test('from the sentence to the answers; the loss falls before the eyes', async () => {
    const { page, rpc } = await openSample();
    await makeDataset(rpc, 10);
    await goTo(page, '/train');
    await page.getByRole('heading', { name: 'Teach' }).waitFor();
    await fillShortRun(page, 30);
    await page.getByRole('meter', { name: 'Memory' }).waitFor();
    await page.getByText(/worked through on this machine; the run has 30/).waitFor();
    const facts = page.getByText(/30 steps over/);
    await expect.poll(() => facts.textContent()).toMatch(/over 272 samples,\s+30 held out/);
    await screenshot(page, 'train');
    const over = ended(rpc);
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByText('before', { exact: true }).first().waitFor();
    await page
      .getByText(/step \d+ of 30/)
      .first()
      .waitFor();
    const run = await over;
    expect(run).toMatchObject({ state: 'done', step: 30, error: null });
    await page.getByRole('button', { name: 'Try it in Chat' }).waitFor();
    const curve = await losses(rpc, run.id);
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(curve.slice(-5))).toBeLessThan(0.7 * mean(curve.slice(0, 5)));
    const chart = page.getByRole('img', {
      name: /^Loss\. Training: 30 values.*Held out: 4 values/,
    });
    await chart.waitFor();
    await page.getByLabel('Step of the evaluation').fill('0');
    await page.getByText(/^step 0, held-out loss/).waitFor();
    await page.getByLabel('Step of the evaluation').fill('3');
    await screenshot(page, 'run');
    await page.getByText('Log', { exact: false }).last().click();
    await page.getByText('Training began').waitFor();
    await page.reload();
    await chart.waitFor();
  });

  test('paused, the core killed with -9, started again and resumed: as if nothing had been', async () => {
    const { app, page, rpc } = await openSample();
    const { id: datasetId } = await makeDataset(rpc, 5);
    const settings = {
      ...{ length: { by: 'steps', steps: 24 }, learningRate: 2e-3, rank: 4 },
      ...{ evalEvery: 8, answersShown: 2 },
    };
    const wholeEnd = ended(rpc);
    await startRun(rpc, 'Whole', datasetId, settings);
    const whole = await wholeEnd;
    expect(whole.state).toBe('done');

    const { id } = await startRun(rpc, 'Torn', datasetId, settings);
    await goTo(page, `/train/${id}`);
    await page
      .getByText(/step [1-9]\d* of 24/)
      .first()
      .waitFor();
    const paused = ended(rpc, id);
    await page.getByRole('button', { name: 'Pause' }).click();
    const { step } = await paused;
    expect(step).toBeLessThan(24);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    // Steps that have no checkpoint yet go down with the core.
    await rpc.nextEvent(
      ({ event, payload }) =>
        event === 'runs.progress' && (payload as { step: number }).step >= step + 3,
    );
    const { folder } = await rpc.call<{ folder: string }>('project.current');
    await app.killCore();
    await app.startCore();
    const again = await app.rpc();
    await again.call('project.open', { folder });
    await goTo(page, `/train/${id}`);
    await page.getByRole('alert').getByText('The program ended while this ran.').waitFor();
    await screenshot(page, 'run-interrupted');
    const end = ended(again, id);
    await page.getByRole('button', { name: 'Resume' }).first().click();
    expect(await end).toMatchObject({ state: 'done', step: 24 });
    expect(await losses(again, id)).toEqual(await losses(again, whole.id));
    const evaluationsOf = async (runId: number): Promise<RunEvaluation[]> =>
      (await again.call<{ evaluations: RunEvaluation[] }>('runs.read', { runId })).evaluations;
    expect(await evaluationsOf(id)).toEqual(await evaluationsOf(whole.id));

    // The page followed: every step is in its curve, each once.
    await page.getByRole('img', { name: /^Loss\. Training: 24 values/ }).waitFor();
    const logs = mkdtempSync(join(tmpdir(), 'lensmith-logs-'));
    try {
      await compare(page, again, logs, [whole.id, id]);
    } finally {
      rmSync(logs, { recursive: true, force: true });
    }
  });

  test('is deleted only after a question, and the queue shows who waits', async () => {
    const { page, rpc } = await openSample('dark');
    await makeDataset(rpc, 5);
    await goTo(page, '/train');
    await fillShortRun(page, 3000);
    await page.getByText(/3,000 steps over/).waitFor();
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page
      .getByText(/step [1-9]\d+ of 3,000/)
      .first()
      .waitFor();
    await screenshot(page, 'run-dark');
    await goTo(page, '/train');
    await page.getByRole('button', { name: 'Add to the queue' }).click();
    await page.getByText('It waits as number 1 of the queue.').waitFor();
    await goTo(page, '/train');
    await page.getByText(/3,000 steps over/).waitFor();
    await page.mouse.move(700, 880);
    await screenshot(page, 'train-dark');
    const waiting = await currentRun(rpc);
    await page.getByRole('button', { name: `Take ${waiting.name} out of the queue` }).click();
    await expect.poll(async () => (await rpc.call<Run[]>('runs.list')).length).toBe(1);
    const run = await currentRun(rpc);
    await goTo(page, `/train/${run.id}`);
    const stopped = ended(rpc, run.id);
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    expect(await stopped).toMatchObject({ state: 'stopped', result: { isAdapter: true } });
    // What it has can be tried, and it can go on.
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    await page.getByRole('button', { name: 'Try it in Chat' }).waitFor();
    await page.getByRole('button', { name: 'More for this run' }).click();
    await page.getByRole('menuitem', { name: 'Delete the run…' }).click();
    await page.getByRole('button', { name: 'Keep it' }).click();
    expect(await rpc.call<Run[]>('runs.list')).toHaveLength(1);
    await page.getByRole('button', { name: 'More for this run' }).click();
    await page.getByRole('menuitem', { name: 'Delete the run…' }).click();
    await page.getByRole('button', { name: 'Delete the run', exact: true }).click();
    await page.getByText('No run yet.', { exact: false }).waitFor();
    expect(await rpc.call<Run[]>('runs.list')).toEqual([]);
  });

  test('of 150 steps answers held-out samples to the letter that it got wrong before', async () => {
    const { page, rpc } = await openSample();
    const { id: datasetId } = await makeDataset(rpc);
    const { id } = await startRun(rpc, 'Inspector', datasetId, {
      ...{ parts: ['projector', 'llm'], length: { by: 'steps', steps: 150 } },
      ...{ batchSize: 16, learningRate: 4e-3, learningRateProjector: 1e-3, warmupSteps: 10 },
      ...{ evalEvery: 75, answersShown: 20 },
    });
    await goTo(page, `/train/${id}`);
    expect((await ended(rpc, id)).state).toBe('done');
    await page.getByText(/^step 150, held-out loss/).waitFor();
    const rightAt = async (): Promise<number> => {
      const words = await page.getByText(/to the letter$/).textContent();
      return Number(/(\d+) of 20 to the letter/.exec(words ?? '')?.[1]);
    };
    const after = await rightAt();
    await screenshot(page, 'run-trained');
    await page.getByLabel('Step of the evaluation').fill('0');
    await page.getByText(/^step 0, held-out loss/).waitFor();
    expect(await rightAt()).toBeLessThanOrEqual(2);
    expect(after).toBeGreaterThanOrEqual(12);
    // Half a minute of two idle cores; several minutes on a busy machine.
  }, 900_000);
});

/** Two runs and a log file over each other. */
async function compare(
  page: Page,
  rpc: Rpc,
  folder: string,
  ids: readonly number[],
): Promise<void> {
  const [first = 0] = ids;
  const lines = await rpc.call<RunLine[]>('runs.log', { runId: first, afterStep: 0 });
  const path = join(folder, 'log.jsonl');
  writeFileSync(path, [...lines.map((line) => JSON.stringify(line)), 'rubbish'].join('\n'));
  await goTo(page, '/train');
  for (const id of ids) {
    const { run } = await rpc.call<{ run: Run }>('runs.read', { runId: id });
    await page.getByRole('checkbox', { name: `Choose ${run.name}` }).check({ force: true });
  }
  await page.getByRole('button', { name: 'Compare 2 runs' }).click();
  await page.getByLabel('Log files').setInputFiles(path);
  const legend = page.getByRole('list', { name: 'Runs shown' });
  await legend.getByRole('button', { name: /^log/ }).waitFor();
  await page.getByText('log: 1 line is not in the curves').waitFor();
  await page.getByRole('table', { name: 'Settings side by side' }).waitFor();
  const chart = page.getByRole('img', { name: /^Loss\..*Torn: 24 values.*log: 24 values/ });
  await chart.waitFor();
  await page.getByLabel('Notes on Torn').fill('Killed twice, the same curve.');
  await page.getByLabel('Notes on Torn').blur();
  await screenshot(page, 'compare');
  const { run } = await rpc.call<{ run: Run }>('runs.read', { runId: ids[1] ?? 0 });
  expect(run.notes).toBe('Killed twice, the same curve.');
}
