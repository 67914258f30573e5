// The browser that UI tests drive. Chromium comes from npm as one compressed file (Linux x64); it
// is unpacked once into .cache and needs three libraries and a font of the system. Elsewhere an
// installed Chrome, Chromium or Edge does.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withSetupLock } from './lock.mjs';
import { root, toolNode, toolScript } from './paths.mjs';
import { capture, mustRun, run, SetupError } from './process.mjs';

/** Debian's names; Ubuntu has the same ones. */
const debianPackages = ['libnss3', 'libnspr4', 'libexpat1'];
const fontPackage = 'fonts-dejavu-core';
const packageFolder = toolScript('@sparticuz/chromium');
const isPacked = process.platform === 'linux' && process.arch === 'x64';

/** Where Chromium from npm is unpacked, and SwiftShader with it; undefined where npm has none. */
export function packedBrowserFolder() {
  if (!existsSync(packageFolder)) return undefined;
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  return join(root, '.cache', `chromium-${version}`);
}

/** The package writes into the folder for temporary files, so each unpacking gets one of its own. */
async function unpack(folder) {
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    const entry = pathToFileURL(join(packageFolder, 'build', 'index.js')).href;
    const code = `const { default: chromium } = await import('${entry}'); await chromium.executablePath();`;
    const env = { ...process.env, TMPDIR: partial };
    const args = ['--input-type=module', '--eval', code];
    await mustRun('Unpacking Chromium', toolNode(), args, { env, quiet: true });
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

async function packedBrowser() {
  const folder = packedBrowserFolder();
  if (!isPacked || folder === undefined) return undefined;
  const path = join(folder, 'chromium');
  if (!existsSync(path)) {
    await withSetupLock(async () => {
      if (!existsSync(path)) await unpack(folder);
    });
  }
  return path;
}

function installedBrowsers() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const onPath = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  const applications = [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
    ...[process.env.ProgramFiles, process.env['ProgramFiles(x86)']]
      .filter((folder) => folder !== undefined)
      .flatMap((folder) => [
        join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe'),
        join(folder, 'Microsoft', 'Edge', 'Application', 'msedge.exe'),
      ]),
  ];
  return [
    ...onPath.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...applications,
  ].filter((path) => existsSync(path));
}

/** Whether the program starts: a missing library shows here. Chrome for Windows cannot be asked. */
function starts(path) {
  return process.platform === 'win32' || capture(path, ['--version']) !== undefined;
}

function hasFonts(folder = '/usr/share/fonts') {
  if (process.platform !== 'linux') return true;
  return (
    existsSync(folder) &&
    readdirSync(folder, { recursive: true }).some((name) => /\.(ttf|otf|ttc)$/i.test(name))
  );
}

function missingPackages(path) {
  const packages = path !== undefined && !starts(path) ? [...debianPackages] : [];
  if (!hasFonts()) packages.push(fontPackage);
  return packages;
}

function howToInstall() {
  const packages = [...debianPackages, fontPackage].join(' ');
  if (isPacked) return `install what it needs: sudo apt-get install ${packages}`;
  return 'install Chrome, Chromium or Edge, or set LENSMITH_BROWSER to the path of one';
}

/**
 * Finds a browser that starts: LENSMITH_BROWSER, the one from npm, an installed one.
 * @returns {Promise<{ path: string } | { reason: string }>} reason: what to do to have one
 */
export async function findBrowser() {
  const chosen = process.env.LENSMITH_BROWSER;
  if (chosen) {
    return starts(chosen)
      ? { path: chosen }
      : { reason: `LENSMITH_BROWSER is ${chosen}, which does not start` };
  }
  const packed = await packedBrowser();
  for (const path of [packed, ...installedBrowsers()]) {
    if (path !== undefined && starts(path)) return { path };
  }
  return { reason: `no browser starts here; ${howToInstall()}` };
}

/** Whether a missing browser is an error: on CI for Linux, and where it is asked for. */
export function isBrowserRequired() {
  const isCi = process.env.CI === 'true' && process.platform === 'linux';
  return isCi || process.env.REQUIRE_BROWSER === '1';
}

async function aptInstall(packages) {
  console.log(`Installing ${packages.join(' ')} for the browser of the tests …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, quiet: true };
  await run('apt-get', ['-qq', 'update'], options);
  const args = ['-qq', 'install', '--yes', '--no-install-recommends', ...packages];
  return (await run('apt-get', args, options)).code === 0;
}

/**
 * Makes the browser ready before the tests. As root on Debian and its kin it installs what is
 * missing; elsewhere it says what to install, and the tests that need a browser skip aloud.
 * @throws SetupError where a browser is required and cannot be had
 */
export async function prepareBrowser() {
  const missing = missingPackages(process.env.LENSMITH_BROWSER ?? (await packedBrowser()));
  const isRoot = process.getuid?.() === 0;
  if (missing.length > 0 && isRoot && capture('apt-get', ['--version']) !== undefined) {
    await aptInstall(missing);
  }
  const found = await findBrowser();
  if ('path' in found) return;
  if (isBrowserRequired()) throw new SetupError(`The UI tests cannot run: ${found.reason}.`);
  console.log(`The UI tests will be skipped: ${found.reason}.`);
}
