/** What the sample project is made of: pictures of parts, what to say of them, and which are held out. */
import { join } from 'node:path';
import type { AppContext } from '../core/context.ts';
import { startProjectJob } from '../library/project-jobs.ts';
import type { OpenProject } from '../project/open-project.ts';
import { importSamples } from './import-file.ts';

const doneKey = 'sample_project_filled';

/**
 * Fills a new sample project, as a job while it is open already; one that ended in the middle of it
 * is filled when it is opened the next time, and nothing is in it twice. Media are copied: where the program lies may change.
 * @returns the job's id; null: it is filled already
 */
export function fillSampleProject(context: AppContext, project: OpenProject): string | null {
  if (project.store.readMeta(doneKey) !== undefined) return null;
  const folder = join(context.resourcesDir, 'sample-project');
  const splits = new Map([
    [join(folder, 'train.json'), 'train'],
    [join(folder, 'test.json'), 'test'],
  ]);
  return startProjectJob(context, project, {
    kind: 'import-samples',
    title: 'Fill the sample project',
    run: async (job) => {
      const { result } = await importSamples(context, project, job, {
        paths: [...splits.keys()],
        copy: true,
        // In one transaction with the samples: what dies before leaves none, what dies after has all.
        alongside: (edit, itemsOf) => {
          for (const [file, split] of splits) {
            edit.updateAll('items', [...(itemsOf.get(file) ?? [])], { split });
          }
          project.store.writeMeta(doneKey, '1');
        },
      });
      return result;
    },
    resultFor: (result) => result,
  }).id;
}
