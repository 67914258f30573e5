// Makes a fresh clone ready to run: packages, addon, bundle. Does only what is out of date, and
// needs nothing but Node itself, since it runs before anything is installed.
import { buildBundle, isBundled } from './bundle.mjs';
import { installPackages, isInstalled } from './install.mjs';
import { withSetupLock } from './lock.mjs';
import { buildNative, isNativeBuilt } from './native.mjs';
import { checkTools } from './tools.mjs';

const steps = [
  { title: 'Installing packages (npm ci)', done: isInstalled, make: installPackages },
  { title: 'Building the native engine', done: isNativeBuilt, make: buildNative },
  { title: 'Bundling', done: isBundled, make: buildBundle },
];

/**
 * @param {{ quiet?: boolean }} options quiet: the tools' own output appears only on failure;
 *   what is said goes to standard error, so that standard output stays the command's own
 */
export async function setup({ quiet = false } = {}) {
  checkTools({ native: false });
  if (steps.every((step) => step.done())) return;
  await withSetupLock(async () => {
    if (!isNativeBuilt()) checkTools({ native: true });
    for (const { title, done, make } of steps) {
      if (done()) continue;
      const startMs = Date.now();
      console.error(`${title} …`);
      await make({ quiet });
      console.error(`${title}: ${((Date.now() - startMs) / 1000).toFixed(0)} s`);
    }
  });
}
