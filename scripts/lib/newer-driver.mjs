// A newer lavapipe for the tests than most systems have: the first software driver with cooperative
// matrices. Debian's packages of it are unpacked into .cache together with the loader and the C
// library that they need; a Node that is started through that loader computes on it. Nothing of the
// system changes, and nothing is installed.
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withSetupLock } from './lock.mjs';
import { addonPath, root, toolNode } from './paths.mjs';
import { capture, run, SetupError } from './process.mjs';

/** A release that stands still, and what is brought to it of the one after. */
const release = 'trixie';
const backports = `${release}-backports`;
const packages = [
  `mesa-vulkan-drivers/${backports}`,
  'libvulkan1',
  'libstdc++6',
  'vulkan-validationlayers',
];
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const askedBy = 'LENSMITH_FETCH_DRIVER';
const stepLimitMs = 40_000;

const folder = join(root, '.cache', `vulkan-driver-${release}`);
const whyNotFile = `${folder}.why-not`;

/** The names of the starter and of what it has Node load first. */
const starter = 'node';
const preload = 'children.mjs';

/**
 * The Node that computes on the newer driver, and what to add to its environment; or why there is
 * none.
 * @returns {{ node: string, env: Record<string, string> } | { reason: string }}
 */
export function findNewerDriver() {
  if (existsSync(folder)) return { node: join(folder, starter), env: environmentOf(folder) };
  if (existsSync(whyNotFile)) return { reason: readFileSync(whyNotFile, 'utf8') };
  const how = `${askedBy}=1 npm test fetches one (about 80 MB of Debian’s packages, into .cache)`;
  return { reason: `no software driver with cooperative matrices is here; ${how}` };
}

/** Fetches the driver where LENSMITH_FETCH_DRIVER=1 asks for it; says so when it cannot be had. */
export async function prepareNewerDriver() {
  if (process.env[askedBy] === '1') await withSetupLock(fetchOnce);
  const found = findNewerDriver();
  if ('reason' in found) {
    console.log(`Kernels with cooperative matrices will not be tested: ${found.reason}.`);
  }
}

async function fetchOnce() {
  if (existsSync(folder)) return;
  rmSync(whyNotFile, { force: true });
  const partial = `${folder}.${process.pid}`;
  try {
    await fetchInto(partial);
    renameSync(partial, folder);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    writeFileSync(whyNotFile, `a software driver with them could not be fetched: ${error.message}`);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

async function fetchInto(partial) {
  const mirror = debianMirror();
  console.log('Fetching a Vulkan driver with cooperative matrices for the tests …');
  const apt = join(partial, 'apt');
  const env = { ...process.env, ...aptOfItsOwn(apt, mirror), DEBIAN_FRONTEND: 'noninteractive' };
  await step('the lists of packages did not come', 'apt-get', ['-qq', 'update'], env);
  const download = ['-qq', 'install', '--yes', '--download-only', '--no-install-recommends'];
  await step('the packages did not come', 'apt-get', [...download, ...packages], env);
  for (const name of readdirSync(apt).filter((one) => one.endsWith('.deb'))) {
    await step(`${name} does not unpack`, 'dpkg-deb', ['--extract', join(apt, name), partial], env);
  }
  rmSync(apt, { recursive: true });
  writeStarter(partial);
  const question =
    'process.exitCode = require(process.argv[1]).devices()' +
    ".some(({ features }) => features.join().includes('cooperative matrices')) ? 0 : 1";
  const ask = ['--eval', question, addonPath];
  const started = { ...process.env, ...environmentOf(partial) };
  await step('it shows no cooperative matrices', join(partial, starter), ask, started);
}

/** Where this machine has its own packages of Debian from. */
function debianMirror() {
  const isFit = process.platform === 'linux' && process.arch === 'x64' && existsSync(keyring);
  const format = ['--format', '$(ORIGIN) $(LABEL) $(REPO_URI)', 'Created-By: Packages'];
  const targets = isFit ? (capture('apt-get', ['indextargets', ...format]) ?? '') : '';
  const [, mirror] = /^Debian Debian (\S+)$/m.exec(targets) ?? [];
  if (mirror !== undefined && capture('dpkg-deb', ['--version']) !== undefined) return mirror;
  throw new SetupError('that needs Debian for x64, after apt-get update');
}

/**
 * Of the system's settings only its way to the mirror: none of its lists, packages and hooks.
 * @returns {{ APT_CONFIG: string }} environment for apt
 */
function aptOfItsOwn(apt, mirror) {
  for (const name of ['lists', 'parts']) mkdirSync(join(apt, name), { recursive: true });
  mkdirSync(join(apt, 'partial'));
  writeFileSync(join(apt, 'status'), '');
  const origin = `deb [arch=amd64 signed-by=${keyring}] ${mirror}`;
  const sources = [release, backports].map((suite) => `${origin} ${suite} main\n`);
  writeFileSync(join(apt, 'sources.list'), sources.join(''));
  const network = (capture('apt-config', ['dump']) ?? '').split('\n');
  const path = join(apt, 'apt.conf');
  const lines = [
    ...network.filter((line) => /^Acquire::https?::/.test(line)),
    `Dir::Etc "${apt}";`,
    `Dir::Etc::parts "${apt}/parts";`,
    `Dir::Etc::sourcelist "${apt}/sources.list";`,
    `Dir::Etc::sourceparts "${apt}/parts";`,
    `Dir::Etc::preferencesparts "${apt}/parts";`,
    `Dir::State "${apt}";`,
    `Dir::State::status "${apt}/status";`,
    `Dir::Cache "${apt}";`,
    `Dir::Cache::archives "${apt}";`,
    'Acquire::Languages "none";',
    'Acquire::Retries "1";',
    'Acquire::http::Timeout "20";',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";',
    // A mirror that was left as it was on some day will do for tests.
    'Acquire::Check-Valid-Until "false";',
    'APT::Architecture "amd64";',
    'APT::Sandbox::User "";',
  ];
  writeFileSync(path, `${lines.join('\n')}\n`);
  return { APT_CONFIG: path };
}

async function step(failure, command, args, env) {
  const { code } = await run(command, args, { env, quiet: true, timeoutMs: stepLimitMs });
  if (code !== 0) throw new SetupError(failure);
}

/** What it starts is on the folder's libraries, and so are its children. */
function writeStarter(partial) {
  const text = [
    '#!/bin/sh',
    'here=$(cd "$(dirname "$0")" && pwd)',
    'libraries="$here/usr/lib/x86_64-linux-gnu"',
    'exec "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" \\',
    `  "$LENSMITH_DRIVER_NODE" --import "$here/${preload}" "$@"`,
  ];
  writeFileSync(join(partial, starter), `${text.join('\n')}\n`);
  chmodSync(join(partial, starter), 0o755);
  const path = `new URL('./${starter}', import.meta.url).pathname`;
  writeFileSync(join(partial, preload), `process.execPath = ${path};\n`);
}

function environmentOf(unpacked) {
  const vulkan = join(unpacked, 'usr', 'share', 'vulkan');
  const driver = join(vulkan, 'icd.d', 'lvp_icd.json');
  return {
    LENSMITH_DRIVER_NODE: toolNode(),
    VK_ICD_FILENAMES: driver,
    VK_DRIVER_FILES: driver,
    VK_LAYER_PATH: join(vulkan, 'explicit_layer.d'),
    VK_LOADER_LAYERS_DISABLE: '~implicit~',
  };
}
