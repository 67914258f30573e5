/** What is compared: our figure, the peer's at the same work, and how far ahead we mean to be. */
import type { WeightFormat } from '../../../src-main/app/bench/workload.ts';
import type { GgufForm } from './gguf.ts';

/** Our side: a task of `bench` and the name of one of its figures. */
export interface Ours {
  readonly task: string;
  readonly format: WeightFormat;
  readonly figure: string;
}

export type Theirs =
  | {
      readonly peer: 'transformers';
      readonly task: string;
      /** Of weights and activations. */
      readonly dtype: 'float32' | 'bfloat16' | 'nf4';
      readonly figure: string;
    }
  | { readonly peer: 'llama'; readonly form: GgufForm; readonly figure: 'prefill' | 'decode' }
  | { readonly peer: 'ours'; readonly ours: Ours };

export interface Work {
  readonly name: string;
  readonly threads: number;
  readonly ours: Ours;
  readonly theirs: Theirs;
  /** Our rate over the peer's. */
  readonly goal: number;
  /** Our peak memory over the peer's, at most, where both processes do this work alone. */
  readonly memoryGoal?: number;
  /** The share of the machine's bandwidth that we mean to use. */
  readonly bandwidthGoal?: number;
}

const decoding: readonly { format: WeightFormat; form: GgufForm }[] = [
  { format: 'f32', form: 'f32' },
  { format: 'f16', form: 'f16' },
  { format: 'int8', form: 'q8_0' },
];

const memoryGoal = 0.5;

function againstTransformers(threads: number): Work[] {
  const work = (
    name: string,
    task: string,
    figure: string,
    theirs: string,
    goal: number,
    more: Pick<Work, 'memoryGoal'> = {},
  ): Work => ({
    name,
    threads,
    ours: { task, format: 'f32', figure },
    theirs: { peer: 'transformers', task, dtype: 'float32', figure: theirs },
    goal,
    ...more,
  });
  return [
    work('LoRA step', 'lora', 'LoRA step', 'lora step', 1.4, { memoryGoal }),
    work('LoRA step, cached features', 'lora', 'LoRA step, cached features', 'lora step', 2.5),
    work('full step', 'full', 'full LLM step', 'full step', 1.6, { memoryGoal }),
    work('full step, cached features', 'full', 'full LLM step, cached features', 'full step', 2.5),
    work(
      'prefill 709, with vision tower',
      'prefill',
      'prefill 709, with vision tower',
      'prefill, with vision tower',
      1,
    ),
    work('prefill 709', 'prefill', 'prefill 709, text only', 'prefill, text only', 1.3, {
      memoryGoal,
    }),
    work('vision tower + projector', 'vision', 'vision tower + projector, batch 4', 'vision', 1, {
      memoryGoal,
    }),
    work('greedy decoding', 'decode', 'greedy decode', 'decode', 1.2, { memoryGoal }),
  ];
}

function againstLlama(threads: number): Work[] {
  return decoding.map(({ format, form }) => ({
    name: `greedy decoding, ${format} and ${form}`,
    threads,
    ours: { task: 'decode', format, figure: 'greedy decode' },
    theirs: { peer: 'llama', form, figure: 'decode' },
    goal: 1.2,
    ...(format === 'f16' ? { bandwidthGoal: 0.7 } : {}),
  }));
}

/** Half the bytes must not cost more time. */
function againstOurselves(threads: number): Work {
  const ours = (format: WeightFormat): Ours => ({ task: 'lora', format, figure: 'LoRA step' });
  return {
    name: 'LoRA step, bf16 and f32 weights',
    threads,
    ours: ours('bf16'),
    theirs: { peer: 'ours', ours: ours('f32') },
    goal: 1,
  };
}

/** Ours beside ours comes first: both its sides are measured for it, one right after the other. */
export const works: readonly Work[] = [
  againstOurselves(2),
  ...againstTransformers(2),
  ...againstLlama(1),
  ...againstLlama(2),
];

const onOneThread = ['lora', 'prefill', 'vision'];

/** Where each step takes twice as long: not measured unless asked for. */
export const oneThreadWorks: readonly Work[] = againstTransformers(1).filter(({ ours }) =>
  onOneThread.includes(ours.task),
);

const inBf16 = ['lora', 'prefill', 'vision', 'decode'];

/**
 * The peer with everything in bf16, ours with the weights. What is not weights stays in f32 here, so that a
 * processor that multiplies bf16 does a third of the work for the peer.
 */
export const bf16Works: readonly Work[] = againstTransformers(2)
  .filter(({ ours }) => inBf16.includes(ours.task))
  .map((work) => ({
    ...work,
    name: `${work.name}, bf16`,
    ours: { ...work.ours, format: 'bf16' },
    theirs: { ...work.theirs, dtype: 'bfloat16' } as Theirs,
    goal: 1,
  }));

/** The decoder in NF4 on both sides; bitsandbytes rounds weights and what they are multiplied by to bf16. */
export const qloraWorks: readonly Work[] = againstTransformers(2)
  .filter(({ ours }) => ours.task === 'lora')
  .map((work) => ({
    ...work,
    name: `Q${work.name}`,
    ours: { ...work.ours, format: 'nf4' },
    theirs: { ...work.theirs, dtype: 'nf4' } as Theirs,
    goal: 1.2,
  }));

export function titleOf({ name, threads }: Work): string {
  return `${name}, ${threads === 1 ? 'one thread' : `${threads} threads`}`;
}
