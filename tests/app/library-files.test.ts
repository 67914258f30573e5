import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fillSampleProject } from '../../src-main/app/conversations/sample-project.ts';
import { itemPath } from '../../src-main/app/library/media-store.ts';
import type { OpenProject } from '../../src-main/app/project/open-project.ts';
import { readItem } from '../../src-main/store/items.ts';
import { makeImage } from '../ui/support/media.ts';
import { TestCore } from './conversations-support.ts';

async function copyIn(core: TestCore, path: string): Promise<string> {
  const { jobId } = await core.call('library.import', { paths: [path], copy: true });
  expect((await core.finished(jobId)).error).toBeNull();
  const report = await core.call('library.importReport', { jobId });
  const project = core.context.projects.current;
  const item = readItem(project.store, report?.addedIds[0] as number);
  if (item === undefined) throw new Error('nothing was imported');
  return itemPath(project, item);
}

async function reopen(core: TestCore): Promise<OpenProject> {
  const { projects } = core.context;
  const { folder } = projects.current;
  await projects.close();
  return projects.open(folder);
}

test('copies of an import that was taken back go with the project once no redo leads to them', async () => {
  const core = await TestCore.start();
  const { mediaDir } = core.context.projects.current;
  const kept = await copyIn(core, (await makeImage(join(core.folder, 'away'), 1)).path);
  const undone = await copyIn(core, (await makeImage(join(core.folder, 'away'), 2)).path);
  const half = `${kept}.0123456789ab.tmp`;
  const theirs = [join(mediaDir, 'notes.txt'), join(kept, '..', 'picture.jpg')];
  for (const path of [half, ...theirs]) writeFileSync(path, 'x');

  await core.call('edits.undo', { scope: 'library' });
  await reopen(core);
  expect([existsSync(kept), existsSync(undone), existsSync(half)]).toEqual([true, true, false]);
  await core.call('edits.redo', { scope: 'library' });
  await core.call('edits.undo', { scope: 'library' });
  // Something new: the import cannot be done again.
  core.addItem('other.png');
  await reopen(core);
  expect([existsSync(kept), existsSync(undone)]).toEqual([true, false]);
  expect(theirs.map((path) => existsSync(path))).toEqual([true, true]);
});

test('a sample project that died while it was filled is filled once', async () => {
  const core = await TestCore.start();
  const folder = join(core.folder, 'resources', 'sample-project');
  mkdirSync(folder, { recursive: true });
  for (const [at, name] of ['train', 'test'].entries()) {
    const { path } = await makeImage(folder, at + 1);
    const conversations = [
      { from: 'human', value: '<image>\nWhat is it?' },
      { from: 'gpt', value: 'A part.' },
    ];
    const image = path.slice(folder.length + 1);
    writeFileSync(
      join(folder, `${name}.json`),
      JSON.stringify([{ id: name, image, conversations }]),
    );
  }
  const context = { ...core.context, resourcesDir: join(core.folder, 'resources') };
  const project = core.context.projects.current;
  const counts = (): unknown[] =>
    ['items', 'samples'].map((table) => core.store.all(`SELECT id FROM ${table}`).length);

  const { writeMeta } = project.store;
  project.store.writeMeta = () => {
    throw new Error('the process ends here');
  };
  const first = await core.finished(fillSampleProject(context, project) ?? '');
  expect(first.state).toBe('failed');
  expect(counts()).toEqual([2, 0]);

  project.store.writeMeta = writeMeta;
  const second = await core.finished(fillSampleProject(context, project) ?? '');
  expect(second.state).toBe('done');
  expect(counts()).toEqual([2, 2]);
  const splits = core.store.all('SELECT split FROM items ORDER BY id');
  expect(splits.map(({ split }) => split)).toEqual(['train', 'test']);
  expect(fillSampleProject(context, project)).toBeNull();
  expect(readdirSync(project.mediaDir)).toHaveLength(2);
});
