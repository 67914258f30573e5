import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { findBrowser, isBrowserRequired } from '../../../scripts/lib/browser.mjs';

/** Names resolve to nothing but this machine, so that a stray request cannot leave it. */
const args = ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'];

/**
 * Starts the browser, or says why there is none.
 * @throws Error  where a browser is required (REQUIRE_BROWSER=1, or CI on Linux)
 */
export async function launchBrowser(): Promise<Browser | string> {
  const found = await findBrowser();
  if ('reason' in found) {
    if (isBrowserRequired()) throw new Error(found.reason);
    return found.reason;
  }
  // Chromium's own sandbox refuses to run as root, as containers do.
  const chromiumSandbox = process.getuid?.() !== 0;
  return chromium.launch({ executablePath: found.path, chromiumSandbox, args });
}
