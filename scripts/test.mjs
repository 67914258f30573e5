// `npm test` and `npm run check`: set-up, a browser, then types, lint with layers, format, native
// tests and Vitest. All steps run even when one fails; the last line sums them up.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareBrowser } from './lib/browser.mjs';
import { clangFormat } from './lib/clang-format.mjs';
import { runNativeTests } from './lib/native-tests.mjs';
import { prepareNewerDriver } from './lib/newer-driver.mjs';
import { toolNode, toolScript } from './lib/paths.mjs';
import { run, runMain } from './lib/process.mjs';
import { setup } from './lib/setup.mjs';
import { prepareVulkan } from './lib/vulkan.mjs';

/** A check without counts of its own is one test. */
function counted(code) {
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function tool(path, ...args) {
  const { code } = await run(toolNode(), [toolScript(path), ...args]);
  return counted(code);
}

async function nativeLayout() {
  const code = await clangFormat(['--dry-run', '--Werror']);
  return code === undefined ? { passed: 0, failed: 0 } : counted(code);
}

async function vitest(filters) {
  const folder = mkdtempSync(join(tmpdir(), 'lensmith-test-'));
  const path = join(folder, 'counts.json');
  try {
    const args = [toolScript('vitest/vitest.mjs'), 'run', ...filters];
    const env = { ...process.env, LENSMITH_TEST_COUNTS: path };
    const { code } = await run(toolNode(), args, { env });
    const counts = JSON.parse(readFileSync(path, 'utf8'));
    if (code !== 0 && counts.failed === 0) counts.failed = 1;
    return counts;
  } catch (error) {
    console.error(`Vitest did not report: ${error.message}`);
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const steps = {
  types: () => tool('typescript/bin/tsc', '--noEmit'),
  'types of the renderer': () => tool('typescript/bin/tsc', '--noEmit', '-p', 'src-renderer'),
  'types of the UI tests': () => tool('typescript/bin/tsc', '--noEmit', '-p', 'tests/ui'),
  'types of the renderer tests': () =>
    tool('typescript/bin/tsc', '--noEmit', '-p', 'tests/renderer'),
  'types of components': () =>
    tool(
      'svelte-check/bin/svelte-check',
      ...['--tsconfig', 'src-renderer/tsconfig.json', '--fail-on-warnings'],
    ),
  'lint and layers': () => tool('eslint/bin/eslint.js', '.', '--max-warnings', '0'),
  format: () => tool('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'),
  'clang-format': nativeLayout,
  'native tests': () => runNativeTests(),
  tests: () => vitest([]),
};

await runMain(async () => {
  await setup();
  await prepareBrowser();
  await prepareVulkan();
  await prepareNewerDriver();
  let passed = 0;
  let failed = 0;
  const failedSteps = [];
  for (const [name, step] of Object.entries(steps)) {
    console.log(`\n== ${name}`);
    const counts = await step();
    passed += counts.passed;
    failed += counts.failed;
    if (counts.failed > 0) failedSteps.push(name);
  }
  if (failedSteps.length > 0) console.log(`\nfailed: ${failedSteps.join(', ')}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
});
