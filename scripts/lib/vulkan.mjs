// The graphics device that tests run on. Where the machine has none, a software driver imitates one
// (Mesa's lavapipe): slow, but it runs the same kernels.
import { existsSync, readdirSync } from 'node:fs';
import { capture, run } from './process.mjs';

/** Debian's names; Ubuntu has the same ones. */
const packages = ['libvulkan1', 'mesa-vulkan-drivers'];
const driverFolders = [
  '/usr/share/vulkan/icd.d',
  '/etc/vulkan/icd.d',
  '/usr/local/share/vulkan/icd.d',
];

function hasDriver() {
  const names = ['VK_ICD_FILENAMES', 'VK_DRIVER_FILES'];
  if (names.some((name) => (process.env[name] ?? '') !== '')) return true;
  return driverFolders.some(
    (folder) => existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.json')),
  );
}

function hasLoader() {
  return /libvulkan\.so\.1/.test(capture('/sbin/ldconfig', ['-p']) ?? '');
}

async function aptInstall() {
  console.log(`Installing ${packages.join(' ')} for the tests on a graphics device …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, quiet: true };
  await run('apt-get', ['-qq', 'update'], options);
  const args = ['-qq', 'install', '--yes', '--no-install-recommends', ...packages];
  return (await run('apt-get', args, options)).code === 0;
}

/**
 * Makes a Vulkan driver ready before the tests, on Linux. As root on Debian and its kin it installs
 * one; elsewhere it says what to install, and the tests that need it skip aloud.
 */
export async function prepareVulkan() {
  if (process.platform !== 'linux' || (hasLoader() && hasDriver())) return;
  const mayInstall = process.getuid?.() === 0 && capture('apt-get', ['--version']) !== undefined;
  if (mayInstall && (await aptInstall())) return;
  console.log(
    'The tests on a graphics device will be skipped: there is no Vulkan driver here; ' +
      `install one: sudo apt-get install ${packages.join(' ')}`,
  );
}
