// `npm run setup`: packages, addon and bundle, as `npm test` and `npm run demo` do by themselves.
import { runMain } from './lib/process.mjs';
import { setup } from './lib/setup.mjs';

await runMain(async () => {
  await setup();
  return 0;
});
