import { quantizeModel } from '../../app/quantize/quantize.ts';
import type { QuantizeOutcome } from '../../app/quantize/quantize.ts';
import { quantFormats } from '../../tensor/quantized.ts';
import type { Command } from '../command.ts';
import { formatBytes } from '../format.ts';
import { UsageError } from '../options.ts';

export const modelQuantize: Command = {
  positionals: ['DIR'],
  options: {
    format: { value: quantFormats.join('|'), help: 'of the decoder’s matrices', required: true },
    out: { value: 'DIR', help: 'new folder for the result', required: true },
  },
  async run(args, { output, device, signal }) {
    const format = args.choice('format', quantFormats);
    if (format === undefined) throw new UsageError('--format is missing.');
    const request = { modelDir: args.positional(0), outDir: args.required('out'), format };
    const onStage = (stage: string): void => output.note(`${stage} …`);
    const outcome = await quantizeModel({ ...device, ...request, signal, onStage });
    output.result(outcome, () => describe(outcome));
  },
};

function describe(outcome: QuantizeOutcome): string {
  const { bytesBefore, bytesAfter, largestLogitDifference, largestLogit } = outcome;
  const cost =
    largestLogitDifference === null
      ? 'not compared with the model before, which the device has no room for'
      : `against the model before, a difference of up to ${largestLogitDifference.toPrecision(3)} of logits up to ${largestLogit.toPrecision(3)}`;
  return [
    `${outcome.format} model: ${outcome.outDir}`,
    `${outcome.quantizedWeights} weights quantised: ${formatBytes(bytesBefore)} → ${formatBytes(bytesAfter)}`,
    `proof: read back, the same logits to the bit; ${cost}`,
  ].join('\n');
}
