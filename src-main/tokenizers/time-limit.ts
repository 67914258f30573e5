import vm from 'node:vm';
import { LensmithError } from '../base/errors.ts';

const context = vm.createContext({ work: undefined as (() => void) | undefined });
const script = new vm.Script('work()');

/**
 * Runs synchronous code that follows a stranger's file (a template, a regular expression) and
 * stops it after `limitMs`, loops inside the regular expression engine included. Costs about
 * 0.2 ms. Time is bounded, memory only as far as time bounds it.
 * @throws `code`  when the limit passed
 */
export function runWithTimeLimit<T>(limitMs: number, code: string, what: string, work: () => T): T {
  let result: T | undefined;
  const outer = context.work;
  context.work = () => {
    result = work();
  };
  try {
    script.runInContext(context, { timeout: limitMs });
    return result as T;
  } catch (thrown) {
    if ((thrown as { code?: unknown } | null)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      throw thrown;
    throw new LensmithError(code, `${what} took too long and was stopped.`, {
      expected: `at most ${limitMs} ms`,
      got: `more than ${limitMs} ms`,
      hint: 'The file may be damaged or made to hang programs. Take it from a source you trust.',
      cause: thrown,
    });
  } finally {
    context.work = outer;
  }
}
