import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { addonPath, buildDir, nativeDir, toolNode, toolScript } from './paths.mjs';
import { capture, mustRun } from './process.mjs';
import { hashOf, stampMatches, writeStamp } from './stamp.mjs';
import { armCompiler, findCompiler } from './tools.mjs';

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

/** Builds of the native tests beside the usual one, each in a folder of its own. */
const variants = {
  sanitize: ['-DLENSMITH_SANITIZE=ON'],
  // For 64-bit ARM, linked statically so that the emulator needs no libraries of that system.
  neon: [
    '-DCMAKE_SYSTEM_NAME=Linux',
    '-DCMAKE_SYSTEM_PROCESSOR=aarch64',
    `-DCMAKE_CXX_COMPILER=${armCompiler}`,
    '-DCMAKE_EXE_LINKER_FLAGS=-static',
  ],
};

/**
 * Builds the native test programs and names them.
 * @param {'sanitize' | 'neon' | undefined} variant under the sanitizers, or for 64-bit ARM
 * @returns {Promise<string[]>} paths of the programs
 */
export async function buildNativeTests(variant) {
  const folder = variant ? join(buildDir, variant) : buildDir;
  if (variant && !existsSync(join(folder, 'CMakeCache.txt'))) {
    const options = [...variants[variant], '-DCMAKE_BUILD_TYPE=Release'];
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
