// `npm run bench:gpu`: a graphics device checked and measured, with the peer beside it where Python
// has one; see tests/bench/gpu/gpu.ts.
import { join } from 'node:path';
import { root, toolNode } from './lib/paths.mjs';
import { run, runMain } from './lib/process.mjs';
import { setup } from './lib/setup.mjs';

await runMain(async () => {
  await setup({ quiet: true });
  const script = join(root, 'tests', 'bench', 'gpu', 'gpu.ts');
  return (await run(toolNode(), [script, ...process.argv.slice(2)])).code;
});
