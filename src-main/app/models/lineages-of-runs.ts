import { existsSync } from 'node:fs';
import { asLensmithError } from '../../base/errors.ts';
import type { Run } from '../../ipc/contract/runs.ts';
import type { AppContext } from '../core/context.ts';
import { writeLineage } from './lineage-file.ts';
import { lineageOfRun } from './lineage-of-run.ts';

/** Puts beside the weights of each run that ends what they were made of. */
export function keepLineagesOfRuns(context: AppContext): void {
  context.events.listen((event, payload) => {
    if (event !== 'runs.ended') return;
    const { id, result } = payload as Run;
    if (result !== null) void keep(context, id, result.outputPath);
  });
}

async function keep(context: AppContext, runId: number, outputPath: string): Promise<void> {
  const project = context.projects.currentOrNull;
  if (project === null) return;
  try {
    const lineage = await lineageOfRun(project, runId, context.version);
    // The run, with its folder, may have been deleted meanwhile.
    if (lineage === null || !existsSync(outputPath)) return;
    await writeLineage(outputPath, lineage);
    context.events.emit('models.changed', {});
  } catch (error) {
    // It is told from the project's own records then.
    context.log(`models: lineage of run ${runId}: ${asLensmithError(error).message}`);
  }
}
