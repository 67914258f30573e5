import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findBrowser, isBrowserRequired } from '../../scripts/lib/browser.mjs';
import { root } from '../../scripts/lib/paths.mjs';
import { hashOf } from '../../scripts/lib/stamp.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lensmith-setup-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A program that prints one line, to stand on PATH. */
function program(name: string, line: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\necho '${line}'\n`, { mode: 0o755 });
}

/** What checkTools says where PATH holds only `folder`. */
function complaint(): string {
  const tools = pathToFileURL(join(root, 'scripts', 'lib', 'tools.mjs')).href;
  const code = `const m = await import('${tools}'); m.checkTools({ native: true });`;
  const result = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    env: { PATH: folder },
    encoding: 'utf8',
  });
  return result.status === 0 ? '' : result.stderr;
}

describe('tools', () => {
  beforeEach((context) => {
    context.skip(process.platform === 'win32', 'the stand-in programs are shell scripts');
  });

  it('names every missing one with the command that installs it', () => {
    const text = complaint();
    expect(text).toMatch(/No C\+\+ compiler was found\. Install it with: {2}\S+/);
    expect(text).toMatch(/CMake was not found\. Install it with: {2}\S+/);
    expect(text).toMatch(/Neither make nor ninja was found\. Install it with: {2}\S+/);
  });

  it('says what an old compiler and an old CMake are, and what is needed', () => {
    program('c++', '9');
    program('cmake', 'cmake version 3.10.2');
    program('make', 'GNU Make 4.3');
    const text = complaint();
    expect(text).toContain('c++ is version 9; C++20 needs GCC 11 or newer.');
    expect(text).toContain('CMake is 3.10; 3.20 or newer is needed.');
    expect(text).not.toContain('make nor ninja');
  });

  it('is silent when all is there', () => {
    program('c++', '12');
    program('cmake', 'cmake version 3.25.1');
    program('ninja', '1.11');
    expect(complaint()).toBe('');
  });
});

describe('hashOf', () => {
  it('changes with the content and the name of a file, and with nothing else', () => {
    const file = join(folder, 'a.txt');
    writeFileSync(file, 'one');
    const one = hashOf([folder]);
    expect(hashOf([folder])).toBe(one);
    writeFileSync(file, 'two');
    const two = hashOf([folder]);
    expect(two).not.toBe(one);
    rmSync(file);
    writeFileSync(join(folder, 'b.txt'), 'two');
    expect(hashOf([folder])).not.toBe(two);
    expect(hashOf([folder], ['extra'])).not.toBe(hashOf([folder]));
  });
});

describe('the browser of UI tests', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('is the one that LENSMITH_BROWSER names, or a reason why not', async (context) => {
    context.skip(process.platform === 'win32', 'the stand-in programs are shell scripts');
    program('browser', 'Chromium 153.0');
    vi.stubEnv('LENSMITH_BROWSER', join(folder, 'browser'));
    expect(await findBrowser()).toEqual({ path: join(folder, 'browser') });
    vi.stubEnv('LENSMITH_BROWSER', join(folder, 'none'));
    expect(await findBrowser()).toEqual({ reason: expect.stringContaining('does not start') });
  });

  it('must be there on CI for Linux, and where it is asked for', () => {
    vi.stubEnv('CI', '');
    vi.stubEnv('REQUIRE_BROWSER', '');
    expect(isBrowserRequired()).toBe(false);
    vi.stubEnv('REQUIRE_BROWSER', '1');
    expect(isBrowserRequired()).toBe(true);
    vi.stubEnv('REQUIRE_BROWSER', '');
    vi.stubEnv('CI', 'true');
    expect(isBrowserRequired()).toBe(process.platform === 'linux');
  });
});
