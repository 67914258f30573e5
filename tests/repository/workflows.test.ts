import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/lib/paths.mjs';

const folder = join(root, '.github', 'workflows');
const workflows = readdirSync(folder).map((name) => ({
  name,
  text: readFileSync(join(folder, name), 'utf8'),
}));
const release = workflows.find(({ name }) => name === 'release.yml')?.text ?? '';
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Readonly<Record<string, string>>;
};

describe.each(workflows)('$name', ({ text }) => {
  it('takes actions by the hash of their commit, with the version beside it', () => {
    const used = [...text.matchAll(/uses: (\S+)(.*)/g)];
    expect(used.length).toBeGreaterThan(0);
    for (const [, action, comment] of used) {
      expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      expect(comment).toMatch(/^ # v\d+\.\d+\.\d+$/);
    }
  });

  it('calls commands that there are', () => {
    const called = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name as string);
    for (const name of called) expect(Object.keys(scripts)).toContain(name);
    expect(text).toContain('npm test');
  });

  it('may only read, but where it drafts a release, and leaves no token behind', () => {
    expect(text).toMatch(/^permissions:\n {2}contents: read\n/m);
    const writing = text.split('contents: write').length - 1;
    expect(writing).toBe(text === release ? 1 : 0);
    const checkouts = text.split('actions/checkout@').length - 1;
    expect(text.split('persist-credentials: false').length - 1).toBe(checkouts);
  });
});

describe('the release', () => {
  it('is built on every system, after tests that may not do without Electron', () => {
    for (const os of ['ubuntu-', 'macos-', 'windows-']) expect(release).toContain(`os: ${os}`);
    expect(release).toContain('npx install-electron');
    const tests = [...release.matchAll(/npm test/g)].length;
    expect([...release.matchAll(/REQUIRE_ELECTRON: '1'/g)]).toHaveLength(tests);
    expect(release.lastIndexOf('npm test')).toBeLessThan(release.indexOf('npm run package'));
  });

  it('hands out what electron-builder.yml makes, and nothing goes out by itself', () => {
    const builder = readFileSync(join(root, 'electron-builder.yml'), 'utf8');
    for (const [target, ending] of [
      ['AppImage', 'AppImage'],
      ['deb', 'deb'],
      ['nsis', 'exe'],
      ['dmg', 'dmg'],
    ]) {
      expect(builder).toMatch(new RegExp(`target: \\[.*\\b${target}\\b`));
      expect(release).toContain(`dist/*.${ending}`);
    }
    expect(builder).toContain('publish: null');
    expect(release).toContain('--draft');
  });

  it('gives keys to the packaging alone, and does without them aloud', () => {
    const [before = '', packaging = ''] = release.split('- name: Package');
    expect(before).not.toContain('secrets.');
    expect(packaging).toContain('its installers are not signed');
  });
});
