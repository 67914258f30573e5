// The graphics device that tests run on. Where the machine has none, a software driver imitates one
// (Mesa's lavapipe): slow, but it runs the same kernels. Khronos' validation layer watches how it is used.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { capture, run } from './process.mjs';

/** Debian's names; Ubuntu has the same ones. */
const packages = ['libvulkan1', 'mesa-vulkan-drivers'];
const layerPackage = 'vulkan-validationlayers';
const driverFolders = [
  '/usr/share/vulkan/icd.d',
  '/etc/vulkan/icd.d',
  '/usr/local/share/vulkan/icd.d',
];
const layerFolders = ['/usr/share/vulkan/explicit_layer.d', '/etc/vulkan/explicit_layer.d'];

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

/** Whether the loader finds the layer that objects to wrong use of a device. */
export function hasValidationLayer() {
  const named = process.env.VK_LAYER_PATH ?? '';
  const folders = named === '' ? layerFolders : named.split(':');
  return folders.some((folder) => existsSync(join(folder, 'VkLayer_khronos_validation.json')));
}

async function aptInstall(packages) {
  console.log(`Installing ${packages.join(' ')} for the tests on a graphics device …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, quiet: true };
  const patience = ['-o', 'Acquire::http::Timeout=20', '-o', 'Acquire::Retries=1'];
  await run('apt-get', ['-qq', ...patience, 'update'], options);
  const args = ['-qq', ...patience, 'install', '--yes', '--no-install-recommends', ...packages];
  return (await run('apt-get', args, options)).code === 0;
}

/**
 * Makes a Vulkan driver and the validation layer ready before the tests, on Linux. As root on Debian and
 * its kin it installs them; elsewhere it says what to install, and the tests that need a driver skip aloud.
 */
export async function prepareVulkan() {
  if (process.platform !== 'linux') return;
  const missing = [
    ...(hasLoader() && hasDriver() ? [] : packages),
    ...(hasValidationLayer() ? [] : [layerPackage]),
  ];
  if (missing.length === 0) return;
  const mayInstall = process.getuid?.() === 0 && capture('apt-get', ['--version']) !== undefined;
  if (mayInstall && (await aptInstall(missing))) return;
  const install = `sudo apt-get install ${missing.join(' ')}`;
  if (!hasLoader() || !hasDriver()) {
    console.log(
      `The tests on a graphics device will be skipped: there is no Vulkan driver here; install one: ${install}`,
    );
  } else {
    console.log(`The tests on a graphics device run without the validation layer: ${install}`);
  }
}
