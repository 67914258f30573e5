/** Rows of runs with what else belongs to each: its folder, its diary, the windows that show it. */
import { rename, rm } from 'node:fs/promises';
import { LensmithError } from '../../base/errors.ts';
import type { Run } from '../../ipc/contract/runs.ts';
import { deleteRun, findRun, listRuns, updateRun } from '../../store/runs.ts';
import type { RunRow, RunStateColumn } from '../../store/runs.ts';
import type { AppContext } from '../core/context.ts';
import type { OpenProject } from '../project/open-project.ts';
import { noteRunEntry } from './run-folder.ts';
import { folderOf, queueOf, runView } from './run-view.ts';
import { errorInWords } from './setting-words.ts';

export const stateWords: Readonly<Record<RunStateColumn, string>> = {
  queued: 'Waits for its turn',
  running: 'At work',
  paused: 'Paused',
  stopped: 'Stopped',
  interrupted: 'Interrupted',
  failed: 'Failed',
  done: 'Done',
};

export class RunRecords {
  readonly #context: AppContext;
  readonly #project: OpenProject;

  constructor(context: AppContext, project: OpenProject) {
    this.#context = context;
    this.#project = project;
  }

  /** @throws runs/missing */
  row(id: number): RunRow {
    const row = findRun(this.#project.store, id);
    if (row !== undefined) return row;
    throw new LensmithError('runs/missing', 'This run is no longer there.', { got: `run ${id}` });
  }

  view(id: number): Run {
    return runView(this.#project, this.row(id), queueOf(this.#project));
  }

  list(): Run[] {
    const queue = queueOf(this.#project);
    return listRuns(this.#project.store).map((row) => runView(this.#project, row, queue));
  }

  folder(id: number): string {
    return folderOf(this.#project, this.row(id));
  }

  /** Tells the windows how a run stands. */
  tell(id: number): void {
    this.#context.events.emit('runs.changed', this.view(id));
  }

  rename(id: number, part: { name?: string | undefined; notes?: string | undefined }): Run {
    this.row(id);
    const { name, notes } = part;
    updateRun(this.#project.store, id, {
      ...(name === undefined ? {} : { name }),
      ...(notes === undefined ? {} : { notes }),
    });
    this.tell(id);
    return this.view(id);
  }

  /** Puts a run at rest. */
  settle(id: number, state: RunStateColumn, error?: LensmithError): void {
    const atMs = this.#context.now();
    updateRun(this.#project.store, id, {
      state,
      errorJson: error === undefined ? null : JSON.stringify(errorInWords(error.toJSON())),
      endedMs: atMs,
    });
    const words = stateWords[state];
    const text = error === undefined ? words : `${words}: ${error.message}`;
    noteRunEntry(this.folder(id), { atMs, text });
    this.tell(id);
  }

  /** What another process left behind at work can go on from its checkpoint. */
  settleInterrupted(): void {
    for (const { id, state } of listRuns(this.#project.store)) {
      if (state !== 'running') continue;
      const error = new LensmithError('runs/interrupted', 'The program ended while this ran.');
      this.settle(id, 'interrupted', error);
    }
  }

  async delete(id: number): Promise<void> {
    const folder = this.folder(id);
    // Away at once under another name, so that half a folder never looks like a run.
    const doomed = `${folder}.deleted`;
    await rename(folder, doomed).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    deleteRun(this.#project.store, id);
    this.#context.events.emit('runs.deleted', { runId: id });
    for (const waiting of queueOf(this.#project)) this.tell(waiting);
    await rm(doomed, { recursive: true, force: true });
  }
}
