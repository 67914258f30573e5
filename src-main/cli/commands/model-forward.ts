import { forward, writeForward } from '../../app/forward/forward.ts';
import type { Command } from '../command.ts';
import { formatTable } from '../format.ts';
import { sessionFromArguments, sessionOptions } from '../session-options.ts';

export const modelForward: Command = {
  positionals: ['DIR'],
  options: {
    conversation: { value: 'FILE', help: 'JSON: {"messages": […]}', required: true },
    out: { value: 'FILE.safetensors', help: 'where the tensors go', required: true },
    'generation-prompt': { help: 'end with the words after which the assistant answers' },
    ...sessionOptions,
  },
  async run(args, context) {
    const { output, signal } = context;
    using session = await sessionFromArguments(args.positional(0), args, context);
    const result = await forward(session, {
      conversation: args.required('conversation'),
      addGenerationPrompt: args.flag('generation-prompt'),
      signal,
    });
    const out = args.required('out');
    await writeForward(out, result);
    const { prompt, tokenCount, loss } = result;
    const tensors = result.tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
    output.result({ prompt, tokenCount, loss, out, tensors }, () =>
      [
        formatTable([
          ['tokens', String(tokenCount)],
          ['loss', loss === null ? 'no answer in the conversation' : loss.toFixed(6)],
          ...tensors.map(({ name, dtype, shape }) => [name, `${dtype} [${shape.join(', ')}]`]),
        ]),
        `written to ${out}`,
      ].join('\n'),
    );
  },
};
