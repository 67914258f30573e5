import { join } from 'node:path';
import { defineConfig } from 'electron-vite';
import { inlinePage } from './scripts/lib/inline-page.ts';

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
  // One page that opens from disk in any browser: out/renderer/index.html.
  renderer: {
    root: 'src-renderer',
    plugins: [inlinePage()],
    build: {
      target: 'es2022',
      outDir: 'out/renderer',
      emptyOutDir: true,
      // Else Vite has an IIFE put its styles in by script, which the page's policy forbids.
      cssCodeSplit: false,
      rollupOptions: {
        input: join(import.meta.dirname, 'src-renderer/index.html'),
        output: { format: 'iife' },
      },
    },
  },
});
