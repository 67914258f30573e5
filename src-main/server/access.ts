/** Who may speak to the core. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Compares in a time that tells nothing about where they differ. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

export interface RequestFacts {
  readonly method: string;
  /** Lower-case names. */
  header(name: string): string | undefined;
}

/** Why a request is refused, as an HTTP status; null: it may pass. */
export interface Access {
  check(
    request: RequestFacts,
  ): { readonly status: 401 | 403 | 421; readonly reason: string } | null;
}

const cookieOf = (header: string | undefined, name: string): string | undefined =>
  header
    ?.split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(name.length + 1);

const loopbackHost = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/**
 * A browser on this machine. A link with a token that works once is exchanged for a cookie; the
 * Host must be loopback (against DNS rebinding), and whatever changes something or opens the socket
 * must come from a page of this origin.
 */
export class LoopbackAccess implements Access {
  /** Cookies ignore ports, so each instance has a name of its own. */
  readonly cookieName = `lensmith-${randomBytes(6).toString('hex')}`;
  readonly #session = randomBytes(32).toString('base64url');
  #launchToken: string | null = null;

  /** A token for one visit; the one before is void. */
  newLaunchToken(): string {
    this.#launchToken = randomBytes(32).toString('base64url');
    return this.#launchToken;
  }

  /** The cookie for a launch token, or null for a wrong or used one. */
  exchange(token: string): string | null {
    if (this.#launchToken === null || !sameSecret(token, this.#launchToken)) return null;
    this.#launchToken = null;
    return `${this.cookieName}=${this.#session}; HttpOnly; SameSite=Strict; Path=/`;
  }

  checkHost(request: RequestFacts): ReturnType<Access['check']> {
    return loopbackHost.test(request.header('host') ?? '')
      ? null
      : { status: 421, reason: 'This host name does not belong to Lensmith.' };
  }

  check(request: RequestFacts): ReturnType<Access['check']> {
    const refused = this.checkHost(request);
    if (refused !== null) return refused;
    const site = request.header('sec-fetch-site');
    if (site !== undefined && site !== 'same-origin' && site !== 'none') {
      return { status: 403, reason: 'Requests of other sites are refused.' };
    }
    const origin = request.header('origin');
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const isSocket = request.header('upgrade') !== undefined;
    if (origin === undefined ? !isRead || isSocket : !isOwn(origin, request.header('host'))) {
      return { status: 403, reason: 'The origin of this request is not Lensmith.' };
    }
    const cookie = cookieOf(request.header('cookie'), this.cookieName);
    if (cookie === undefined || !sameSecret(cookie, this.#session)) {
      return { status: 401, reason: 'Open Lensmith by the link that it printed when it started.' };
    }
    return null;
  }
}

function isOwn(origin: string, host: string | undefined): boolean {
  return origin === `http://${host ?? ''}`;
}

/** The desktop shell on a private socket: it knows the secret that it gave. */
export class SecretAccess implements Access {
  readonly #secret: string;

  constructor(secret: string) {
    this.#secret = secret;
  }

  check(request: RequestFacts): ReturnType<Access['check']> {
    return sameSecret(request.header('x-lensmith-secret') ?? '', this.#secret)
      ? null
      : { status: 401, reason: 'Only the shell that started this process may speak to it.' };
  }
}
