import { inspectModel } from '../../app/inspect/inspect.ts';
import type { ModelSummary } from '../../app/inspect/inspect.ts';
import { memoryVerdict } from '../../app/inspect/verdict.ts';
import type { MemoryVerdict } from '../../app/inspect/verdict.ts';
import { quantFormats } from '../../tensor/quantized.ts';
import type { Command } from '../command.ts';
import { formatBytes, formatCount, formatTable } from '../format.ts';

export const modelInspect: Command = {
  positionals: ['DIR'],
  options: {
    dtype: { value: 'f32|bf16', help: 'to reckon with (default: as stored)' },
    quantize: { value: quantFormats.join('|'), help: 'to reckon with' },
  },
  async run(args, { output, device }) {
    const dtype = args.choice('dtype', ['f32', 'bf16'] as const);
    const summary = await inspectModel(args.positional(0), {
      ...device,
      dtype,
      quantize: args.choice('quantize', quantFormats),
    });
    output.result(summary, () => describe(summary));
  },
};

function describe(summary: ModelSummary): string {
  const { tokenizer, images, memory } = summary;
  const dtypes = Object.entries(summary.dtypes).map(([name, n]) => `${name} ${formatCount(n)}`);
  const facts = formatTable([
    ['model', `${summary.modelType}, ${formatCount(summary.parameters)} parameters`],
    [
      'weights',
      `${dtypes.join(', ')}; ${formatBytes(summary.sizeBytes)} in ${summary.files} file(s)`,
    ],
    [
      'tokenizer',
      `${tokenizer.vocabularySize} tokens, ${tokenizer.addedTokens} added; ${tokenizer.chatTemplate}`,
    ],
    [
      'images',
      `${images.size}×${images.size} pixels, ${images.tokensPerImage} tokens each (${tokenizer.imageToken.text})`,
    ],
    [
      'features',
      `hidden state ${images.featureDepths.join(', ')}, ${images.selectStrategy}; ${images.processor}`,
    ],
    ['context', `${summary.contextTokens} tokens`],
  ]);
  const parts = formatTable(
    [
      ['part', 'type', 'layers', 'size', 'parameters'],
      ...summary.parts.map(({ part, type, layers, hiddenSize, parameters }) => [
        part,
        type,
        String(layers),
        String(hiddenSize),
        formatCount(parameters),
      ]),
    ],
    [2, 3, 4],
  );
  return `${facts}\n\n${parts}\n\n${describeMemory(memory)}`;
}

const verdicts: Readonly<Record<MemoryVerdict, string>> = {
  fits: 'fits',
  tight: 'fits, but only just',
  'too-large': 'does not fit',
};

function describeMemory({ place, assumptions, run, train }: ModelSummary['memory']): string {
  const { tokens, images, loraRank } = assumptions;
  const row = (name: string, total: number, rest: readonly number[]): string[] => [
    name,
    formatBytes(total),
    ...rest.map(formatBytes),
    verdicts[memoryVerdict(total, place.bytes)],
  ];
  const plans = Object.entries(train).map(([method, plan]) =>
    plan === null
      ? [`train ${method}`, '', '', '', '', 'weights in few bits do not train']
      : row(`train ${method}`, plan.totalBytes, [
          plan.weightsBytes,
          plan.trainingBytes,
          plan.activationBytes,
        ]),
  );
  const here = `${formatBytes(place.bytes)} of ${place.device ?? 'this machine'}`;
  const table = formatTable(
    [
      ['memory', 'total', 'weights', 'training state', 'activations', `in ${here}`],
      row('run', run.totalBytes, [run.weightsBytes, 0, run.cacheBytes + run.activationBytes]),
      ...plans,
    ],
    [1, 2, 3, 4],
  );
  return `${table}\nfor ${tokens} tokens with ${images} image(s); adapters of rank ${loraRank}`;
}
