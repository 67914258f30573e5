/**
 * The library with 100,000 items: opening, filters, frame times while the grid scrolls, and acts on all
 * of them with their undo, by the real core and page. Prints one line of JSON. The browser of the tests rasterises on the CPU; a
 * desktop with a GPU is faster.
 *
 *     node_modules/.bin/node tests/bench/library.bench.ts
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { findBrowser } from '../../scripts/lib/browser.mjs';
import { thumbnailFile } from '../../src-main/app/library/cache-files.ts';
import { ProjectStore } from '../../src-main/store/project-store.ts';
import { CoreProcess } from '../ui/support/core-process.ts';
import { Rpc } from '../ui/support/rpc.ts';
import { measureActs } from './library-acts.ts';

const items = 100_000;
/** Files behind the items: as many thumbnails as a screen shows are decoded anew at each turn. */
const pictures = 400;
const hashOf = (n: number): string => (n % pictures).toString(16).padStart(64, '0');

async function makePictures(folder: string): Promise<void> {
  for (let n = 0; n < pictures; n += 1) {
    const background = { r: (n * 37) % 256, g: (n * 91) % 256, b: (n * 53) % 256 };
    const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
    const size = { width: 360, height: 240, channels: 3 } as const;
    const grain = await sharp({ create: { ...size, background, noise } })
      .png()
      .toBuffer();
    const picture = sharp({ create: { ...size, background } }).composite([
      { input: grain, blend: 'soft-light' },
    ]);
    const webp = await picture.webp({ quality: 80 }).toBuffer();
    writeFileSync(join(folder, 'media', `${n}.webp`), webp);
    for (const height of [120, 240, 480] as const) {
      const path = thumbnailFile(join(folder, 'cache'), hashOf(n), height);
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, webp);
    }
  }
}

function makeItems(store: ProjectStore, folder: string): void {
  store.writeMeta('name', 'Benchmark');
  const splits = ['train', 'train', 'validation', 'test', null];
  const insertItem = `INSERT INTO items (kind, path, name, hash, format, size_bytes, modified_ms,
    width, height, added_ms, taken_ms, split, rating) VALUES (?, ?, ?, ?, 'jpeg', ?, 1, ?, ?, ?, ?, ?, ?)`;
  const insertShape = `INSERT INTO shapes (item_id, label_id, kind, geometry_json, "order")
    VALUES (?, ?, 'box', '{"kind":"box","x":10,"y":10,"width":40,"height":30}', 1)`;
  store.transaction(() => {
    for (let n = 0; n < 40; n += 1) store.run('INSERT INTO tags (name) VALUES (?)', `tag ${n}`);
    for (let n = 0; n < 8; n += 1) {
      store.run('INSERT INTO labels (name, color, position) VALUES (?, ?, ?)', `label ${n}`, n, n);
    }
    for (let n = 1; n <= items; n += 1) {
      const name = `IMG_${n}.jpg`;
      store.run(
        insertItem,
        ...[n % 20 === 0 ? 'video' : 'image', join(folder, 'media', `${n % pictures}.webp`), name],
        ...[hashOf(n), 100_000 + n, 600 + ((n * 7919) % 3400), 600 + ((n * 104_729) % 2400)],
        ...[1.75e12 + n * 1000, n % 3 === 0 ? null : 1.7e12 + n * 60_000],
        ...[splits[n % 5] ?? null, n % 6],
      );
      store.run('INSERT INTO item_tags (item_id, tag_id) VALUES (?, ?)', n, 1 + (n % 40));
      if (n % 2 === 0) store.run(insertShape, n, 1 + (n % 8));
      store.run(
        'INSERT INTO item_words (rowid, name, tags, labels, words) VALUES (?, ?, ?, ?, ?)',
        ...[n, name, `tag ${n % 40}`, n % 2 === 0 ? `label ${n % 8}` : ''],
        n % 10 === 0 ? 'a hairline crack' : '',
      );
    }
  });
}

const filters = [
  'type:image',
  'tag:"tag 3"',
  '-tag:"tag 3" rating>=3',
  'label:"label 2" split:train',
  'annotated:no',
  'taken:2024..2025',
  'hairline',
  'IMG_9',
  'name:IMG_9',
  'type:image split:train rating>=2 tag:"tag 1","tag 2" size>150k',
];

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return Math.round((performance.now() - start) * 10) / 10;
}

/** Scrolls by hand's speed and by leaps; frame times as requestAnimationFrame tells them. */
const scrollFrames = `(async () => {
  const grid = document.querySelector('[role="listbox"][aria-label="Items"]');
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const frames = [];
  let last = await frame();
  for (let step = 0; step < 400; step += 1) {
    grid.scrollTop += step % 100 === 99 ? grid.scrollHeight / 6 : 90;
    const now = await frame();
    frames.push(now - last);
    last = now;
  }
  return frames;
})()`;

async function measurePage(core: CoreProcess, page: Page, rpc: () => Promise<Rpc>, folder: string) {
  await page.goto(core.launchUrl);
  const client = await rpc();
  const openMs = await timed(() => client.call('project.open', { folder }));
  const order = { view: 'library', sort: 'added', isDescending: true };
  const firstListMs = await timed(() => client.call('library.list', { filter: '', ...order }));
  const filterMs: Record<string, number> = {};
  for (const filter of filters) {
    // The quickest of three: what the machine does besides is not the library's.
    const times: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      times.push(await timed(() => client.call('library.list', { filter, ...order })));
    }
    filterMs[filter] = Math.min(...times);
  }
  const firstPictureMs = await timed(async () => {
    await page.goto(`${core.origin}/#/library`);
    await page.getByRole('listbox', { name: 'Items' }).locator('img').first().waitFor();
  });
  await page.waitForLoadState('networkidle');
  const frames = (await page.evaluate<number[]>(scrollFrames)).sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(frames[Math.floor(share * (frames.length - 1))] ?? 0);
  const other = await rpc();
  const acts = await measureActs(client, other);
  other.close();
  client.close();
  return {
    ...{ items, openMs, firstListMs, firstPictureMs, filterMs, acts },
    scroll: {
      frames: frames.length,
      medianMs: at(0.5),
      p99Ms: at(0.99),
      worstMs: at(1),
      over50Ms: frames.filter((ms) => ms > 50).length,
    },
  };
}

async function measure(browserPath: string): Promise<object> {
  const dataDir = mkdtempSync(join(tmpdir(), 'lensmith-bench-'));
  const folder = join(dataDir, 'project');
  mkdirSync(join(folder, 'media'), { recursive: true });
  const browser = await chromium.launch({ executablePath: browserPath, chromiumSandbox: false });
  let core: CoreProcess | undefined;
  try {
    await makePictures(folder);
    const store = new ProjectStore(join(folder, 'project.lensmith'), { now: Date.now });
    makeItems(store, folder);
    store[Symbol.dispose]();
    core = await CoreProcess.start({ dataDir });
    const { origin } = core;
    const viewport = { width: 1440, height: 900 };
    const context = await browser.newContext({ viewport, locale: 'en-US' });
    const connect = async (): Promise<Rpc> => {
      const cookies = await context.cookies(origin);
      const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
      return Rpc.connect(origin, { cookie, origin });
    };
    return await measurePage(core, await context.newPage(), connect, folder);
  } finally {
    await browser.close();
    await core?.stop();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
  }
}

const found = await findBrowser();
if ('path' in found) {
  console.log(JSON.stringify({ bench: 'library', ...(await measure(found.path)) }));
} else {
  console.log(JSON.stringify({ bench: 'library', skipped: found.reason }));
}
