import { Environment, Interpreter, Template } from '@huggingface/jinja';
import { LensmithError, asLensmithError } from '../base/errors.ts';
import { runWithTimeLimit } from './time-limit.ts';

const maxTemplateCharacters = 2 ** 20;
const maxOutputCharacters = 2 ** 25;
const maxRangeLength = 100_000;
const renderLimitMs = 2000;

class RefusedByTemplate extends Error {}

function boundedRange(first: number, second?: number | null, third?: number | null): number[] {
  const start = typeof second === 'number' ? first : 0;
  const stop = typeof second === 'number' ? second : first;
  const step = typeof third === 'number' ? third : 1;
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (step === 0 || !(length <= maxRangeLength)) {
    throw new Error(`range() of ${length} numbers is more than ${maxRangeLength}`);
  }
  return Array.from({ length }, (_, i) => start + i * step);
}

/** The directives of Python's strftime that templates use, in English as in the C locale. */
function strftime(date: Date, format: string): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const english = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat('en-US', options).format(date);
  const directives: { readonly [letter: string]: () => string } = {
    Y: () => String(date.getFullYear()),
    y: () => two(date.getFullYear() % 100),
    m: () => two(date.getMonth() + 1),
    d: () => two(date.getDate()),
    b: () => english({ month: 'short' }),
    B: () => english({ month: 'long' }),
    a: () => english({ weekday: 'short' }),
    A: () => english({ weekday: 'long' }),
    H: () => two(date.getHours()),
    I: () => two(date.getHours() % 12 || 12),
    p: () => (date.getHours() < 12 ? 'AM' : 'PM'),
    M: () => two(date.getMinutes()),
    S: () => two(date.getSeconds()),
    '%': () => '%',
  };
  return format.replace(/%(.)/g, (whole, letter: string) =>
    Object.hasOwn(directives, letter) ? (directives[letter]?.() ?? whole) : whole,
  );
}

/**
 * One Jinja template that may come from a stranger. A render is stopped after two seconds (loops
 * and regular expressions included); template and output have a greatest length, `range` a
 * greatest count, and deep nesting ends in an error. The template sees only the values it is
 * given: no files, no globals, no code. What remains is memory: within its two seconds a hostile
 * template can still build large lists.
 */
export class TemplateEngine {
  readonly #program: Template['parsed'];
  readonly #name: string;
  readonly #now: () => Date;

  /** @throws tokenizers/bad-template  the text is too long or no Jinja */
  constructor(name: string, text: string, now: () => Date) {
    this.#name = name;
    this.#now = now;
    if (text.length > maxTemplateCharacters) {
      throw new LensmithError('tokenizers/bad-template', `The chat template ${name} is too long.`, {
        expected: `at most ${maxTemplateCharacters} characters`,
        got: `${text.length} characters`,
      });
    }
    this.#program = this.#guard(() => new Template(text).parsed);
  }

  /**
   * @throws tokenizers/bad-template      the template fails, or writes too much
   * @throws tokenizers/template-refused  the template called raise_exception
   * @throws tokenizers/template-too-slow
   */
  render(variables: { readonly [name: string]: unknown }): string {
    return this.#guard(() => {
      const environment = this.#environment();
      for (const [name, value] of Object.entries(variables)) environment.set(name, value);
      const result: unknown = new Interpreter(environment).run(this.#program).value;
      if (typeof result === 'string' && result.length <= maxOutputCharacters) return result;
      throw new Error(`the output is longer than ${maxOutputCharacters} characters`);
    });
  }

  #environment(): Environment {
    const globals = new Environment();
    const constants = {
      true: true,
      false: false,
      none: null,
      True: true,
      False: false,
      None: null,
    };
    for (const [name, value] of Object.entries(constants)) globals.set(name, value);
    globals.set('range', boundedRange);
    globals.set('strftime_now', (format: string) => strftime(this.#now(), format));
    globals.set('raise_exception', (message: string) => {
      throw new RefusedByTemplate(String(message));
    });
    return new Environment(globals);
  }

  #guard<T>(work: () => T): T {
    const what = `The chat template ${this.#name}`;
    try {
      return runWithTimeLimit(renderLimitMs, 'tokenizers/template-too-slow', what, work);
    } catch (thrown) {
      if (thrown instanceof LensmithError) throw thrown;
      const refused = thrown instanceof RefusedByTemplate;
      throw new LensmithError(
        refused ? 'tokenizers/template-refused' : 'tokenizers/bad-template',
        refused ? `${what} refuses this conversation.` : `${what} cannot be used.`,
        {
          expected: refused
            ? 'a conversation of the form that the template takes'
            : 'a Jinja template',
          got: asLensmithError(thrown).message.slice(0, 500),
          cause: thrown,
        },
      );
    }
  }
}
