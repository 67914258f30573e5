import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { toolNode } from '../../scripts/lib/paths.mjs';
import { eventually } from './support/annotating.ts';
import { useApp } from './support/app.ts';
import { press } from './support/input.ts';
import { jobsEnded } from './support/jobs.ts';
import { NetworkWatch } from './support/network-watch.ts';

const ui = useApp();

it('notices a page that breaks the policy, leaves the machine, throws or complains', async () => {
  const { page, watch } = await ui.start();
  expect(watch.problems).toEqual([]);
  await page.evaluate(() => {
    void fetch('https://example.com/x').catch(() => undefined);
    const script = document.createElement('script');
    script.textContent = 'window.ranInline = true';
    document.body.append(script);
    console.error('a complaint');
    setTimeout(() => {
      throw new Error('a fault');
    });
  });
  await eventually(() => watch.problems.join('\n')).toContain('a fault');
  const problems = watch.problems.join('\n');
  for (const text of ['https://example.com/x', 'script-src', 'a complaint']) {
    expect(problems).toContain(text);
  }
  expect(await page.evaluate('window.ranInline')).toBeUndefined();
  watch.expect(/example\.com|script-src|inline script|a complaint|a fault/);
  expect(watch.problems).toEqual([]);
});

it('notices a core that reaches for another machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lensmith-guard-'));
  const watch = new NetworkWatch(folder);
  const code = `
    import { request } from 'node:http';
    import { lookup } from 'node:dns/promises';
    import { createSocket } from 'node:dgram';
    const quiet = () => undefined;
    await fetch('http://192.0.2.1/').catch(quiet);
    try { request('http://192.0.2.2/').on('error', quiet).end(); } catch {}
    try { await lookup('example.org'); } catch {}
    try { createSocket('udp4').send('x', 53, '192.0.2.3'); } catch {}
    process.exit();`;
  const env = { ...process.env, ...watch.env };
  spawnSync(toolNode(), ['--input-type=module', '-e', code], { env });
  expect(watch.contacted).toEqual(['192.0.2.1', '192.0.2.2', 'example.org', '192.0.2.3']);
  rmSync(folder, { recursive: true });
});

it('keeps to its data when the core is killed and started again', async () => {
  const app = await ui.start({ theme: 'dark' });
  expect(await app.page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)).toBe(
    true,
  );
  const rpc = await app.rpc();
  const folder = join(app.dataDir, 'Kept');
  await rpc.call('project.create', { folder, name: 'Kept' });
  await app.openSample();
  const [job] = await jobsEnded(rpc, 'import-samples');
  expect(job).toMatchObject({ state: 'done', error: null });
  // The watch over the network holds the workers too.
  await rpc.call('settings.doctor');
  expect(app.core.network.watched).toEqual(['core.js', 'engine-worker.js', 'media-worker.js']);
  await app.killCore();
  await app.startCore();
  const again = await app.rpc();
  expect(await again.call('project.recent')).toMatchObject([{}, { name: 'Kept', folder }]);
  await expect(again.call('project.open', { folder: '/nowhere' })).rejects.toMatchObject({
    code: expect.stringContaining('/') as string,
  });
  await press(app.page, 'Escape');
});
