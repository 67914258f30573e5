import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { nativeDir } from './paths.mjs';
import { capture, run } from './process.mjs';

/** Releases differ in where they break lines; this is the one the tree is laid out with. */
const version = 14;

function find() {
  for (const command of [`clang-format-${version}`, 'clang-format']) {
    const [, major] = /version (\d+)/.exec(capture(command, ['--version']) ?? '') ?? [];
    if (Number(major) === version) return command;
  }
  return undefined;
}

/**
 * Runs clang-format over native/.
 * @param {string[]} options e.g. `-i`, or `--dry-run --Werror`
 * @returns {Promise<number | undefined>} the exit status; undefined, said aloud, without the tool
 */
export async function clangFormat(options) {
  const command = find();
  if (command === undefined) {
    console.log(`skipped: clang-format ${version} is not installed, so native/ is not looked at`);
    return undefined;
  }
  const files = readdirSync(nativeDir, { recursive: true })
    .filter((name) => /\.(cc|h)$/.test(name))
    .map((name) => join(nativeDir, name));
  const { code } = await run(command, [...options, ...files]);
  return code;
}
