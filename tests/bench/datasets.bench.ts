/**
 * Datasets of a project with 100,000 samples: choosing and splitting them, listing a page, and writing
 * the snapshot that a run trains on, in the core. Tells for each how long it takes and the longest
 * stretch in which the core answered nobody. Processor time of the core's thread, so that what a
 * machine does besides is not counted; the collector's is: its moves of the rows that stay (see
 * `--trace-gc`) are what is left of the longest stretch. Prints one line of JSON.
 *
 *     node_modules/.bin/node tests/bench/datasets.bench.ts
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuplicateFinder } from '../../src-main/app/datasets/groups.ts';
import { previewOf } from '../../src-main/app/datasets/preview.ts';
import { sampleRows } from '../../src-main/app/datasets/sample-rows.ts';
import { selectSamples } from '../../src-main/app/datasets/selection.ts';
import { writeSnapshot } from '../../src-main/app/datasets/snapshot.ts';
import { OpenProject } from '../../src-main/app/project/open-project.ts';
import type { AppContext } from '../../src-main/app/core/context.ts';
import type { DatasetSpec } from '../../src-main/ipc/contract/datasets.ts';

const samples = 100_000;
const spec: DatasetSpec = {
  filter: '',
  settings: {
    statuses: ['draft', 'reviewed'],
    dialect: 'normalized-box',
    split: { by: 'shares', train: 80, validation: 10, test: 10, seed: 1 },
  },
};

function fill({ store }: OpenProject): void {
  const content = (text: string) => JSON.stringify([{ type: 'text', text }]);
  const marked = JSON.stringify([
    { type: 'text', text: 'What is ' },
    { type: 'region', shapeId: 1 },
  ]);
  const turn = 'INSERT INTO turns (sample_id, role, content_json, position) VALUES (?, ?, ?, ?)';
  store.transaction(() => {
    for (let n = 1; n <= samples; n += 1) {
      store.run(
        `INSERT INTO items (kind, path, name, hash, format, size_bytes, modified_ms, width, height,
           added_ms) VALUES ('image', ?, ?, ?, 'jpeg', 1, 1, 1000, 500, 1)`,
        ...[`/pictures/${n}.jpg`, `${n}.jpg`, n.toString(16).padStart(64, '0')],
      );
      store.run(
        `INSERT INTO samples (kind, status, position, created_ms)
           VALUES ('conversation', 'reviewed', ?, 1)`,
        n,
      );
      store.run('INSERT INTO sample_items (sample_id, item_id, position) VALUES (?, ?, 0)', n, n);
      store.run(turn, n, 'user', n % 2 === 0 ? marked : content('What do you see here?'), 0);
      store.run(turn, n, 'assistant', content(`Part ${n}, and it is fit.`), 1);
    }
    store.run(
      `INSERT INTO shapes (item_id, kind, geometry_json, "order")
       VALUES (1, 'box', '{"kind":"box","x":10,"y":10,"width":40,"height":30}', 1)`,
    );
  });
}

const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

/** How long it takes, and the longest stretch without a turn for others. */
async function measured<T>(work: () => Promise<T>): Promise<[T, object]> {
  const start = cpuMs();
  let last = start;
  let longest = 0;
  let isOver = false;
  const watch = (async () => {
    while (!isOver) {
      await new Promise(setImmediate);
      const now = cpuMs();
      longest = Math.max(longest, now - last);
      last = now;
    }
  })();
  const result = await work();
  isOver = true;
  await watch;
  return [result, { cpuMs: Math.round(last - start), longestMs: Math.round(longest) }];
}

const folder = mkdtempSync(join(tmpdir(), 'lensmith-bench-'));
try {
  const project = await OpenProject.create(join(folder, 'project'), 'Bench', { now: Date.now });
  fill(project);
  // No perceptual hashes: groups of near-duplicates are the media worker's work.
  const settings = { values: { nearDuplicateBits: 4 } };
  const finder = new DuplicateFinder({ settings } as unknown as AppContext);
  const [selection, select] = await measured(() => selectSamples(project, spec, finder));
  const [, again] = await measured(() => selectSamples(project, spec, finder));
  const [, preview] = await measured(async () => previewOf(selection, spec.settings));
  const [, page] = await measured(async () => sampleRows(project, selection.samples.slice(0, 500)));
  const request = { ...spec, datasetId: null, name: 'All', nowMs: 1 };
  const [facts, snapshot] = await measured(() =>
    writeSnapshot(project, request, selection, join(folder, 'snapshot')),
  );
  const figures = { select, again, preview, page, snapshot };
  console.log(
    JSON.stringify({ bench: 'datasets', samples, written: facts.counts.train, ...figures }),
  );
  project[Symbol.dispose]();
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
