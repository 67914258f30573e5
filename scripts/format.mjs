// `npm run format`: lays out TypeScript with Prettier and native code with clang-format.
import { clangFormat } from './lib/clang-format.mjs';
import { toolNode, toolScript } from './lib/paths.mjs';
import { mustRun, runMain } from './lib/process.mjs';

await runMain(async () => {
  const prettier = toolScript('prettier/bin/prettier.cjs');
  const args = ['--write', '--log-level', 'warn', '.'];
  await mustRun('Prettier', toolNode(), [prettier, ...args]);
  return (await clangFormat(['-i'])) ?? 0;
});
