import { defineConfig } from 'vitest/config';
import SummaryReporter from './scripts/lib/vitest-reporter.mjs';

export default defineConfig({
  // Node 20 does not parse `using`.
  oxc: { target: 'node20' },
  test: {
    include: ['tests/**/*.test.ts'],
    // The engine has a thread pool of its own, and a crash in native code must end one file only.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', new SummaryReporter()],
  },
});
