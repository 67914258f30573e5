import type * as v from 'valibot';

/** Any schema of values that cross. */
export type Schema = v.GenericSchema<unknown, unknown>;

/**
 * A command between a window and the core: what goes in, what comes out, and, where the answer grows
 * (text of a model, word by word), the parts that come before. The schemas give the types on both
 * sides and the checks at run time.
 */
export interface Command<I extends Schema, O extends Schema, P extends Schema> {
  readonly input: I;
  readonly output: O;
  readonly part: P | null;
}

export function command<I extends Schema, O extends Schema>(
  input: I,
  output: O,
): Command<I, O, never> {
  return { input, output, part: null };
}

export function streamingCommand<I extends Schema, O extends Schema, P extends Schema>(
  input: I,
  output: O,
  part: P,
): Command<I, O, P> {
  return { input, output, part };
}

export type Commands = Readonly<Record<string, Command<Schema, Schema, Schema>>>;
export type Events = Readonly<Record<string, Schema>>;
