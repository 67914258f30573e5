import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/paths.mjs';
import type { Dataset, DatasetSettings } from '../../src-main/ipc/contract/datasets.ts';
import type { RunRequest, RunSettings } from '../../src-main/ipc/contract/runs.ts';
import { defaultRunSettings } from '../../src-main/app/runs/run-defaults.ts';
import type { TestCore } from './conversations-support.ts';
import { assistant, user } from './conversations-support.ts';

const sampleProject = join(root, 'resources', 'sample-project');

interface LlavaRecord {
  readonly image: string;
  readonly conversations: readonly { readonly value: string }[];
}

/** One sample as a person would have made it. @returns its id */
export function addSample(
  core: TestCore,
  itemIds: readonly number[],
  words: { readonly question?: string; readonly answer?: string; readonly status?: string } = {},
): number {
  const { question = 'What is it?', answer = 'A part.', status = 'reviewed' } = words;
  return core.store.journal.edit('library', 'Add sample', (edit) => {
    const id = edit.insert('samples', {
      kind: 'conversation',
      status,
      position: Number(core.store.get('SELECT count(*) AS n FROM samples')?.['n']) + 1,
      created_ms: 0,
    });
    itemIds.forEach((itemId, position) =>
      edit.insert('sample_items', { sample_id: id, item_id: itemId, position }),
    );
    for (const [position, turn] of [user(question), assistant(answer)].entries()) {
      const content = JSON.stringify(turn.content);
      edit.insert('turns', { sample_id: id, role: turn.role, content_json: content, position });
    }
    return id;
  });
}

/** Pictures and conversations of the sample project, by path. @returns ids of the samples */
export function fillLibrary(core: TestCore, count: number): number[] {
  const records = JSON.parse(
    readFileSync(join(sampleProject, 'train.json'), 'utf8'),
  ) as LlavaRecord[];
  return records.slice(0, count).map(({ image, conversations: [asked, said] }) => {
    const path = join(sampleProject, image);
    const hash = createHash('sha256').update(image).digest('hex');
    const item = core.addItem(image, { path, hash, format: 'jpeg' });
    const question = (asked?.value ?? '').replace('<image>\n', '');
    return addSample(core, [item], { question, answer: said?.value ?? '' });
  });
}

export const byShares: DatasetSettings = {
  statuses: ['draft', 'reviewed'],
  dialect: 'normalized-box',
  split: { by: 'shares', train: 80, validation: 20, test: 0, seed: 1 },
};

export function makeDataset(core: TestCore, settings = byShares): Promise<Dataset> {
  return core.call('datasets.create', { name: 'All', filter: '', settings });
}

/** A short run of the starter model: seconds. */
export function shortRun(
  datasetId: number,
  settings: Partial<RunSettings> = {},
  name = 'Short',
): RunRequest {
  return {
    name,
    model: { dir: join(root, 'resources', 'starter-model'), adapter: null },
    datasetId,
    method: 'lora',
    settings: {
      ...defaultRunSettings('lora'),
      parts: ['projector', 'llm'],
      length: { by: 'steps', steps: 12 },
      batchSize: 2,
      learningRate: 2e-3,
      rank: 4,
      dropout: 0.1,
      evalEvery: 6,
      answersShown: 2,
      ...settings,
    },
  };
}
