/** Every op on SwiftShader: subgroups of 4 and no 16-bit floats, so on the ways around both. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packedBrowserFolder } from '../../scripts/lib/browser.mjs';
import { toolNode } from '../../scripts/lib/paths.mjs';
import { runAgainOn } from './again.ts';
import type { FurtherDriver } from './again.ts';

/** The browser of the tests brings it along, and so does Debian's. */
function findSwiftShader(): FurtherDriver['found'] {
  const folders = [packedBrowserFolder() ?? [], '/usr/lib/chromium'].flat();
  const path = folders
    .map((folder) => join(folder, 'vk_swiftshader_icd.json'))
    .find((one) => existsSync(one));
  if (path === undefined) return { reason: `SwiftShader is not in ${folders.join(' or ')}` };
  return { node: toolNode(), env: { VK_ICD_FILENAMES: path, VK_DRIVER_FILES: path } };
}

const tests = join(import.meta.dirname, '..');
const files = readdirSync(join(tests, 'ops'))
  .map((name) => `ops/${name}`)
  .filter((name) => readFileSync(join(tests, name), 'utf8').includes('onEachDevice('));

runAgainOn({ name: 'SwiftShader', device: /SwiftShader/, found: findSwiftShader() }, files);
