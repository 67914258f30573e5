import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';
import { Chat } from '../../app/chat/chat.ts';
import { LensmithError, asLensmithError } from '../../base/errors.ts';
import type { GenerationSettings } from '../../generation/settings.ts';
import type { Command, CommandContext } from '../command.ts';
import {
  samplingFromArguments,
  samplingOptions,
  sessionFromArguments,
  sessionOptions,
} from '../session-options.ts';
import { describeSpeed } from './model-generate.ts';

const helpText = `/image PATH   show a picture with the next question
/video PATH   show a clip with the next question
/reset        begin anew
/help         this list
/exit         leave (or Ctrl+D; Ctrl+C stops an answer)
`;

export const chat: Command = {
  positionals: ['DIR'],
  options: { ...samplingOptions, ...sessionOptions },
  async run(args, context) {
    const { output } = context;
    const settings = samplingFromArguments(args);
    using session = await sessionFromArguments(args.positional(0), args, context);
    using conversation = new Chat(session);
    const input = context.input();
    const interactive = input.isTTY === true;
    const lines = createInterface({ input, terminal: false });
    if (interactive) output.note('Ask, or /image PATH first; /help lists more.');
    try {
      await talk(conversation, lines, settings, context, interactive);
    } finally {
      lines.close();
    }
    const { messages } = conversation;
    if (output.json) output.result({ messages }, () => '');
  },
};

/**
 * Reads lines to the end of the input. At a terminal a fault is told and the
 * talk goes on; from a pipe it ends the command, so that a script notices.
 */
async function talk(
  conversation: Chat,
  lines: Interface,
  settings: Partial<GenerationSettings>,
  context: CommandContext,
  interactive: boolean,
): Promise<void> {
  const { output, signal } = context;
  const prompt = (): void => void (interactive && output.stream('> '));
  const close = (): void => lines.close();
  signal.addEventListener('abort', close);
  prompt();
  for await (const line of lines) {
    const text = line.trim();
    if (text === '/exit' || text === '/quit') break;
    try {
      if (text !== '') await answerLine(conversation, text, settings, context);
    } catch (thrown) {
      if (!interactive) throw thrown;
      const error = asLensmithError(thrown);
      if (error.code === 'job/cancelled') output.note('(stopped)');
      else
        output.note(`error ${error.code}: ${error.message}${error.hint ? ` ${error.hint}` : ''}`);
    }
    if (signal.aborted) break;
    prompt();
  }
  signal.removeEventListener('abort', close);
}

async function answerLine(
  conversation: Chat,
  text: string,
  settings: Partial<GenerationSettings>,
  context: CommandContext,
): Promise<void> {
  const { output } = context;
  const [, command, argument = ''] = /^\/(\w+)\s*(.*)$/s.exec(text) ?? [];
  switch (command) {
    case undefined:
      return ask(conversation, text, settings, context);
    case 'image':
      await conversation.attach({ type: 'image', path: resolve(unquote(argument)) });
      return output.note(`(${conversation.attached.length} attached to the next question)`);
    case 'video':
      await conversation.attach({ type: 'video', path: resolve(unquote(argument)) });
      return output.note(`(${conversation.attached.length} attached to the next question)`);
    case 'reset':
      conversation.reset();
      return output.note('(a new conversation)');
    case 'help':
      return output.note(helpText);
    default:
      throw new LensmithError('chat/unknown-command', `There is no /${command}.`, {
        hint: '/help lists what there is.',
      });
  }
}

/** Shells and file managers quote the paths that they paste. */
function unquote(path: string): string {
  return /^(["']).*\1$/s.test(path) ? path.slice(1, -1) : path;
}

async function ask(
  conversation: Chat,
  text: string,
  settings: Partial<GenerationSettings>,
  context: CommandContext,
): Promise<void> {
  const { output, interceptInterrupt } = context;
  const stop = new AbortController();
  const release = interceptInterrupt(() => stop.abort());
  try {
    const onText = (piece: string): void => output.stream(piece);
    const answer = await conversation.ask(text, { settings, onText, signal: stop.signal });
    output.stream('\n');
    if (context.input().isTTY) output.note(describeSpeed(answer));
  } finally {
    release();
  }
}
