import { hashOf, parseHash } from './router.ts';
import type { Address, RouteParams } from './router.ts';

/** Where the window is. The browser's history is its memory, so Back and Forward work. */
class Navigation {
  #address: Address = $state.raw(parseHash(location.hash));
  /** In the title bar after the screen's name: the item or run that is open. */
  #detail: string = $state('');

  constructor() {
    addEventListener('hashchange', () => this.#read());
  }

  get path(): string {
    return this.#address.path;
  }

  get query(): RouteParams {
    return this.#address.query;
  }

  /** Breadcrumb after the screen's title; a screen sets it, the next place forgets it. */
  get detail(): string {
    return this.#detail;
  }

  set detail(text: string) {
    this.#detail = text;
  }

  go(path: string, query?: RouteParams): void {
    location.hash = hashOf(path, query);
  }

  /** As `go`, but Back does not lead here again. */
  replace(path: string, query?: RouteParams): void {
    history.replaceState(null, '', hashOf(path, query));
    this.#read();
  }

  /** As `replace` where the window is nowhere yet. The page may be on its way: it tells later. */
  settle(path: string): void {
    if (parseHash(location.hash).path === '/') this.replace(path);
    else this.#read();
  }

  #read(): void {
    this.#address = parseHash(location.hash);
    this.#detail = '';
  }
}

export const navigation = new Navigation();
