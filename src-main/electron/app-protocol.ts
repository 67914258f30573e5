import type { CustomScheme } from 'electron';
import { securityHeaders } from '../server/security-headers.ts';
import type { CoreAddress } from './core-supervisor.ts';
import { relayRequest } from './http-relay.ts';

const scheme = 'app';
const host = 'lensmith';

/** Where the page lives; no other origin exists for it. */
export const pageUrl = `${scheme}://${host}/`;

/** `secure` and `standard` give the page an origin of its own; `stream` lets videos seek. */
export const appScheme: CustomScheme = {
  scheme,
  privileges: {
    standard: true,
    secure: true,
    supportFetchAPI: true,
    stream: true,
    codeCache: true,
  },
};

const methods = new Set(['GET', 'HEAD', 'PUT']);

/** Whether an address is of the page or its files. */
export function isAppUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const parsed = new URL(url);
  return parsed.protocol === `${scheme}:` && parsed.host === host;
}

function refusal(status: number, text: string): Response {
  return new Response(text, { status, headers: securityHeaders });
}

/**
 * The handler of `app://lensmith/…`: what the page loads comes from the core.
 * @param core the address of a running core, waited for; null when none comes
 */
export function appHandler(
  core: () => Promise<CoreAddress | null>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    if (!isAppUrl(request.url)) return refusal(404, 'There is nothing here.');
    if (!methods.has(request.method)) return refusal(405, 'This is not asked of the core.');
    const address = await core();
    if (address === null) return refusal(503, 'The core is not running.');
    try {
      const response = await relayRequest(request, address);
      for (const [name, value] of Object.entries(securityHeaders)) {
        response.headers.set(name, value);
      }
      return response;
    } catch (error) {
      return refusal(502, `The core did not answer: ${String(error)}`);
    }
  };
}
