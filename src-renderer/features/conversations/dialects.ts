import type { Dialect } from '../../../src-main/ipc/contract/content.ts';
import { texts } from './texts/index.ts';

const dialects: readonly Dialect[] = ['normalized-box', 'pixel-box', 'box-tokens'];

/** How references to marks are written for a model, by an example each. */
export const dialectOptions = () =>
  dialects.map((value) => ({ value, label: texts().dialects[value] }));
