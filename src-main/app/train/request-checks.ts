/** What is wrong with a request, seen only once the model and the data are open. */
import { LensmithError } from '../../base/errors.ts';
import type { DatasetIssue } from '../../formats/datasets/index.ts';
import { modelParts } from '../../training/parts.ts';
import type { Trainable } from '../../training/parts.ts';
import type { TrainRequest } from './train-request.ts';

/**
 * Settings that only mean something with held-out samples.
 * @throws training/bad-setting
 */
export function requireHeldOut(request: TrainRequest): void {
  if (request.evalDataPath !== undefined) return;
  const given = [
    ...(request.evalEvery === undefined ? [] : ['eval-every']),
    ...(request.evalAnswers === undefined ? [] : ['eval-answers']),
    ...(request.patience === undefined ? [] : ['patience']),
    ...(request.keep === 'best' ? ['keep best'] : []),
  ];
  if (given.length === 0) return;
  throw new LensmithError(
    'training/bad-setting',
    `These settings need held-out samples: ${given.join(', ')}.`,
    { expected: '--eval-data', got: 'none', hint: 'Add --eval-data FILE, or leave them out.' },
  );
}

/**
 * Rates of parts that stay as they are, and parts that no sample reaches.
 * @param images in all samples together
 * @throws training/bad-setting, training/no-images
 */
export function requireEffect(
  request: TrainRequest,
  trainables: readonly Trainable[],
  images: number,
): void {
  const trained = modelParts.filter((part) => trainables.some((one) => one.part === part));
  const rates = { vision: request.learningRateVision, projector: request.learningRateProjector };
  for (const part of ['vision', 'projector'] as const) {
    if (rates[part] === undefined || trained.includes(part)) continue;
    throw new LensmithError('training/bad-setting', `--lr-${part} has nothing to set.`, {
      expected: `${part} among the parts that train`,
      got: trained.join(', '),
      hint: `Add ${part} to --train, or leave --lr-${part} out.`,
    });
  }
  if (images > 0 || trained.length === 0 || trained.includes('llm')) return;
  throw new LensmithError(
    'training/no-images',
    'No sample has a picture, and the parts that train see nothing else.',
    {
      expected: `samples with pictures, to train: ${trained.join(', ')}`,
      got: 'texts alone',
      hint: 'Give data with images, or add llm to --train.',
    },
  );
}

/**
 * That a file has a sample left.
 * @throws data/no-samples with the first faults
 */
export function requireSamples(
  path: string,
  samples: number,
  issues: readonly DatasetIssue[],
): void {
  if (samples > 0) return;
  const shown = issues.slice(0, 5).map(({ line, message }) => `\n  line ${line}: ${message}`);
  const more = issues.length > shown.length ? `\n  and ${issues.length - shown.length} more` : '';
  throw new LensmithError('data/no-samples', `${path} has no sample that can be used.`, {
    expected: 'at least one record that can be read',
    got: `${issues.length} faulty ones${shown.join('')}${more}`,
  });
}
