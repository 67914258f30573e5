import { runExport } from '../../app/export/export.ts';
import type { ExportOutcome } from '../../app/export/export.ts';
import { quantFormats } from '../../tensor/quantized.ts';
import type { Command } from '../command.ts';

export const exportCommand: Command = {
  positionals: [],
  // prettier-ignore
  options: {
    model: { value: 'DIR', help: 'model folder that the adapter was trained on', required: true },
    adapter: { value: 'DIR', help: 'PEFT adapter', required: true },
    out: { value: 'DIR', help: 'new folder for the result', required: true },
    merge: { help: 'write a model folder with the adapter in its weights' },
    dtype: { value: 'f32|bf16', help: 'of the merged weights (default: as stored)' },
    quantize: { value: quantFormats.join('|'), help: 'merge into the weights as qlora trained on them, widened' },
  },
  async run(args, { output, device, signal }) {
    const outcome = await runExport({
      ...device,
      modelDir: args.required('model'),
      adapterDir: args.required('adapter'),
      outDir: args.required('out'),
      merge: args.flag('merge'),
      dtype: args.choice('dtype', ['f32', 'bf16'] as const),
      quantize: args.choice('quantize', quantFormats),
      onStage: (stage) => output.note(`${stage} …`),
      signal,
    });
    output.result(outcome, () => describe(outcome));
  },
};

function describe(outcome: ExportOutcome): string {
  const what = outcome.kind === 'adapter' ? 'adapter' : 'merged model';
  const { widenedWeights } = outcome;
  return [
    `${what}: ${outcome.outDir}`,
    ...(widenedWeights > 0
      ? [`${widenedWeights} weights were held in few bits and are written in full`]
      : []),
    `proof: ${outcome.tensors} tensors read back (${outcome.adaptedModules} adapted modules), largest logit difference ${outcome.largestLogitDifference.toExponential(2)} of logits up to ${outcome.largestLogit.toPrecision(3)} (allowed ${outcome.tolerance.toExponential(2)})`,
  ].join('\n');
}
