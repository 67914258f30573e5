// Compiles the shaders of the Vulkan backend to SPIR-V, as lists of words that C++ includes. Needs
// glslangValidator (Debian: glslang-tools); who only builds needs nothing, since the result is
// committed. Those for cooperative matrices need a newer one, see scripts/lib/shaders.mjs; without it they
// are left alone. `--check` writes nothing and fails when the result would differ.
import { runMain } from './lib/process.mjs';
import { checkShaders, glslangVersion, writeShaders } from './lib/shaders.mjs';

await runMain(async () => {
  if (!process.argv.includes('--check')) {
    console.log(writeShaders());
    return 0;
  }
  const kinds = ['plain', 'cooperative'].filter(
    (kind) => kind === 'plain' || glslangVersion(kind) !== undefined,
  );
  const problems = kinds.flatMap(checkShaders);
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
});
