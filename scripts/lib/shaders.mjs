// GLSL to SPIR-V for native/backends/vulkan: see scripts/shaders.mjs.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { nativeDir } from './paths.mjs';
import { capture, SetupError } from './process.mjs';

const backend = join(nativeDir, 'backends', 'vulkan');
const sources = join(backend, 'shaders');
const results = join(backend, 'spirv');
const wordsPerLine = 8;

/** What compiles, and its version; undefined where it is not installed. */
export function glslangVersion() {
  const [, version] =
    /Glslang Version: (\S+)/.exec(capture('glslangValidator', ['--version']) ?? '') ?? [];
  return version;
}

/** The version that made the committed words. */
export function committedVersion() {
  return readFileSync(join(results, 'VERSION'), 'utf8').trim();
}

function shaderNames() {
  return readdirSync(sources)
    .filter((name) => name.endsWith('.comp'))
    .map((name) => basename(name, '.comp'))
    .sort();
}

function compile(name, folder) {
  const output = join(folder, `${name}.spv`);
  const source = join(sources, `${name}.comp`);
  const args = ['--target-env', 'vulkan1.2', '--quiet', '-o', output, source];
  const said = capture('glslangValidator', args);
  if (said === undefined)
    throw new SetupError(`${source} does not compile: run glslangValidator ${args.join(' ')}`);
  return output;
}

function asWords(path) {
  const bytes = readFileSync(path);
  const words = Array.from(
    { length: bytes.length / 4 },
    (_, i) =>
      `0x${bytes
        .readUInt32LE(4 * i)
        .toString(16)
        .padStart(8, '0')}`,
  );
  const lines = [];
  for (let i = 0; i < words.length; i += wordsPerLine) {
    lines.push(`${words.slice(i, i + wordsPerLine).join(',')},`);
  }
  return lines.join('\n');
}

/** @returns {Map<string, string>} file name in spirv/ to its text */
function compileAll() {
  if (glslangVersion() === undefined) {
    throw new SetupError('glslangValidator is missing (Debian: apt-get install glslang-tools).');
  }
  const folder = mkdtempSync(join(tmpdir(), 'lensmith-shaders-'));
  try {
    const files = new Map([['VERSION', `${glslangVersion()}\n`]]);
    const names = shaderNames();
    for (const name of names) files.set(`${name}.inc`, `${asWords(compile(name, folder))}\n`);
    const arrays = names.map(
      (name) =>
        `constexpr uint32_t ${name}[] = {\n#include "backends/vulkan/spirv/${name}.inc"\n};`,
    );
    files.set('all.inc', `// Made by scripts/shaders.mjs.\n${arrays.join('\n')}\n`);
    return files;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes the words of every shader. @returns {string} what was done */
export function writeShaders() {
  const files = compileAll();
  for (const name of readdirSync(results)) if (!files.has(name)) rmSync(join(results, name));
  for (const [name, text] of files) writeFileSync(join(results, name), text);
  return `${files.size - 2} shaders compiled with glslang ${glslangVersion()}`;
}

/** Compares the committed words with what the sources give now. @returns {string[]} differences */
export function checkShaders() {
  const fresh = compileAll();
  const committed = new Set(readdirSync(results));
  const stale = [...fresh].filter(
    ([name, text]) => !committed.has(name) || readFileSync(join(results, name), 'utf8') !== text,
  );
  const leftOver = [...committed].filter((name) => !fresh.has(name));
  return [
    ...stale.map(
      ([name]) => `spirv/${name} is not what the shaders give now: run node scripts/shaders.mjs`,
    ),
    ...leftOver.map((name) => `spirv/${name} belongs to no shader`),
  ];
}
