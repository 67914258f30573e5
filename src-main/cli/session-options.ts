import { openSession } from '../app/session/session.ts';
import type { Session } from '../app/session/session.ts';
import type { GenerationSettings } from '../generation/settings.ts';
import { quantFormats } from '../tensor/quantized.ts';
import type { CommandContext } from './command.ts';
import type { Arguments, OptionTable } from './options.ts';

/** Options of commands that open a model. */
export const sessionOptions = {
  dtype: { value: 'f32|bf16', help: 'of the weights in memory (default: as stored)' },
  quantize: {
    value: quantFormats.join('|'),
    help: 'hold the matrices of the decoder in few bits',
  },
  adapter: { value: 'DIR', help: 'PEFT adapter to put on the model' },
} as const satisfies OptionTable;

/** Opens the model that the arguments name, and says what of its adapter did not fit. */
export async function sessionFromArguments(
  dir: string,
  args: Arguments,
  context: CommandContext,
): Promise<Session> {
  const session = await openSession(dir, {
    ...context.device,
    dtype: args.choice('dtype', ['f32', 'bf16'] as const),
    quantize: args.choice('quantize', quantFormats),
    adapter: args.text('adapter'),
  });
  const unmatched = session.adapter?.unmatched ?? [];
  if (unmatched.length > 0) {
    context.output.note(
      `warning: ${unmatched.length} parts of the adapter fit nothing in the model: ${unmatched.join(', ')}`,
    );
  }
  return session;
}

/** Options that choose tokens; what is not given is as the model folder says. */
export const samplingOptions = {
  'max-new-tokens': { value: 'N', help: 'length of the answer at most' },
  greedy: { help: 'always the most likely token' },
  temperature: { value: 'X', help: 'sample; above 1 flatter, below 1 sharper' },
  'top-k': { value: 'N', help: 'sample from the N most likely; 0 for all' },
  'top-p': { value: 'X', help: 'sample from the likeliest that make up X' },
  'repetition-penalty': { value: 'X', help: 'make tokens seen before less likely; 1 is off' },
  seed: { value: 'N', help: 'of the sampling (default 0)' },
} as const satisfies OptionTable;

/** A temperature, top-k or top-p asks for sampling, unless --greedy is given. */
export function samplingFromArguments(args: Arguments): Partial<GenerationSettings> {
  const given = {
    maxNewTokens: args.integer('max-new-tokens', 1),
    temperature: args.number('temperature', { min: 0 }),
    topK: args.integer('top-k', 0),
    topP: args.number('top-p', { above: 0, max: 1 }),
    repetitionPenalty: args.number('repetition-penalty', { above: 0 }),
    seed: args.number('seed', { min: 0, max: 2 ** 32 - 1, whole: true }),
  };
  const { temperature, topK, topP } = given;
  const samples = [temperature, topK, topP].some((value) => value !== undefined);
  // Temperature 0 is how many tools say greedy.
  const greedy = args.flag('greedy') || temperature === 0;
  const settings: Record<string, number | boolean> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !(name === 'temperature' && value === 0)) settings[name] = value;
  }
  if (greedy || samples) settings['doSample'] = !greedy;
  return settings;
}
