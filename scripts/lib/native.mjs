import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { addonPath, buildDir, nativeDir, toolNode, toolScript } from './paths.mjs';
import { capture, mustRun } from './process.mjs';
import { hashOf, stampMatches, writeStamp } from './stamp.mjs';
import { findCompiler } from './tools.mjs';

const sourceStamp = join(buildDir, '.lensmith-sources');
const toolchainStamp = join(buildDir, '.lensmith-toolchain');

function sourceHash() {
  return hashOf([nativeDir], [process.platform, process.arch]);
}

/** What an existing CMake build folder cannot survive a change of. */
function toolchainHash() {
  const cmakeJs = readFileSync(toolScript('cmake-js/package.json'), 'utf8');
  return hashOf(
    [],
    [nativeDir, findCompiler()?.version ?? '', capture('cmake', ['--version']) ?? '', cmakeJs],
  );
}

export function isNativeBuilt() {
  return existsSync(addonPath) && stampMatches(sourceStamp, sourceHash());
}

function dropForeignBuild() {
  const hash = toolchainHash();
  if (stampMatches(toolchainStamp, hash)) return;
  rmSync(buildDir, { recursive: true, force: true });
  writeStamp(toolchainStamp, hash);
}

/** Builds the addon (Release), then loads it once so that a missing symbol shows here. */
export async function buildNative({ quiet }) {
  const hash = sourceHash(); // before the build: an edit during it must lead to another one
  dropForeignBuild();
  const args = ['build', '--directory', nativeDir, '--out', buildDir, '--config', 'Release'];
  args.push(
    '--log-level',
    'warn',
    '--target',
    'lensmith',
    '--parallel',
    String(availableParallelism()),
  );
  const cmakeJs = toolScript('cmake-js/bin/cmake-js');
  await mustRun('The native build', toolNode(), [cmakeJs, ...args], { quiet });
  const load = `require(${JSON.stringify(addonPath)})`;
  await mustRun('Loading the addon', toolNode(), ['--eval', load], { quiet });
  writeStamp(sourceStamp, hash);
}

/**
 * Builds the native test programs and names them.
 * @param {{ sanitize: boolean }} options sanitize: a build of its own under the sanitizers
 * @returns {Promise<string[]>} paths of the programs
 */
export async function buildNativeTests({ sanitize }) {
  const folder = sanitize ? join(buildDir, 'sanitize') : buildDir;
  if (sanitize && !existsSync(join(folder, 'CMakeCache.txt'))) {
    const options = ['-DLENSMITH_SANITIZE=ON', '-DCMAKE_BUILD_TYPE=Release'];
    await mustRun('CMake', 'cmake', ['-S', nativeDir, '-B', folder, ...options], { quiet: true });
  }
  const build = ['--build', folder, '--config', 'Release', '--target', 'native_tests'];
  build.push('--parallel', String(availableParallelism()));
  await mustRun('The build of the native tests', 'cmake', build, { quiet: true });
  const programs = new Set(
    readdirSync(join(nativeDir, 'test'), { withFileTypes: true })
      .filter((entry) => /^test_.*\.cc$/.test(entry.name))
      .map((entry) => entry.name.replace(/\.cc$/, process.platform === 'win32' ? '.exe' : '')),
  );
  return [...programs].sort().map((name) => join(folder, 'tests', name));
}
