import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import sharp from 'sharp';
import type {
  ImportReport,
  ItemDetail,
  RelinkReport,
  WatchedFolder,
} from '../../src-main/ipc/contract/library.ts';
import { makeImage, makeMixedMedia } from '../ui/support/media.ts';
import { TestCore, temporaryFolder } from './conversations-support.ts';

const bytesOf = (text: string) => Buffer.from(text, 'base64');

async function idsOf(core: TestCore, filter = '', view: 'library' | 'trash' = 'library') {
  const query = { filter, view, sort: 'added', isDescending: false } as const;
  const bytes = bytesOf((await core.call('library.list', query)).ids);
  return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readInt32LE(at * 4));
}

async function addFiles(
  core: TestCore,
  paths: string[],
  more: { copy?: boolean; uploads?: string[] } = {},
): Promise<ImportReport> {
  const { jobId } = await core.call('library.import', { paths, ...more });
  expect((await core.finished(jobId)).error).toBeNull();
  return (await core.call('library.importReport', { jobId })) as ImportReport;
}

const detailOf = (core: TestCore, itemId: number): Promise<ItemDetail> =>
  core.call('library.item', { itemId });

describe('import', () => {
  test('says which pictures hold values that a model sees as white', async () => {
    const core = await TestCore.start();
    const scan = join(core.folder, 'scan.png');
    const plain = join(core.folder, 'plain.png');
    for (const [path, brightest] of [
      [scan, 4000],
      [plain, 255],
    ] as const) {
      const values = Uint16Array.from({ length: 64 }, (_, at) => Math.min(at * 70, brightest));
      await sharp(values, { raw: { width: 8, height: 8, channels: 1 } })
        .toColourspace('grey16')
        .png()
        .toFile(path);
    }
    const report = await addFiles(core, [scan, plain]);
    expect(report.addedIds).toHaveLength(2);
    expect(report.clipped).toMatchObject([{ path: scan }]);
    const itemId = report.clipped[0]!.itemId;
    expect((await detailOf(core, itemId)).isClipped).toBe(true);
    const [other] = report.addedIds.filter((id) => id !== itemId);
    expect((await detailOf(core, other!)).isClipped).toBe(false);
  });

  test('takes a mixed folder in; what is broken or no media is listed with its reason', async () => {
    const core = await TestCore.start();
    const folder = join(core.folder, 'mixed');
    const made = await makeMixedMedia(folder, 18);
    mkdirSync(join(folder, 'below'));
    writeFileSync(join(folder, 'below', 'list.txt'), 'bread, butter');
    await makeImage(join(folder, 'below'), 77);

    const report = await addFiles(core, [folder, join(folder, 'not-there.jpg')]);

    const whole = made.filter(({ kind }) => kind !== 'broken');
    expect(report.addedIds).toHaveLength(whole.length + 1);
    const [job] = core.context.jobs.list.filter(({ kind }) => kind === 'import');
    expect(job?.note).toBe(`${whole.length + 1} added, 6 broken, 1 not media`);
    const broken = made.filter(({ kind }) => kind === 'broken').map(({ path }) => path);
    expect(report.broken.map(({ path }) => path).sort()).toEqual(
      [...broken, join(folder, 'not-there.jpg')].sort(),
    );
    for (const { error } of report.broken) expect(error.message.length).toBeGreaterThan(10);
    expect(report.unsupported.map(({ path }) => basename(path))).toEqual(['list.txt']);
    expect(report.duplicates).toEqual([]);
    expect(await idsOf(core, 'type:video')).toHaveLength(2);

    const turned = made.find(({ name }) => name.endsWith('turned.jpg'));
    const [turnedId] = await idsOf(core, `name:${turned?.name ?? ''}`);
    const item = await detailOf(core, turnedId as number);
    expect(item).toMatchObject({ width: 480, height: 320, orientation: 6, path: turned?.path });
  });

  test('shows duplicates with the item that they equal, also two of the same import', async () => {
    const core = await TestCore.start();
    const folder = join(core.folder, 'pictures');
    const { path } = await makeImage(folder, 1);
    const twin = join(folder, 'twin.jpg');
    await copyFile(path, twin);
    const first = await addFiles(core, [folder]);
    expect(first.addedIds).toHaveLength(1);
    const [itemId] = first.addedIds as [number];
    expect(first.duplicates).toEqual([{ path: expect.any(String), itemId, isTrashed: false }]);

    await core.call('library.trash', { itemIds: [itemId] });
    const again = await addFiles(core, [path, twin]);
    expect(again.addedIds).toEqual([]);
    expect(again.duplicates).toEqual([
      { path, itemId, isTrashed: true },
      { path: twin, itemId, isTrashed: true },
    ]);
  });

  test('is one act: one undo takes all of it back, redo brings it in again', async () => {
    const core = await TestCore.start();
    const folder = join(core.folder, 'many');
    for (let number = 1; number <= 70; number += 1) await makeImage(folder, number, 'png');
    const { addedIds } = await addFiles(core, [folder]);
    expect(addedIds).toHaveLength(70);
    // More than one transaction, so that a long import is not lost with the process.
    expect(core.store.all('SELECT id FROM journal').length).toBeGreaterThan(1);
    const state = await core.call('edits.undo', { scope: 'library' });
    expect(state.undo).toBeNull();
    expect(await idsOf(core)).toEqual([]);
    await core.call('edits.redo', { scope: 'library' });
    expect((await idsOf(core)).sort((a, b) => a - b)).toEqual([...addedIds].sort((a, b) => a - b));
  });

  test('enters files in their order, whichever was read first', async () => {
    const core = await TestCore.start();
    const folder = join(core.folder, 'ordered');
    const made: { readonly path: string }[] = [];
    for (let number = 1; number <= 5; number += 1) {
      made.push(await makeImage(folder, number, 'png'));
    }
    const twin = join(folder, 'picture-009.png');
    await copyFile(made[0]?.path ?? '', twin);
    const { media } = core.context.workers;
    const run = media.run.bind(media);
    let readOthers = (): void => undefined;
    const others = new Promise<void>((resolve) => (readOthers = resolve));
    // The first file is held back until the last has been read.
    media.run = (async (name: never, input: { readonly path: string }, options: never) => {
      const facts = await run(name, input as never, options);
      if (input.path === twin) readOthers();
      if (input.path === made[0]?.path) await others;
      return facts;
    }) as unknown as typeof media.run;
    const report = await addFiles(core, [folder]);
    expect(report.addedIds).toEqual([...report.addedIds].sort((a, b) => a - b));
    const names = report.addedIds.map(
      (id) => core.store.get('SELECT name FROM items WHERE id = ?', id)?.['name'],
    );
    expect(names).toEqual(made.map(({ path }) => basename(path)));
    expect(report.duplicates).toEqual([
      { path: twin, itemId: report.addedIds[0], isTrashed: false },
    ]);
  });

  test('cannot be taken back over marks that were drawn since', async () => {
    const core = await TestCore.start();
    const { path } = await makeImage(join(core.folder, 'one'), 1);
    const { addedIds } = await addFiles(core, [path]);
    const [itemId] = addedIds as [number];
    core.addBox(itemId, null, [1, 2, 30, 40]);
    await expect(core.call('edits.undo', { scope: 'library' })).rejects.toMatchObject({
      code: 'store/undo-conflict',
    });
    expect((await core.call('library.glance', { itemId })).marks).toHaveLength(1);
  });

  test('copies by contents when asked, and an upload always', async () => {
    const core = await TestCore.start();
    const project = core.context.projects.current;
    const { path } = await makeImage(join(core.folder, 'away'), 5);
    const copied = await addFiles(core, [path], { copy: true });
    const item = await detailOf(core, copied.addedIds[0] as number);
    expect(item.isCopied).toBe(true);
    expect(item.path.startsWith(project.mediaDir)).toBe(true);
    expect(readFileSync(item.path)).toEqual(readFileSync(path));
    expect(existsSync(path)).toBe(true);

    const { receiveUpload } = await import('../../src-main/app/library/media-store.ts');
    const other = await makeImage(join(core.folder, 'away'), 6);
    const body = new Blob([readFileSync(other.path)]).stream();
    const upload = await receiveUpload(project, '../../dir\\my <photo>.jpg', body);
    const uploaded = await addFiles(core, [], { uploads: [upload] });
    const second = await detailOf(core, uploaded.addedIds[0] as number);
    expect(second).toMatchObject({ name: 'my _photo_.jpg', isCopied: true });
    expect(readFileSync(second.path)).toEqual(readFileSync(other.path));
    expect(readdirSync(join(project.mediaDir, 'incoming'))).toEqual([]);
    await expect(
      core.finished(
        (await core.call('library.import', { paths: [], uploads: ['../project.lensmith'] })).jobId,
      ),
    ).resolves.toMatchObject({ state: 'failed', error: { code: 'library/unknown-upload' } });
  });

  test('keeps no copy of a file that changed since it was read, though as long as before', async () => {
    const core = await TestCore.start();
    const { path } = await makeImage(join(core.folder, 'away'), 1, 'bmp');
    const { media } = core.context.workers;
    const run = media.run.bind(media);
    media.run = (async (name: never, input: never, options: never) => {
      const output = await run(name, input, options);
      writeFileSync(path, readFileSync(path).fill(7, 60));
      return output;
    }) as unknown as typeof media.run;
    const report = await addFiles(core, [path], { copy: true });
    expect(report.broken).toMatchObject([{ path, error: { code: 'media/file-changing' } }]);
    expect(report.addedIds).toEqual([]);
  });

  test('pauses, goes on and is cancelled; what is in stays', async () => {
    const core = await TestCore.start();
    const folder = join(core.folder, 'slow');
    for (let number = 1; number <= 30; number += 1) await makeImage(folder, number, 'png');
    const { jobId } = await core.call('library.import', { paths: [folder] });
    const { jobs, events } = core.context;
    const job = () => jobs.list.find(({ id }) => id === jobId);
    const until = (isSo: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const stop = events.listen(() => {
          if (!isSo()) return;
          stop();
          resolve();
        });
      });
    await until(() => (job()?.done ?? 0) >= 3);
    await core.call('jobs.pause', { jobId });
    expect(job()?.state).toBe('paused');
    await core.call('jobs.resume', { jobId });
    await until(() => (job()?.done ?? 0) >= 8);
    await core.call('jobs.cancel', { jobId });
    expect((await core.finished(jobId)).state).toBe('cancelled');
    const report = (await core.call('library.importReport', { jobId })) as ImportReport;
    expect(report.isRunning).toBe(false);
    expect(await idsOf(core)).toHaveLength(report.addedIds.length);
    expect(report.addedIds.length).toBeLessThan(30);
  });

  test('reads alone the files at which the worker ended, and lists the one that ends it', async () => {
    const core = await TestCore.start();
    const folder = join(core.folder, 'deadly');
    for (const number of [1, 2, 3]) await makeImage(folder, number, 'png');
    const { media } = core.context.workers;
    const deadly = join(folder, 'picture-002.png');
    const run = media.run.bind(media);
    media.run = ((name: never, input: { readonly path: string }, options: never) => {
      // Before, so that the file is never read, and after, where the process is a new one.
      if (input.path === deadly) media.stop();
      const end = run(name, input as never, options);
      if (input.path === deadly) media.stop();
      return end;
    }) as unknown as typeof media.run;
    const report = await addFiles(core, [folder]);
    expect(report.broken).toMatchObject([{ path: deadly, error: { code: 'worker/ended' } }]);
    expect(report.addedIds).toHaveLength(2);
  });
});

describe('files that moved', () => {
  test('are seen missing, found again by contents as one act, and undone', async () => {
    const core = await TestCore.start();
    const [from, to] = [join(core.folder, 'from'), join(core.folder, 'to', 'deep')];
    const made = [await makeImage(from, 1), await makeImage(from, 2), await makeImage(from, 3)];
    await addFiles(core, [from]);
    const ids = made.map(({ path }) =>
      Number(core.store.get('SELECT id FROM items WHERE path = ?', path)?.['id']),
    );
    mkdirSync(to, { recursive: true });
    await rename(made[0]?.path ?? '', join(to, 'renamed.jpg'));
    await rename(made[1]?.path ?? '', join(to, 'other.jpg'));
    await rm(made[2]?.path ?? '');
    // Of the same size, but another picture.
    writeFileSync(join(to, 'decoy.jpg'), Buffer.alloc(readFileSync(join(to, 'other.jpg')).length));
    expect(await core.call('library.checkFiles', {})).toEqual({ missing: 3 });
    expect(await idsOf(core, 'missing:yes')).toHaveLength(3);

    const { jobId } = await core.call('library.relink', { folder: join(core.folder, 'to') });
    const job = await core.finished(jobId);
    const report = job.result as RelinkReport;
    expect(report.relinkedIds).toHaveLength(2);
    expect(report.notFound).toEqual([{ itemId: ids[2], path: made[2]?.path }]);
    expect(await idsOf(core, 'missing:yes')).toEqual([ids[2]]);
    expect((await detailOf(core, ids[0] as number)).path).toBe(join(to, 'renamed.jpg'));

    const undone = await core.call('edits.undo', { scope: 'library' });
    expect(undone.redo).toBe('Find 2 items again');
    expect((await detailOf(core, ids[0] as number)).path).toBe(made[0]?.path);
  });

  test('are taken up again when they are imported from their new place', async () => {
    const core = await TestCore.start();
    const { path } = await makeImage(join(core.folder, 'old'), 1);
    const { addedIds } = await addFiles(core, [path]);
    const moved = join(core.folder, 'new.jpg');
    await rename(path, moved);
    await core.call('library.checkFiles', {});
    const report = await addFiles(core, [moved]);
    expect(report.foundAgain).toEqual([{ path: moved, itemId: addedIds[0] }]);
    expect(await detailOf(core, addedIds[0] as number)).toMatchObject({
      path: moved,
      isMissing: false,
    });
  });
});

describe('acts on a selection', () => {
  test('tag, rate, split and notes are each one undo; labels say what was done', async () => {
    const core = await TestCore.start();
    const ids = core.addItems(Array.from({ length: 2500 }, (_, n) => `p${n}.png`));
    await core.call('library.tag', { itemIds: ids, add: ['Left Lung', 'new'], remove: [] });
    expect(await idsOf(core, 'tag:"left lung"')).toHaveLength(2500);
    expect(await core.call('library.tags', {})).toEqual([
      { name: 'Left Lung', count: 2500 },
      { name: 'new', count: 2500 },
    ]);
    await core.call('library.tag', { itemIds: ids.slice(0, 2), add: [], remove: ['NEW'] });
    expect(await idsOf(core, '-tag:new')).toEqual(ids.slice(0, 2));
    expect(await core.call('library.rate', { itemIds: ids.slice(0, 3), rating: 4 })).toEqual({
      changed: 3,
    });
    await core.call('library.setSplit', { itemIds: ids.slice(0, 5), split: 'test' });
    await core.call('library.setNotes', { itemId: ids[0] as number, notes: 'a hairline crack' });
    expect(await idsOf(core, 'hairl split:test rating>=4')).toEqual([ids[0]]);

    const labels: (string | null)[] = [];
    for (let at = 0; at < 5; at += 1) {
      labels.push((await core.call('edits.state', { scope: 'library' })).undo);
      await core.call('edits.undo', { scope: 'library' });
    }
    expect(labels).toEqual([
      'Change notes',
      'Put 5 items in test',
      'Rate 3 items 4',
      'Take “NEW” off 2 items',
      'Tag 2500 items “Left Lung”, “new”',
    ]);
    expect(await core.call('library.tags', {})).toEqual([]);
  });

  test('the trash keeps items until they are deleted for good; originals always stay', async () => {
    const core = await TestCore.start();
    const folder = join(core.folder, 'pictures');
    const original = await makeImage(folder, 1);
    const copied = await makeImage(folder, 2);
    const { addedIds: first } = await addFiles(core, [original.path]);
    const { addedIds: second } = await addFiles(core, [copied.path], { copy: true });
    const itemIds = [...first, ...second];
    const copy = await detailOf(core, second[0] as number);
    core.addBox(first[0] as number, null, [0, 0, 5, 5]);
    await core.call('library.trash', { itemIds });
    expect(await idsOf(core)).toEqual([]);
    expect(await idsOf(core, '', 'trash')).toEqual(itemIds);
    await core.call('library.restore', { itemIds: [first[0] as number] });
    expect(await idsOf(core)).toEqual(first);

    // Only what is in the trash.
    expect(await core.call('library.erase', { itemIds })).toEqual({ changed: 1, deletedFiles: 1 });
    expect(existsSync(copy.path)).toBe(false);
    expect(existsSync(copied.path)).toBe(true);
    await core.call('library.trash', { itemIds });
    expect(await core.call('library.erase', { itemIds })).toEqual({ changed: 1, deletedFiles: 0 });
    expect(existsSync(original.path)).toBe(true);
    expect(core.store.all('SELECT * FROM shapes')).toEqual([]);
    // No undo leads back to rows that are gone.
    expect(await core.call('edits.state', { scope: 'library' })).toEqual({
      undo: null,
      redo: null,
    });
  });
});

describe('near-duplicates', () => {
  test('are grouped, the best first, whatever their encoding', async () => {
    const core = await TestCore.start();
    const folder = join(core.folder, 'alike');
    const { path } = await makeImage(folder, 1, 'png');
    await makeImage(folder, 2, 'png');
    await sharp(path).resize(240).jpeg({ quality: 60 }).toFile(join(folder, 'small.jpg'));
    const { addedIds } = await addFiles(core, [folder]);
    const groups = await core.call('library.nearDuplicates', { itemIds: addedIds });
    expect(groups.map((group) => group.map(({ name }) => name))).toEqual([
      ['picture-001.png', 'small.jpg'],
    ]);
  });
});

describe('watched folders', () => {
  test('bring in what appears, once; what was deleted does not come back', async () => {
    const core = await TestCore.start();
    const folder = join(core.folder, 'camera');
    const { path } = await makeImage(folder, 1);
    const added = (count: number): Promise<void> =>
      new Promise((resolve) => {
        const look = async (): Promise<void> => {
          if ((await idsOf(core)).length !== count) return;
          stop();
          resolve();
        };
        const stop = core.context.events.listen(() => void look());
        void look();
      });
    expect(await core.call('library.watch', { folder })).toEqual([
      { path: folder, isMissing: false },
    ]);
    await added(1);
    await makeImage(join(folder, 'DCIM'), 2);
    await added(2);
    const ids = await idsOf(core);
    await core.call('library.trash', { itemIds: ids });
    await core.call('library.erase', { itemIds: ids });
    await makeImage(folder, 3);
    await added(1);
    expect(existsSync(path)).toBe(true);

    const { folder: project } = core.context.projects.current;
    await core.context.projects.close();
    await makeImage(folder, 4);
    rmSync(join(folder, 'DCIM'), { recursive: true });
    await core.context.projects.open(project);
    await added(2);
    expect(await core.call('library.unwatch', { folder })).toEqual([]);
  });

  test('are watched again when they come back, as a card does that is put in anew', async () => {
    const core = await TestCore.start();
    const folder = join(core.folder, 'card');
    await makeImage(folder, 1);
    const told = (isMissing: boolean): Promise<void> =>
      new Promise((resolve) => {
        const stop = core.context.events.listen((event, payload) => {
          if (event !== 'library.watchedChanged') return;
          if ((payload as WatchedFolder[])[0]?.isMissing !== isMissing) return;
          stop();
          resolve();
        });
      });
    const names = async (): Promise<string[]> => {
      const cards = await core.call('library.cards', { itemIds: await idsOf(core) });
      return cards.map(({ name }) => name);
    };
    await core.call('library.watch', { folder });
    await expect.poll(names).toEqual(['picture-001.jpg']);
    const gone = told(true);
    rmSync(folder, { recursive: true });
    await gone;
    const back = told(false);
    mkdirSync(folder);
    await back;
    await makeImage(folder, 2);
    await expect.poll(names).toEqual(['picture-001.jpg', 'picture-002.jpg']);
  });
});

test('browse lists folders and files of this machine', async () => {
  const core = await TestCore.start();
  const folder = temporaryFolder();
  await makeImage(folder, 1);
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'notes.txt'), 'x');
  const listed = await core.call('library.browse', { path: folder });
  expect(listed.folders).toEqual([{ name: 'sub', path: join(folder, 'sub') }]);
  expect(listed.files.map(({ name, isMedia }) => [name, isMedia])).toEqual([
    ['notes.txt', false],
    ['picture-001.jpg', true],
  ]);
  expect(listed.parent).toBe(join(folder, '..'));
  await expect(core.call('library.browse', { path: join(folder, 'gone') })).rejects.toMatchObject({
    code: 'library/folder-unreadable',
  });
});
