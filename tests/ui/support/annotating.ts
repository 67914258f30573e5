import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Geometry, NewShape, Shape } from '../../../src-main/ipc/contract/shapes.ts';
import type { App, AppOptions, UiSuite } from './app.ts';
import type { Place } from './input.ts';
import { jobsEnded } from './jobs.ts';
import type { Rpc } from './rpc.ts';

/** Least distance of a picture that fits to the edge of the stage; as the canvas has it. */
const margin = 24;

/** Polled until it holds; a busy machine may take its time. */
export function eventually<T>(read: () => T | Promise<T>) {
  return expect.poll(read, { timeout: 30_000, interval: 50 });
}

/** A project with pictures, as the tests of the annotate screen need it. */
export class Annotating {
  readonly app: App;
  readonly rpc: Rpc;
  /** In the order of the filmstrip. */
  readonly itemIds: readonly number[];

  private constructor(app: App, rpc: Rpc, itemIds: readonly number[]) {
    this.app = app;
    this.rpc = rpc;
    this.itemIds = itemIds;
  }

  /** @param make writes the files into a folder and names them */
  static async start(
    ui: UiSuite,
    make: (folder: string) => Promise<readonly string[]>,
    options: AppOptions = {},
  ): Promise<Annotating> {
    const app = await ui.start(options);
    app.page.setDefaultTimeout(10_000);
    const rpc = await app.rpc();
    const paths = await make(join(app.dataDir, 'media'));
    await rpc.call('project.create', { folder: join(app.dataDir, 'project'), name: 'Parts' });
    if (paths.length > 0) {
      await rpc.call('library.import', { paths });
      await jobsEnded(rpc, 'import');
    }
    const list = await rpc.call<{ ids: string }>('library.list', {
      ...{ filter: '', view: 'library', sort: 'added', isDescending: true },
    });
    const bytes = Buffer.from(list.ids, 'base64');
    const ids = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readInt32LE(at * 4));
    return new Annotating(app, rpc, ids);
  }

  get page(): Page {
    return this.app.page;
  }

  async open(itemId: number): Promise<void> {
    await this.page.evaluate((id) => (location.hash = `#/annotate/${id}`), itemId);
    await this.page.getByRole('application').waitFor();
    await this.atRest();
  }

  /** Until the picture is there and all edits are saved. */
  async atRest(): Promise<void> {
    const status = this.page.getByRole('status', { name: 'Marks' });
    await status.filter({ hasText: 'Saved' }).waitFor();
  }

  /** Where a pixel of a picture is in the window while the whole picture fits. */
  async at(size: { width: number; height: number }, x: number, y: number): Promise<Place> {
    const box = await this.page.getByRole('application').boundingBox();
    if (box === null) throw new Error('there is no canvas');
    const fitted = Math.min(
      (box.width - 2 * margin) / size.width,
      (box.height - 2 * margin) / size.height,
    );
    const scale = Math.min(8, fitted);
    return {
      x: box.x + Math.round((box.width - size.width * scale) / 2) + x * scale,
      y: box.y + Math.round((box.height - size.height * scale) / 2) + y * scale,
    };
  }

  places(
    size: { width: number; height: number },
    points: readonly (readonly [number, number])[],
  ): Promise<Place[]> {
    return Promise.all(points.map(([x, y]) => this.at(size, x, y)));
  }

  shapes(itemId: number): Promise<Shape[]> {
    return this.rpc.call('annotation.shapes', { itemId });
  }

  /** Waits until the store holds so many marks of an item. */
  async shapesOnce(itemId: number, count: number): Promise<Shape[]> {
    await eventually(async () => (await this.shapes(itemId)).length).toBe(count);
    return this.shapes(itemId);
  }

  createLabel(name: string, color: number, more: object = {}): Promise<number> {
    const facts = { name, color, attributes: [], skeleton: null, ...more };
    return this.rpc.call('annotation.createLabel', facts);
  }

  async add(
    itemId: number,
    geometries: readonly Geometry[],
    more: Partial<NewShape> = {},
  ): Promise<number[]> {
    const shapes = geometries.map((geometry) => ({
      ...{ labelId: null, geometry, attributes: {}, isLocked: false, isHidden: false },
      ...{ isDraft: false, source: 'person', text: '', ...more },
    }));
    return this.rpc.call('annotation.create', { itemId, shapes, act: 'Draw' });
  }
}
