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

/**
 * Two kinds of shaders. Plain ones need nothing newer than Debian's glslang; those for cooperative
 * matrices (`NAME_coop.comp`) are compiled once for each type of their factors, by a glslang that knows
 * GL_KHR_cooperative_matrix and GL_EXT_bfloat16: LENSMITH_GLSLANG names it where it is not the usual one.
 */
const kinds = {
  plain: {
    versionFile: 'VERSION',
    targetEnv: 'vulkan1.2',
    outputs: (source) => [{ name: source, options: [] }],
  },
  cooperative: {
    versionFile: 'VERSION_COOPERATIVE',
    targetEnv: 'vulkan1.2',
    outputs: (source) =>
      ['bf16', 'f16'].map((type) => ({
        name: `${source}_${type}`,
        options: [`-DELEMENT_${type.toUpperCase()}`],
      })),
  },
};

const firstVersionWithBfloat16 = 15.2;

function versionOf(compiler) {
  return /Glslang Version: (\S+)/.exec(capture(compiler, ['--version']) ?? '')?.[1];
}

/** `11:16.6.0` is 16.6. */
const numberOf = (version) => Number(/(\d+\.\d+)\.\d+$/.exec(version)?.[1]);

function compilerFor(kind) {
  const named = process.env.LENSMITH_GLSLANG;
  const compiler = kind === 'cooperative' && named !== undefined ? named : 'glslangValidator';
  const version = versionOf(compiler);
  const isOld = kind === 'cooperative' && !(numberOf(version ?? '') >= firstVersionWithBfloat16);
  return version === undefined || isOld ? undefined : { compiler, version };
}

/** What compiles a kind, by its version; undefined where there is none. */
export function glslangVersion(kind) {
  return compilerFor(kind)?.version;
}

/** The version that made the committed words. */
export function committedVersion(kind) {
  return readFileSync(join(results, kinds[kind].versionFile), 'utf8').trim();
}

function sourcesOf(kind) {
  return readdirSync(sources)
    .filter((name) => name.endsWith('.comp'))
    .map((name) => basename(name, '.comp'))
    .filter((name) => name.endsWith('_coop') === (kind === 'cooperative'))
    .sort();
}

function outputsOf(kind) {
  return sourcesOf(kind).flatMap((source) =>
    kinds[kind].outputs(source).map((output) => ({ source, ...output })),
  );
}

function compile(kind, { source, name, options }, folder) {
  const output = join(folder, `${name}.spv`);
  const file = join(sources, `${source}.comp`);
  const { compiler } = compilerFor(kind);
  const args = ['--target-env', kinds[kind].targetEnv, '--quiet', ...options, '-o', output, file];
  const said = capture(compiler, args);
  if (said === undefined)
    throw new SetupError(`${file} does not compile: run ${compiler} ${args.join(' ')}`);
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
function compileAll(kind) {
  const version = glslangVersion(kind);
  if (version === undefined) {
    throw new SetupError(
      kind === 'plain'
        ? 'glslangValidator is missing (Debian: apt-get install glslang-tools).'
        : `Shaders for cooperative matrices need glslang ${firstVersionWithBfloat16} or newer; LENSMITH_GLSLANG names it.`,
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'lensmith-shaders-'));
  try {
    const files = new Map([[kinds[kind].versionFile, `${version}\n`]]);
    for (const output of outputsOf(kind)) {
      files.set(`${output.name}.inc`, `${asWords(compile(kind, output, folder))}\n`);
    }
    return files;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The file that includes all others. */
function list() {
  const names = Object.keys(kinds).flatMap((kind) => outputsOf(kind).map(({ name }) => name));
  const arrays = names
    .sort()
    .map(
      (name) =>
        `constexpr uint32_t ${name}[] = {\n#include "backends/vulkan/spirv/${name}.inc"\n};`,
    );
  return `// Made by scripts/shaders.mjs.\n${arrays.join('\n')}\n`;
}

function namesOf(kind) {
  return [kinds[kind].versionFile, ...outputsOf(kind).map(({ name }) => `${name}.inc`)];
}

/**
 * Writes the words of every shader that something here compiles; those of the others stay as they are.
 * @returns {string} what was done
 */
export function writeShaders() {
  const said = [];
  for (const kind of Object.keys(kinds)) {
    if (kind === 'cooperative' && glslangVersion(kind) === undefined) {
      said.push('no glslang here compiles shaders for cooperative matrices: they stay as they are');
      continue;
    }
    const files = compileAll(kind);
    for (const [name, text] of files) writeFileSync(join(results, name), text);
    said.push(`${files.size - 1} ${kind} shaders compiled with glslang ${glslangVersion(kind)}`);
  }
  writeFileSync(join(results, 'all.inc'), list());
  const known = new Set(['all.inc', ...Object.keys(kinds).flatMap(namesOf)]);
  for (const name of readdirSync(results)) if (!known.has(name)) rmSync(join(results, name));
  return said.join('\n');
}

/** Compares the committed words of a kind with what the sources give now. @returns {string[]} differences */
export function checkShaders(kind) {
  const fresh = [...compileAll(kind), ['all.inc', list()]];
  const committed = new Set(readdirSync(results));
  const stale = fresh.filter(
    ([name, text]) => !committed.has(name) || readFileSync(join(results, name), 'utf8') !== text,
  );
  const known = new Set(['all.inc', ...Object.keys(kinds).flatMap(namesOf)]);
  return [
    ...stale.map(
      ([name]) => `spirv/${name} is not what the shaders give now: run node scripts/shaders.mjs`,
    ),
    ...[...committed]
      .filter((name) => !known.has(name))
      .map((name) => `spirv/${name} belongs to no shader`),
  ];
}
