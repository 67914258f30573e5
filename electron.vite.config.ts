import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'electron-vite';

/** Entries of plain Node processes: out/main/NAME.js. */
const entries = {
  cli: 'src-main/cli/main.ts',
  engine: 'src-main/worker/engine.ts',
};

const input = Object.fromEntries(
  Object.entries(entries)
    .map(([name, path]) => [name, join(import.meta.dirname, path)] as const)
    .filter(([, path]) => existsSync(path)),
);

export default defineConfig({
  main: {
    build: {
      // Lowers `using`, which Node 20 does not parse.
      target: 'node20.19',
      outDir: 'out/main',
      sourcemap: true,
      rollupOptions: {
        input,
        output: {
          format: 'es',
          entryFileNames: '[name].js',
          chunkFileNames: 'chunks/[name]-[hash].js',
        },
      },
    },
  },
});
