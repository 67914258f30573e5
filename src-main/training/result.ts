/** What a run leaves: an adapter folder, or a model folder. */
import { atomicDirectory } from '../base/atomic-file.ts';
import { writePeftAdapter } from '../formats/adapters/peft.ts';
import { adapterConfig, adapterTensors } from './adapters.ts';
import { writeModelFolder } from './model-folder.ts';
import { outputPathOf } from './training-run.ts';
import type { TrainingRun } from './training-run.ts';

/** Writes the weights as they are now, all or nothing. @throws the codes of writeError */
export async function writeResult(run: TrainingRun): Promise<void> {
  const { loaded, settings, modelDir } = run;
  await atomicDirectory(outputPathOf(run), async (folder) => {
    const { lora } = settings;
    if (lora === null) await writeModelFolder(loaded, modelDir, folder);
    else await writePeftAdapter(folder, adapterConfig(loaded, lora), adapterTensors(loaded, lora));
  });
}
