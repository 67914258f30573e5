import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import SummaryReporter from './scripts/lib/vitest-reporter.mjs';
import { hasValidationLayer } from './scripts/lib/vulkan.mjs';

/** Tests that start whole programs: a browser, the core, the shell. */
const hostTests = ['tests/ui/**/*.test.ts', 'tests/electron/**/*.test.ts'];

// A driver newer than the layer has what the layer takes for misuse: LENSMITH_VULKAN_VALIDATION=0 leaves it out.
const wantsValidation = hasValidationLayer() && process.env['LENSMITH_VULKAN_VALIDATION'] !== '0';

export default defineConfig({
  // Node 20 does not parse `using`.
  oxc: { target: 'node20' },
  test: {
    // The engine has a thread pool of its own, and a crash in native code must end one file only.
    pool: 'forks',
    maxWorkers: 2,
    retry: 0,
    // Golden values are the CPU's, on machines with a graphics card too; tests of others name them.
    env: {
      LENSMITH_DEVICE: 'cpu',
      // Where the layer is, its first objection to what the kernels do fails the test.
      ...(wantsValidation ? { LENSMITH_VULKAN_VALIDATION: '1' } : {}),
    },
    // What is waited for comes late on a busy machine; a second, the default, is chance there.
    expect: { poll: { timeout: 30_000 } },
    reporters: ['default', new SummaryReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: 'layers',
          include: ['tests/**/*.test.ts'],
          exclude: hostTests,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        // Electron's own package starts a download when Node loads it.
        resolve: {
          alias: {
            electron: join(import.meta.dirname, 'tests/electron/support/fake-electron.ts'),
          },
        },
        test: {
          name: 'hosts',
          include: hostTests,
          // Several programs start in each, on machines of two cores as well.
          testTimeout: 180_000,
          hookTimeout: 120_000,
          // A whole browser on a shared machine stumbles now and then; the summary names each that
          // needed its second try, so that none hides.
          retry: process.env['CI'] === 'true' ? 1 : 0,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
