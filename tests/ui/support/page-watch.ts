import type { BrowserContext, Page } from 'playwright-core';

/** Told by the page itself, since the console's own text leaves out the directive. */
const reportViolations = `document.addEventListener('securitypolicyviolation', (event) => {
  console.error('policy violation: ' + event.violatedDirective + ' ' + event.blockedURI);
});`;

/** Collects what no page of ours may do: leave this machine, break the policy, throw, complain. */
export class PageWatch {
  readonly #origins = new Set<string>();
  readonly #expected: RegExp[] = [];
  readonly #found: string[] = [];
  /** Every address asked for, in order. */
  readonly requests: string[] = [];

  static async on(context: BrowserContext): Promise<PageWatch> {
    const watch = new PageWatch();
    await context.addInitScript(reportViolations);
    context.on('request', (request) => watch.#request(request.url()));
    context.on('page', (page) => watch.#page(page));
    return watch;
  }

  #page(page: Page): void {
    page.on('websocket', (socket) => this.#request(socket.url()));
    page.on('pageerror', (error) => this.#found.push(`thrown: ${error.stack ?? error.message}`));
    page.on('crash', () => this.#found.push('the page crashed'));
    page.on('console', (message) => {
      if (message.type() !== 'error') return;
      this.#found.push(`console: ${message.text()} (${message.location().url})`);
    });
  }

  #request(url: string): void {
    this.requests.push(url);
    const { protocol, host } = new URL(url);
    if (['data:', 'blob:', 'about:'].includes(protocol) || this.#origins.has(host)) return;
    this.#found.push(`request off the machine: ${url}`);
  }

  /** The core's origin, which the page may talk to. */
  allow(origin: string): void {
    this.#origins.add(new URL(origin).host);
  }

  /** A problem that this test brings about on purpose. */
  expect(...patterns: RegExp[]): void {
    this.#expected.push(...patterns);
  }

  get problems(): string[] {
    return this.#found.filter((text) => !this.#expected.some((pattern) => pattern.test(text)));
  }
}
