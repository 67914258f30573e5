/** The trainer speaks of settings as the command line names them; a window has other names. */
import type { ErrorWire } from '../../ipc/contract/wire.ts';

const words: Readonly<Record<string, string>> = {
  'batch-size': 'Batch size',
  'gradient-accumulation': 'Gradient accumulation',
  recompute: 'Recompute',
  optimizer: 'Optimiser',
  'eval-data': 'samples for validation',
  'eval-every': 'Evaluate every',
  'eval-answers': 'Answers shown',
  patience: 'Early stopping',
  'keep best': 'Keep best',
  lr: 'Learning rate',
  'lr-vision': 'Learning rate of the vision tower',
  'lr-projector': 'Learning rate of the projector',
  'max-length': 'Longest sample',
  'max-steps': 'Steps',
  'max-grad-norm': 'Gradient clipping',
  'warmup-steps': 'Warm-up',
  'weight-decay': 'Weight decay',
  epochs: 'Epochs',
  rank: 'Rank',
  alpha: 'Alpha',
  dropout: 'Dropout',
  seed: 'Seed',
  train: 'Parts that train',
  method: 'Method',
  dtype: 'Precision',
  schedule: 'Schedule',
};

/** `--batch-size 2` as "Batch size 2". */
export function settingWords(text: string): string {
  return (
    text
      // The window offers all layers or none; where a part of them is enough, all are.
      .replace(/--recompute \d+/gu, '--recompute on')
      .replace(/Add --resume to the same command to go on/gu, 'Resume goes on')
      .replace(/the same command starts it again/gu, 'Resume starts it again')
      .replace(/--([a-z]+(?:-[a-z]+)*)/gu, (flag, name: string) => words[name] ?? flag)
  );
}

export function errorInWords(error: ErrorWire): ErrorWire {
  const { expected, got, hint } = error;
  return {
    code: error.code,
    message: settingWords(error.message),
    ...(expected === undefined ? {} : { expected: settingWords(expected) }),
    ...(got === undefined ? {} : { got: settingWords(got) }),
    ...(hint === undefined ? {} : { hint: settingWords(hint) }),
  };
}
