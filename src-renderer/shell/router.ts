/** Addresses of screens: what stands behind the # of the page. No state; see navigation.svelte.ts. */

/** What the variable parts of a route hold: `/annotate/:itemId` at `/annotate/12` has itemId 12. */
export type RouteParams = Readonly<Record<string, string>>;

export interface Address {
  /** `/annotate/12`; begins with a slash, ends with none. */
  readonly path: string;
  /** After a question mark: `?shape=5`. */
  readonly query: RouteParams;
}

/** Reads the hash of an address; anything that is none leads to `/`. */
export function parseHash(hash: string): Address {
  const [path = '', search = ''] = hash.replace(/^#/, '').split('?', 2);
  const trimmed = path.replace(/\/+$/, '');
  return {
    path: trimmed.startsWith('/') ? trimmed : '/',
    query: Object.fromEntries(new URLSearchParams(search)),
  };
}

/** The hash that leads somewhere: `#/annotate/12?shape=5`. */
export function hashOf(path: string, query: RouteParams = {}): string {
  const search = new URLSearchParams(query).toString();
  return `#${path}${search === '' ? '' : `?${search}`}`;
}

/** The variable parts where `path` is of the form `route`, else undefined. */
export function matchRoute(route: string, path: string): RouteParams | undefined {
  const wanted = route.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const value = decoded(given[at] ?? '');
    if (part.startsWith(':')) {
      if (value === '') return undefined;
      params[part.slice(1)] = value;
    } else if (part !== value) return undefined;
  }
  return params;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The first of `entries` that has a route of the path's form. */
export function findRoute<Entry extends { readonly routes: readonly string[] }>(
  entries: readonly Entry[],
  path: string,
): { readonly entry: Entry; readonly params: RouteParams } | undefined {
  for (const entry of entries) {
    for (const route of entry.routes) {
      const params = matchRoute(route, path);
      if (params !== undefined) return { entry, params };
    }
  }
  return undefined;
}
