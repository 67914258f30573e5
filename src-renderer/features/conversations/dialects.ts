import type { Dialect } from '../../../src-main/ipc/contract/content.ts';

/** How references to marks are written for a model, by an example each. */
export const dialects: readonly { readonly value: Dialect; readonly label: string }[] = [
  { value: 'normalized-box', label: 'Shares [0.12, 0.30, …]' },
  { value: 'pixel-box', label: 'Pixels [57, 120, …]' },
  { value: 'box-tokens', label: 'Box tokens <box>(120,300)…' },
];
