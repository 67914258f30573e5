import type { DeviceOptions } from '../tensor/device.ts';
import type { Arguments, Usage } from './options.ts';
import type { Output } from './output.ts';

/** What a command is given besides its arguments. */
export interface CommandContext {
  readonly output: Output;
  /** From --device and --threads. */
  readonly device: DeviceOptions;
  /** Aborted by Ctrl+C. */
  readonly signal: AbortSignal;
  /** Standard input; only a command that reads it opens it. */
  readonly input: () => NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /**
   * Takes Ctrl+C for itself until the returned function is called: a chat stops
   * an answer with it, not the program.
   */
  interceptInterrupt(handler: () => void): () => void;
}

/** One file of commands/ exports one. */
export interface Command extends Usage {
  /** Prints its result by `context.output`; what it throws becomes the exit status. */
  run(args: Arguments, context: CommandContext): Promise<void>;
}

/** A line of the index: the command itself is loaded only when it is used. */
export interface CommandEntry {
  /** One or two words: `doctor`, `model inspect`. */
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}
