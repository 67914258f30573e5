import { generateAnswer } from '../../app/generate/generate.ts';
import type { GenerateResult } from '../../app/generate/generate.ts';
import type { Command } from '../command.ts';
import {
  samplingFromArguments,
  samplingOptions,
  sessionFromArguments,
  sessionOptions,
} from '../session-options.ts';

export const modelGenerate: Command = {
  positionals: ['DIR'],
  options: {
    conversation: { value: 'FILE', help: 'JSON: {"messages": […]}', required: true },
    ...samplingOptions,
    'ignore-eos': { help: 'go on after the end of the text' },
    ...sessionOptions,
  },
  async run(args, context) {
    const { output, signal } = context;
    using session = await sessionFromArguments(args.positional(0), args, context);
    const result = await generateAnswer(session, {
      conversation: args.required('conversation'),
      settings: samplingFromArguments(args),
      ignoreEos: args.flag('ignore-eos'),
      onToken: (_, text) => output.stream(text),
      signal,
    });
    output.result(result, () => '');
    if (!output.json) output.note(describeSpeed(result));
  },
};

/** `12 tokens, prefill 350 tokens/s, decode 40 tokens/s (stop)` */
export function describeSpeed(
  result: Pick<
    GenerateResult,
    'newTokenIds' | 'prefillTokensPerSecond' | 'decodeTokensPerSecond' | 'finishReason'
  >,
): string {
  const rate = (value: number): string => value.toPrecision(3);
  const { prefillTokensPerSecond: prefill, decodeTokensPerSecond: decode } = result;
  const speeds = [
    `prefill ${rate(prefill)} tokens/s`,
    ...(decode === null ? [] : [`decode ${rate(decode)} tokens/s`]),
  ];
  return `${result.newTokenIds.length} tokens, ${speeds.join(', ')} (${result.finishReason})`;
}
