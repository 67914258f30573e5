// `npm run fuzz:ops`: every op on a graphics device beside the CPU, in random shapes; see
// tests/fuzz/ops/fuzz.ts. Not part of `npm test`: it runs for as long as it is told.
import { join } from 'node:path';
import { root, toolNode } from './lib/paths.mjs';
import { run, runMain } from './lib/process.mjs';
import { setup } from './lib/setup.mjs';

await runMain(async () => {
  await setup({ quiet: true });
  const script = join(root, 'tests', 'fuzz', 'ops', 'fuzz.ts');
  return (await run(toolNode(), [script, ...process.argv.slice(2)])).code;
});
