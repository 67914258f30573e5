import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EventHub } from '../../src-main/app/core/events.ts';
import { Projects } from '../../src-main/app/project/projects.ts';
import { itemValues } from '../store/support.ts';

function setUp() {
  const folder = mkdtempSync(join(tmpdir(), 'lensmith-projects-'));
  const events = new EventHub();
  const told: [string, unknown][] = [];
  events.listen((event, payload) => told.push([event, payload]));
  const projects = new Projects(events, () => 1_700_000_000_000);
  onTestFinished(async () => {
    await projects.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, projects, told };
}

describe('projects', () => {
  it('are made in new and empty folders, and opened by their folder or file', async () => {
    const { folder, projects } = setUp();
    const path = join(folder, 'deep', 'chest');
    await projects.create(path, 'Chest');
    await projects.close();
    expect(() => projects.current).toThrow(expect.objectContaining({ code: 'project/none-open' }));
    expect((await projects.open(join(path, 'project.lensmith'))).summary).toMatchObject({
      name: 'Chest',
      folder: path,
    });
    expect((await projects.open(path)).name).toBe('Chest'); // the same again
  });

  it('are refused where something is, or nothing can be', async (context) => {
    const { folder, projects } = setUp();
    writeFileSync(join(folder, 'notes.txt'), '');
    await expect(projects.create(folder, 'X')).rejects.toMatchObject({
      code: 'project/folder-not-empty',
      got: 'notes.txt',
    });
    await expect(projects.create(join(folder, 'notes.txt', 'x'), 'X')).rejects.toMatchObject({
      code: 'io/not-writable',
    });
    await expect(projects.open(folder)).rejects.toMatchObject({ code: 'project/not-found' });
    context.skip(process.platform !== 'linux', 'only Linux has /proc');
    await expect(projects.create('/proc/nothing/here', 'X')).rejects.toThrow();
  });

  it('stay open when the next one cannot be opened', async () => {
    const { folder, projects } = setUp();
    await projects.create(join(folder, 'one'), 'One');
    mkdirSync(join(folder, 'broken'));
    writeFileSync(join(folder, 'broken', 'project.lensmith'), 'no database '.repeat(500));
    await expect(projects.open(join(folder, 'broken'))).rejects.toMatchObject({
      code: 'project/damaged',
    });
    expect(projects.current.name).toBe('One');
  });

  it('tell windows what changed, and of large changes only that they were large', async () => {
    const { folder, projects, told } = setUp();
    const { store } = await projects.create(join(folder, 'one'), 'One');
    store.journal.edit('library', 'Add', (edit) => edit.insert('items', itemValues('a.png')));
    expect(told.at(-1)).toEqual([
      'project.changed',
      {
        scope: 'library',
        label: 'Add',
        cause: 'edit',
        tables: ['items'],
        itemIds: [1],
        isMany: false,
      },
    ]);
    store.journal.edit('library', 'Add many', (edit) => {
      for (let i = 0; i < 600; i++) edit.insert('items', itemValues(`${i}.png`));
    });
    expect(told.at(-1)?.[1]).toMatchObject({ itemIds: [], isMany: true });
  });

  it('wait for what follows them before they close', async () => {
    const { folder, projects } = setUp();
    const order: string[] = [];
    projects.follow({
      onOpened: ({ name }) => void order.push(`opened ${name}`),
      onClosing: async ({ name, store }) => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        store.writeMeta('last', 'words'); // the store is still open
        order.push(`closing ${name}`);
      },
    });
    await projects.create(join(folder, 'one'), 'One');
    await projects.create(join(folder, 'two'), 'Two');
    expect(order).toEqual(['opened One', 'closing One', 'opened Two']);
  });
});
