/** What is wrong with a request, seen only once the model and the data are open. */
import { LensmithError } from '../../base/errors.ts';
import type { DatasetIssue } from '../../formats/datasets/index.ts';
import { isSavedWhole } from '../../formats/adapters/peft.ts';
import type { LoraConfig } from '../../formats/adapters/peft.ts';
import type { LoadedModel } from '../../models/load.ts';
import type { TargetsByPart } from '../../training/adapters.ts';
import { modelParts, partOf } from '../../training/parts.ts';
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

/**
 * That every name says something: a misspelt one among right ones would go unseen.
 * @throws training/no-targets, training/bad-setting
 */
export function requireNames(
  loaded: LoadedModel,
  config: LoraConfig,
  targets: TargetsByPart,
): void {
  const { linears, parameters } = loaded.weights;
  const named = new Set(Object.values(targets).flatMap((names) => (isList(names) ? names : [])));
  const paths = [...linears.keys()].filter((path) => isList(targets[partOf(path)]));
  const idle = [...named].filter((name) => !paths.some((path) => `.${path}`.endsWith(`.${name}`)));
  refuseNames('training/no-targets', '--target-modules', idle, paths);
  const saved = [...parameters.keys()];
  const unsaved = config.modulesToSave.filter(
    (name) => !saved.some((path) => isSavedWhole({ ...config, modulesToSave: [name] }, path)),
  );
  refuseNames(
    'training/bad-setting',
    '--modules-to-save',
    unsaved,
    saved.map((path) => path.slice(0, path.lastIndexOf('.'))),
  );
}

function isList(names: readonly string[] | string | undefined): names is readonly string[] {
  return names !== undefined && typeof names !== 'string';
}

function refuseNames(
  code: string,
  option: string,
  idle: readonly string[],
  paths: readonly string[],
): void {
  if (idle.length === 0) return;
  const known = new Set(paths.map((path) => path.slice(path.lastIndexOf('.') + 1)));
  throw new LensmithError(code, `${option} names what is not there.`, {
    expected: [...known].join(', '),
    got: idle.join(', '),
    hint: 'Name modules of the parts that train by the last part of their path.',
  });
}
