import type { Refusal } from '../../canvas/host.ts';

/** Why a gesture did nothing, and what would make it do something. */
export const refusals: Readonly<Record<Refusal, string>> = {
  'no-skeleton':
    'This label has no skeleton. Choose one that has, or give it joints: edit the label.',
  locked: 'It is locked. Press L to unlock it.',
  'no-mask': 'There is no mask here to erase from.',
};
