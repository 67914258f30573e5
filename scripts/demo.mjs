// `npm run demo`: everything from a fresh clone to a fine-tuned model.
import { join } from 'node:path';
import { root, toolNode } from './lib/paths.mjs';
import { run, runMain } from './lib/process.mjs';
import { setup } from './lib/setup.mjs';

await runMain(async () => {
  await setup();
  const launcher = join(root, 'bin', 'lensmith.mjs');
  const { code } = await run(toolNode(), [launcher, 'demo', ...process.argv.slice(2)]);
  return code;
});
