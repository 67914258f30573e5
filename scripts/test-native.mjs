// `npm run test:native` and `npm run test:sanitize`.
import { runNativeTests } from './lib/native-tests.mjs';
import { runMain } from './lib/process.mjs';
import { setup } from './lib/setup.mjs';

await runMain(async () => {
  await setup();
  const sanitize = process.argv.includes('--sanitize');
  const { passed, failed } = await runNativeTests({ sanitize });
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
});
