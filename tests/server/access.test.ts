import { describe, expect, it } from 'vitest';
import { LoopbackAccess, SecretAccess } from '../../src-main/server/access.ts';

function request(method: string, headers: Record<string, string>) {
  return { method, header: (name: string): string | undefined => headers[name] };
}

describe('a browser on this machine', () => {
  const host = '127.0.0.1:4000';
  const origin = `http://${host}`;

  function entered() {
    const access = new LoopbackAccess();
    const token = access.newLaunchToken();
    const set = access.exchange(token) ?? '';
    return { access, token, set, cookie: set.split(';')[0] ?? '' };
  }

  it('exchanges the launch token once', () => {
    const { access, token, set } = entered();
    expect(set).toMatch(/^lensmith-[0-9a-f]+=\S{40,}; HttpOnly; SameSite=Strict; Path=\/$/);
    expect(access.exchange(token)).toBeNull();
    expect(new LoopbackAccess().exchange('')).toBeNull();
    const [first, second] = [access.newLaunchToken(), access.newLaunchToken()];
    expect(access.exchange(first)).toBeNull();
    expect(access.exchange('guess')).toBeNull();
    expect(access.exchange(second)).toBe(set);
  });

  it('may read with the cookie, and write from its own page', () => {
    const { access, cookie } = entered();
    expect(access.check(request('GET', { host, cookie }))).toBeNull();
    expect(
      access.check(request('GET', { host, cookie, 'sec-fetch-site': 'same-origin' })),
    ).toBeNull();
    expect(access.check(request('PUT', { host, cookie, origin }))).toBeNull();
    expect(access.check(request('GET', { host, cookie, origin, upgrade: 'websocket' }))).toBeNull();
  });

  it.each([
    ['without the cookie', 'GET', {}, 401],
    ['with a wrong cookie', 'GET', { cookie: 'lensmith-0=guess' }, 401],
    ['under another host name', 'GET', { host: 'evil.example', own: 'yes' }, 421],
    [
      'under a name that only begins so',
      'GET',
      { host: '127.0.0.1.evil.example', own: 'yes' },
      421,
    ],
    ['from another site', 'GET', { 'sec-fetch-site': 'cross-site', own: 'yes' }, 403],
    ['from a page of another port', 'GET', { 'sec-fetch-site': 'same-site', own: 'yes' }, 403],
    ['to write without an origin', 'PUT', { own: 'yes' }, 403],
    ['to write from another origin', 'POST', { origin: 'http://evil.example', own: 'yes' }, 403],
    ['to write from another port', 'POST', { origin: 'http://127.0.0.1:9', own: 'yes' }, 403],
    ['for the socket without an origin', 'GET', { upgrade: 'websocket', own: 'yes' }, 403],
    [
      'for the socket from another origin',
      'GET',
      { upgrade: 'websocket', origin: 'null', own: 'yes' },
      403,
    ],
  ] as const)('is refused %s', (_, method, given, status) => {
    const { access, cookie } = entered();
    const { own, ...headers } = given as Record<string, string>;
    const all = { host, ...(own === undefined ? {} : { cookie }), ...headers };
    expect(access.check(request(method, all))).toMatchObject({ status });
  });
});

describe('the desktop shell', () => {
  it('needs its secret', () => {
    const access = new SecretAccess('s3cret');
    expect(access.check(request('GET', { 'x-lensmith-secret': 's3cret' }))).toBeNull();
    expect(access.check(request('GET', { 'x-lensmith-secret': 's3cre' }))).toMatchObject({
      status: 401,
    });
    expect(access.check(request('GET', {}))).toMatchObject({ status: 401 });
  });
});
