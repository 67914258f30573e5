/**
 * Frame times of the annotation canvas in Chromium: 1,000 shapes on a picture of 40 megapixels. Prints
 * one line of JSON. The browser of the tests rasterises on the CPU; a desktop with a GPU is faster.
 *
 *     node_modules/.bin/node tests/bench/canvas.bench.ts
 */
import { chromium } from 'playwright-core';
import { createServer } from 'vite';
import { findBrowser } from '../../scripts/lib/browser.mjs';
import { root } from '../../scripts/lib/paths.mjs';

const page = `<!doctype html>
<style>body { margin: 0 } #canvas { position: relative; width: 100vw; height: 100vh }</style>
<div id="canvas"></div>
<script type="module" src="/tests/bench/canvas-page.js"></script>`;

/** Serves the sources as they are. */
async function serveSources() {
  const server = await createServer({
    configFile: false,
    root,
    appType: 'custom',
    logLevel: 'error',
    cacheDir: `${root}/.cache/vite-bench`,
    optimizeDeps: { noDiscovery: true },
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
  });
  await server.listen();
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error('The server of the benchmark has no address.');
  return { server, url };
}

async function measure(browserPath: string): Promise<unknown> {
  const { server, url } = await serveSources();
  const browser = await chromium.launch({ executablePath: browserPath, chromiumSandbox: false });
  try {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      locale: 'en-US',
    });
    const tab = await context.newPage();
    tab.on('pageerror', (error) => console.error(error));
    await tab.route('**/bench', (route) => route.fulfill({ contentType: 'text/html', body: page }));
    await tab.goto(`${url}bench`);
    await tab.waitForFunction('window.runBench !== undefined');
    return await tab.evaluate('window.runBench()');
  } finally {
    await browser.close();
    await server.close();
  }
}

const found = await findBrowser();
if ('path' in found) {
  console.log(JSON.stringify({ bench: 'canvas', ...((await measure(found.path)) as object) }));
} else {
  console.log(JSON.stringify({ bench: 'canvas', skipped: found.reason }));
}
