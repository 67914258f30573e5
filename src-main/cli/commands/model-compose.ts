import { compose } from '../../app/compose/compose.ts';
import type { ComposeOutcome } from '../../app/compose/compose.ts';
import type { Command } from '../command.ts';
import { formatTable } from '../format.ts';

export const modelCompose: Command = {
  positionals: [],
  // prettier-ignore
  options: {
    vision: { value: 'DIR', help: 'CLIP or SigLIP folder, or LLaVA for its tower', required: true },
    language: { value: 'DIR', help: 'LLaMA, Mistral or Qwen2 folder, or LLaVA for its language model', required: true },
    out: { value: 'DIR', help: 'new folder for the model', required: true },
    projector: { value: 'mlp2x_gelu|linear', help: 'between the two (default mlp2x_gelu)' },
    'feature-layer': { value: 'N', help: 'hidden state of the tower to read: --feature-layer=-1 is the last (default -2)' },
    strategy: { value: 'default|full', help: 'leave out the first token, or keep all (default: as the tower needs)' },
    dtype: { value: 'f32|bf16', help: 'of the weights (default: as the language model is stored)' },
    seed: { value: 'N', help: 'of the fresh projector (default 0)' },
  },
  async run(args, { output, device }) {
    const outcome = await compose({
      ...device,
      visionDir: args.required('vision'),
      languageDir: args.required('language'),
      outDir: args.required('out'),
      projector: args.choice('projector', ['mlp2x_gelu', 'linear'] as const),
      featureLayer: args.number('feature-layer', { whole: true }),
      strategy: args.choice('strategy', ['default', 'full'] as const),
      dtype: args.choice('dtype', ['f32', 'bf16'] as const),
      seed: args.number('seed', { min: 0, max: 2 ** 32 - 1, whole: true }),
    });
    output.result(outcome, () => describe(outcome));
  },
};

function describe(outcome: ComposeOutcome): string {
  const { vision, language, imageToken, vocabulary } = outcome;
  const table = formatTable([
    ['vision tower', `${vision.type}, ${vision.hiddenSize} channels`],
    ['language model', `${language.type}, hidden size ${language.hiddenSize}`],
    ['projector', `${outcome.projector}, fresh`],
    [
      'features',
      `hidden state ${String(outcome.featureLayer)}, ${outcome.strategy}; ${outcome.tokensPerImage} tokens an image`,
    ],
    ['image token', `${imageToken.text}, id ${imageToken.id} of ${vocabulary.rows}`],
    ['chat template', outcome.template],
    ['weights', `${outcome.tensors} tensors, ${outcome.dtype}`],
  ]);
  const next = `Next: lensmith train --method projector --model ${outcome.outDir} …`;
  return [table, ...outcome.notes, `written to ${outcome.outDir}`, next].join('\n');
}
