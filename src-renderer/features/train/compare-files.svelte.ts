/** Log files of the command line beside the runs of the project. */
import { readRun } from './logs/log-file.ts';
import type { Run as LogRun } from './logs/log-file.ts';

class LogFiles {
  runs: readonly LogRun[] = $state.raw([]);
  /** Of the files opened last: why they are not among the runs. */
  refusals: readonly string[] = $state.raw([]);

  async add(files: readonly File[]): Promise<void> {
    const refused: string[] = [];
    for (const file of files) {
      const run = await readRun(file, this.runs);
      if (typeof run === 'string') refused.push(run);
      else this.runs = [...this.runs, run];
    }
    this.refusals = refused;
  }

  remove(id: number): void {
    this.runs = this.runs.filter((run) => run.id !== id);
  }
}

export const logFiles = new LogFiles();
