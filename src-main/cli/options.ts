import { parseArgs } from 'node:util';
import { LensmithError } from '../base/errors.ts';

/** One option of a command, in the order of its usage text. */
export interface OptionSpec {
  /** Placeholder of its value; without one it is a flag. */
  readonly value?: string;
  readonly help: string;
  readonly required?: boolean;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** Understood by every command. */
export const commonOptions = {
  json: { help: 'print one JSON document on standard output' },
  device: {
    value: 'NAME',
    help: 'where to compute: auto (default: the best graphics device, else cpu), cpu, vulkan, or vulkan:N as doctor lists it, with :plain behind it to go without its units for matrices',
  },
  'device-memory': { value: 'GIB', help: 'use no more of the memory of the device (default: all)' },
  profile: { help: 'print where the time went, op by op, on standard error' },
  threads: {
    value: 'N',
    help: 'threads of the CPU, at most 4 for each core (default: one for each core)',
  },
  help: { help: 'show how to use this command' },
} as const satisfies OptionTable;

/** Wrong usage: exit status 2. */
export class UsageError extends LensmithError {
  constructor(message: string, details: { expected?: string; got?: string; hint?: string } = {}) {
    super('cli/usage', message, details);
    this.name = 'UsageError';
  }
}

/** Parsed arguments with checked access; what has the wrong form is a UsageError that names the option. */
export class Arguments {
  readonly positionals: readonly string[];
  readonly #values: Readonly<Record<string, string | boolean | undefined>>;

  constructor(
    positionals: readonly string[],
    values: Readonly<Record<string, string | boolean | undefined>>,
  ) {
    this.positionals = positionals;
    this.#values = values;
  }

  positional(index: number): string {
    return this.positionals[index] as string;
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** An option that the table marks as required. */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new UsageError(`--${name} is missing.`);
    return value;
  }

  /** One of a few words. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    throw new UsageError(`--${name} is wrong.`, { expected: choices.join(', '), got: value });
  }

  /** Comma-separated words, each at least once. */
  list(name: string): string[] | undefined {
    return this.text(name)
      ?.split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '');
  }

  /** A finite number within the limits. */
  number(
    name: string,
    limits: {
      readonly min?: number;
      /** The value must be larger than this one. */
      readonly above?: number;
      readonly max?: number;
      readonly whole?: boolean;
    } = {},
  ): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const { min = -Infinity, above = -Infinity, max = Infinity, whole = false } = limits;
    const value = text.trim() === '' ? NaN : Number(text);
    const fits = Number.isFinite(value) && value >= min && value > above && value <= max;
    if (fits && (!whole || Number.isSafeInteger(value))) return value;
    const kind = whole ? 'a whole number' : 'a number';
    const lowest = min > -Infinity ? ` from ${min}` : '';
    const from = above > -Infinity ? ` above ${above}` : lowest;
    const to = max < Infinity ? ` to ${max}` : '';
    throw new UsageError(`--${name} is wrong.`, { expected: `${kind}${from}${to}`, got: text });
  }

  /** A whole number from `min`. */
  integer(name: string, min: number): number | undefined {
    return this.number(name, { min, whole: true });
  }
}

/** What parsing needs to know of a command. */
export interface Usage {
  readonly positionals: readonly string[];
  readonly options: OptionTable;
}

/** @throws UsageError for what is unknown, missing, doubled or too much */
export function parseArguments(argv: readonly string[], usage: Usage): Arguments {
  const table: OptionTable = { ...usage.options, ...commonOptions };
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple: true },
    ]),
  );
  let parsed;
  try {
    parsed = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (thrown) {
    throw new UsageError((thrown as Error).message.split('. ')[0] ?? 'Wrong usage.');
  }
  const values: Record<string, string | boolean | undefined> = {};
  for (const [name, given] of Object.entries(parsed.values)) {
    const [first, second] = given as (string | boolean)[];
    if (second !== undefined && table[name]?.value !== undefined) {
      throw new UsageError(`--${name} is given twice.`);
    }
    values[name] = first;
  }
  if (values['help'] === true) return new Arguments(parsed.positionals, values);
  const missing = Object.entries(table).find(
    ([name, o]) => o.required && values[name] === undefined,
  );
  if (missing) throw new UsageError(`--${missing[0]} ${missing[1].value} is missing.`);
  if (parsed.positionals.length !== usage.positionals.length) {
    throw new UsageError('The number of arguments is wrong.', {
      expected: usage.positionals.join(' ') || 'none',
      got: parsed.positionals.join(' ') || 'none',
    });
  }
  return new Arguments(parsed.positionals, values);
}

/** The usage text of a command. */
export function usageText(name: string, summary: string, usage: Usage): string {
  const shown = (option: string, { value }: OptionSpec): string =>
    value === undefined ? `--${option}` : `--${option} ${value}`;
  const entries = Object.entries(usage.options);
  const required = entries.filter(([, spec]) => spec.required).map(([o, spec]) => shown(o, spec));
  const line = ['lensmith', name, ...usage.positionals, ...required, '[options]'].join(' ');
  const all = [...entries, ...Object.entries(commonOptions)];
  const width = Math.max(...all.map(([option, spec]) => shown(option, spec).length));
  const rows = all.map(([o, spec]) => `  ${shown(o, spec).padEnd(width)}  ${spec.help}`);
  return `${summary}\n\nUsage: ${line}\n\nOptions:\n${rows.join('\n')}\n`;
}
