import { formatCount } from '../../ui/format.ts';

export const en = {
  step: (step: number) => `step ${formatCount(step)}`,
  curve: (name: string, values: number, last: string) =>
    `${name}: ${formatCount(values)} values, last ${last}`,
};

export type ChartTexts = typeof en;
