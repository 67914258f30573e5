/** What a window asks for, as the trainer gets it. */
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { defaultRunSettings } from '../../src-main/app/runs/run-defaults.ts';
import { trainRequestOf } from '../../src-main/app/runs/run-request.ts';
import { runSettings } from '../../src-main/ipc/contract/runs.ts';
import type { RunSettings } from '../../src-main/ipc/contract/runs.ts';

const places = { snapshotDir: '/data', outDir: '/out', cacheDir: '/cache', threads: 1 };
const snapshot = { counts: { train: 4, validation: 0, test: 0 } };

function requestWith(settings: RunSettings) {
  const model = { dir: '/model', adapter: null };
  const request = { name: '', model, datasetId: 1, method: 'lora', settings } as const;
  return trainRequestOf(request, snapshot, places);
}

test('the bits of the optimiser reach the trainer', () => {
  const settings = defaultRunSettings('lora');
  expect(requestWith(settings).optimizer).toBe('adamw');
  expect(requestWith({ ...settings, optimizer: 'adamw-8bit' }).optimizer).toBe('adamw-8bit');
});

test('a run from before there was a choice has moments of 32 bits', () => {
  const { optimizer, ...older } = defaultRunSettings('full');
  expect(optimizer).toBe('adamw');
  expect(v.parse(runSettings, older).optimizer).toBe('adamw');
  // As the store has it, which nothing has filled in.
  expect(requestWith(older as RunSettings).optimizer ?? 'adamw').toBe('adamw');
});

test('whether activations are computed twice is left to the memory unless somebody chose', () => {
  const settings = defaultRunSettings('qlora');
  expect(requestWith(settings).recompute).toBeUndefined();
  expect(requestWith({ ...settings, recompute: true }).recompute).toBe(true);
  expect(requestWith({ ...settings, recompute: false }).recompute).toBe(false);
});
