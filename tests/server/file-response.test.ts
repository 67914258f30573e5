import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fileResponse, parseRange } from '../../src-main/server/file-response.ts';

describe('parseRange', () => {
  it.each([
    [null, null],
    ['bytes=0-', { start: 0, end: 9 }],
    ['bytes=2-4', { start: 2, end: 4 }],
    ['bytes=2-400', { start: 2, end: 9 }],
    ['bytes=-3', { start: 7, end: 9 }],
    ['bytes=-30', { start: 0, end: 9 }],
    ['bytes=0-1,4-5', null],
    ['bytes=-', null],
    ['lines=1-2', null],
  ])('reads %j', (header, range) => {
    expect(parseRange(header, 10)).toEqual(range);
  });

  it.each(['bytes=10-', 'bytes=5-4', 'bytes=-0', 'bytes=99-100'])('refuses %j', (header) => {
    expect(() => parseRange(header, 10)).toThrow(RangeError);
  });
});

describe('fileResponse', () => {
  function file(): string {
    const folder = mkdtempSync(join(tmpdir(), 'lensmith-file-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'clip.mp4');
    writeFileSync(path, '0123456789');
    return path;
  }
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fileResponse(new Request('http://localhost/x', { method, headers }), path, 'video/mp4');

  it('gives the whole file, and parts of it', async () => {
    const path = file();
    const whole = await ask(path);
    expect([whole.status, await whole.text()]).toEqual([200, '0123456789']);
    expect(whole.headers.get('content-type')).toBe('video/mp4');
    const part = await ask(path, { range: 'bytes=3-5' });
    expect([part.status, await part.text()]).toEqual([206, '345']);
    expect(part.headers.get('content-range')).toBe('bytes 3-5/10');
    expect(part.headers.get('content-length')).toBe('3');
    const beyond = await ask(path, { range: 'bytes=10-' });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */10']);
  });

  it('knows what is still current', async () => {
    const path = file();
    const tag = (await ask(path)).headers.get('etag') ?? '';
    expect((await ask(path, { 'if-none-match': tag })).status).toBe(304);
    expect((await ask(path, { range: 'bytes=0-1', 'if-range': tag })).status).toBe(206);
    utimesSync(path, 1, 1);
    expect((await ask(path, { 'if-none-match': tag })).status).toBe(200);
    expect((await ask(path, { range: 'bytes=0-1', 'if-range': tag })).status).toBe(200);
  });

  it('answers HEAD without a body, and 404 for what is no file', async () => {
    const path = file();
    const head = await ask(path, {}, 'HEAD');
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
      200,
      '10',
      '',
    ]);
    expect((await ask(join(path, '..'))).status).toBe(404);
    expect((await ask(`${path}.gone`)).status).toBe(404);
  });
});
