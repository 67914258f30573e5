import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { HandlerContext } from '../../src-main/app/core/feature.ts';
import type { CommandName, InputOf, OutputOf, PartOf } from '../../src-main/ipc/contract/index.ts';
import { commands } from '../../src-main/ipc/contract/index.ts';
import type { Job } from '../../src-main/ipc/contract/jobs.ts';
import { createCore } from '../../src-main/server/core.ts';
import type { Core } from '../../src-main/server/core.ts';
import * as v from 'valibot';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lensmith-conversations-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** The core in this process, with an open project; its workers are processes as always. */
export class TestCore {
  readonly #core: Core;
  readonly folder: string;

  private constructor(core: Core, folder: string) {
    this.#core = core;
    this.folder = folder;
  }

  static async start(): Promise<TestCore> {
    const folder = temporaryFolder();
    const core = await createCore({
      dataDir: join(folder, 'data'),
      version: 'test',
      log: () => undefined,
    });
    onTestFinished(() => core[Symbol.asyncDispose]());
    await core.context.projects.create(join(folder, 'project'), 'Test');
    return new TestCore(core, folder);
  }

  get core(): Core {
    return this.#core;
  }

  get context() {
    return this.#core.context;
  }

  get store() {
    return this.#core.context.projects.current.store;
  }

  /** As a window calls: input and output pass their schemas. */
  async call<N extends CommandName>(
    name: N,
    input: InputOf<N>,
    onPart: (part: PartOf<N>) => void = () => undefined,
  ): Promise<OutputOf<N>> {
    const { signal } = new AbortController();
    const handler = this.#core.handlers[name] as (
      input: unknown,
      context: HandlerContext<N>,
    ) => unknown;
    const checked: unknown = v.parse(commands[name].input, input);
    const output = await handler(checked, { signal, part: onPart });
    return v.parse(commands[name].output, output) as OutputOf<N>;
  }

  /** A picture in the library, without a file. @returns its id */
  addItem(name: string, more: Readonly<Record<string, string | number | null>> = {}): number {
    return this.addItems([name], more)[0] as number;
  }

  /** Pictures without files, in one act. @returns their ids */
  addItems(
    names: readonly string[],
    more: Readonly<Record<string, string | number | null>> = {},
  ): number[] {
    return this.store.journal.edit('library', 'Import', (edit) =>
      names.map((name) =>
        edit.insert('items', {
          ...{ kind: 'image', path: `/pictures/${name}`, name, hash: `hash-${name}` },
          ...{ format: 'png', size_bytes: 10, modified_ms: 0, added_ms: 0 },
          ...{ width: 1000, height: 500 },
          ...more,
        }),
      ),
    );
  }

  /** @returns the mark's id */
  addBox(itemId: number, labelId: number | null, box: readonly number[]): number {
    const [x = 0, y = 0, width = 0, height = 0] = box;
    return this.store.journal.edit(`item:${itemId}`, 'Draw box', (edit) =>
      edit.insert('shapes', {
        item_id: itemId,
        label_id: labelId,
        kind: 'box',
        geometry_json: JSON.stringify({ kind: 'box', x, y, width, height }),
        order: 1,
      }),
    );
  }

  addLabel(name: string, color = 0): number {
    return this.store.journal.edit('library', 'Add label', (edit) =>
      edit.insert('labels', { name, color, position: 1 }),
    );
  }

  /** Waits for the end of a job. @returns its last state */
  finished(jobId: string): Promise<Job> {
    const { jobs, events } = this.#core.context;
    const isOver = (job: Job): boolean =>
      job.id === jobId && ['done', 'failed', 'cancelled'].includes(job.state);
    const over = jobs.list.find(isOver);
    if (over !== undefined) return Promise.resolve(over);
    return new Promise((resolve) => {
      const stop = events.listen((event, payload) => {
        if (event !== 'jobs.changed' || !isOver(payload as Job)) return;
        stop();
        resolve(payload as Job);
      });
    });
  }
}

export const text = (words: string) => ({ type: 'text' as const, text: words });
export const user = (words: string) => ({ role: 'user' as const, content: [text(words)] });
export const assistant = (words: string) => ({
  role: 'assistant' as const,
  content: [text(words)],
});
