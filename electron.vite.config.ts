import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'electron-vite';

const source = (path: string): string => join(import.meta.dirname, path);

/** Entries of processes: out/main/NAME.js. All but `electron` run on plain Node. */
const entries = {
  cli: source('src-main/cli/main.ts'),
  core: source('src-main/server/main.ts'),
  'engine-worker': source('src-main/worker/engine-worker.ts'),
  'device-check': source('src-main/worker/device-check.ts'),
  'media-worker': source('src-main/worker/media-worker.ts'),
  electron: source('src-main/electron/main.ts'),
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
  preload: {
    build: {
      outDir: 'out/preload',
      rollupOptions: {
        input: source('src-main/electron/preload.ts'),
        // A sandboxed preload is no module.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src-renderer',
    plugins: [svelte({ configFile: source('svelte.config.js') })],
    build: {
      target: 'chrome130',
      outDir: 'out/renderer',
      emptyOutDir: true,
      minify: true,
      // Everything is served by name and type; data: URLs are not in the page's policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rollupOptions: { input: source('src-renderer/index.html') },
    },
  },
});
