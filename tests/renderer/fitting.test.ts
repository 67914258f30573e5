/** What a window offers where a run may not fit. */
import { expect, it } from 'vitest';
import { defaultRunSettings } from '../../src-main/app/runs/run-defaults.ts';
import { fittingSettings, fittingWords } from '../../src-renderer/features/train/words.ts';

const settings = defaultRunSettings('lora');
const fitting = {
  batchSize: 1,
  gradientAccumulation: 4,
  recompute: true,
  optimizer: 'adamw-8bit',
  totalBytes: 1,
} as const;

it('names what is other than it was, and takes it', () => {
  expect(fittingWords(fitting, settings)).toBe(
    'batch size 1 with accumulation 4, recomputing, 8-bit optimiser',
  );
  const taken = { ...settings, ...fittingSettings(fitting) };
  expect(taken).toMatchObject({ recompute: true, optimizer: 'adamw-8bit', batchSize: 1 });
  expect(fittingWords(fitting, taken)).toBe('');
});

it('leaves recomputation to the memory at hand where it is not needed', () => {
  const lighter = { ...fitting, recompute: false, optimizer: 'adamw' } as const;
  expect(fittingWords(lighter, settings)).toBe('batch size 1 with accumulation 4');
  expect({ ...settings, ...fittingSettings(lighter) }.recompute).toBeNull();
});
