import { basename } from 'node:path';
import { buildNativeTests } from './native.mjs';
import { run } from './process.mjs';
import { armEmulator } from './tools.mjs';

/**
 * Builds and runs native/test/test_*.cc. Each program ends with `N passed, N failed`; one that dies
 * before that, or exits with a status without naming a failure, counts as one failure.
 * @param {'sanitize' | 'neon'} [variant] under the sanitizers, or for 64-bit ARM in an emulator
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runNativeTests(variant) {
  let passed = 0;
  let failed = 0;
  for (const program of await buildNativeTests(variant)) {
    console.log(`${basename(program)}`);
    const [command, ...args] = variant === 'neon' ? [armEmulator, program] : [program];
    const { code, output } = await run(command, args, { keep: true });
    const counts = /(\d+) passed, (\d+) failed\s*$/.exec(output);
    passed += Number(counts?.[1] ?? 0);
    const named = Number(counts?.[2] ?? 0);
    failed += named === 0 && (code !== 0 || !counts) ? 1 : named;
  }
  return { passed, failed };
}
