import { formatCount } from '../../ui/format.ts';
import type { ChartTexts } from './en.ts';

export const de: ChartTexts = {
  step: (step) => `Schritt ${formatCount(step)}`,
  curve: (name, values, last) => `${name}: ${formatCount(values)} Werte, zuletzt ${last}`,
};
