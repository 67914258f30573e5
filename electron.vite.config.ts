import { join } from 'node:path';
import { defineConfig } from 'electron-vite';

/** Entries of plain Node processes: out/main/NAME.js. */
const entries = {
  cli: join(import.meta.dirname, 'src-main/cli/main.ts'),
};

export default defineConfig({
  main: {
    build: {
      // Lowers `using`, which Node 20 does not parse.
      target: 'node20.19',
      outDir: 'out/main',
      sourcemap: true,
      rollupOptions: {
        input: entries,
        output: {
          format: 'es',
          entryFileNames: '[name].js',
          chunkFileNames: 'chunks/[name]-[hash].js',
        },
      },
    },
  },
});
