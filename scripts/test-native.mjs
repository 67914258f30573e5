// `npm run test:native` and `npm run test:sanitize`. With `--neon`, the kernels for 64-bit ARM in an
// emulator (`apt-get install qemu-user g++-aarch64-linux-gnu`).
import { runNativeTests } from './lib/native-tests.mjs';
import { runMain } from './lib/process.mjs';
import { setup } from './lib/setup.mjs';
import { missingArmTool } from './lib/tools.mjs';

await runMain(async () => {
  await setup();
  const variant = ['sanitize', 'neon'].find((name) => process.argv.includes(`--${name}`));
  const missing = variant === 'neon' ? missingArmTool() : undefined;
  if (missing !== undefined) {
    console.log(`skipped: ${missing} is not installed, so nothing runs for 64-bit ARM`);
    return 0;
  }
  const { passed, failed } = await runNativeTests(variant);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
});
