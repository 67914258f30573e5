// Compiles the shaders of the Vulkan backend to SPIR-V, as lists of words that C++ includes. Needs
// glslangValidator (Debian: glslang-tools); who only builds needs nothing, since the result is
// committed. `--check` writes nothing and fails when the result would differ.
import { runMain } from './lib/process.mjs';
import { checkShaders, writeShaders } from './lib/shaders.mjs';

await runMain(async () => {
  if (!process.argv.includes('--check')) {
    console.log(writeShaders());
    return 0;
  }
  const problems = checkShaders();
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
});
