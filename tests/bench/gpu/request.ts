/** What is asked of a measurement, from the command line. */
import { parseArgs } from 'node:util';
import { UsageError } from '../../../src-main/cli/options.ts';
import { sizeNames } from './shapes.ts';
import type { SizeName } from './shapes.ts';

/** What can be left out; a card may be at hand for minutes only. */
export const partNames = [
  'ops',
  'copy',
  'products',
  'attention',
  'decode',
  'lora',
  'qlora',
  'peer',
] as const;
export type PartName = (typeof partNames)[number];

export interface Request {
  readonly device: string;
  readonly size: SizeName | undefined;
  readonly peakTeraflops: number | undefined;
  readonly parts: ReadonlySet<PartName>;
  readonly json: boolean;
}

export function requestFrom(argv: readonly string[]): Request {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      device: text,
      size: text,
      'peak-tflops': text,
      only: text,
      'no-peer': flag,
      json: flag,
    },
  });
  const size = sizeNames.find((name) => name === values.size);
  if (values.size !== undefined && size === undefined) {
    throw new UsageError(`--size: ${values.size} is none of ${sizeNames.join(', ')}.`);
  }
  const parts = new Set<PartName>(values.only === undefined ? partNames : partsOf(values.only));
  if (values['no-peer']) parts.delete('peer');
  const peak = values['peak-tflops'];
  if (peak !== undefined && !(Number(peak) > 0)) {
    throw new UsageError(`--peak-tflops: ${peak} is no number above 0.`);
  }
  return {
    device: values.device ?? 'auto',
    size,
    peakTeraflops: peak === undefined ? undefined : Number(peak),
    parts,
    json: values.json ?? false,
  };
}

/** `steps` stands for both kinds. */
function partsOf(list: string): PartName[] {
  return list.split(',').flatMap((word) => {
    if (word === 'steps') return ['lora', 'qlora'] as const;
    const part = partNames.find((name) => name === word);
    if (part === undefined) {
      throw new UsageError(`--only: ${word} is none of ${partNames.join(', ')}, steps.`);
    }
    return [part];
  });
}
