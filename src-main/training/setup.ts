/** Makes a loaded model ready for a method: adapters in place, trained weights marked. */
import { LensmithError } from '../base/errors.ts';
import { isInsideSaved, isSavedWhole } from '../formats/adapters/peft.ts';
import type { LoraConfig } from '../formats/adapters/peft.ts';
import type { LoadedModel } from '../models/load.ts';
import { applyPeftAdapter, createAdapters } from './adapters.ts';
import { requireTrainables } from './optimizer.ts';
import { partOf, trainAdapters, trainWeights } from './parts.ts';
import type { Trainable } from './parts.ts';
import type { TrainingSettings } from './settings.ts';

/**
 * @returns the weights that train, in the model's order
 * @throws training/no-targets, training/nothing-trains, training/adapter-mismatch, and the
 *         errors of applyPeftAdapter
 */
export async function setUpTraining(
  loaded: LoadedModel,
  settings: TrainingSettings,
): Promise<Trainable[]> {
  const { lora, parts, initAdapter } = settings;
  if (lora === null) {
    const trainables = trainWeights(loaded, (name) => parts.includes(partOf(name)));
    requireTrainables(trainables);
    return trainables;
  }
  if (initAdapter === null) createAdapters(loaded, lora, settings.seed);
  else await continueAdapter(loaded, initAdapter, lora);
  const adapters = trainAdapters(loaded, parts);
  const whole = trainWeights(loaded, (name) => isSavedWhole(lora, name));
  requireTrainables([...adapters, ...whole]);
  return [...adapters, ...whole];
}

/** Training goes on only from an adapter that is wholly used and can be wholly saved again. */
async function continueAdapter(loaded: LoadedModel, dir: string, lora: LoraConfig): Promise<void> {
  const applied = await applyPeftAdapter(loaded, dir);
  refuseBoth(loaded, lora, dir);
  const unsaved = applied.matched.filter(
    (path) => loaded.weights.parameters.has(path) && !isSavedWhole(lora, path),
  );
  const problems = [...applied.unmatched, ...unsaved];
  if (problems.length === 0) return;
  throw new LensmithError('training/adapter-mismatch', `${dir} cannot be trained on.`, {
    expected: 'an adapter whose every module is in the model and in its config',
    got: problems.slice(0, 20).join(', '),
    hint: 'Give the adapter of this very model; modules saved whole must stand in modules_to_save.',
  });
}

/** A map that trains whole carries no pair: PEFT, which reads the result, knows no such adapter. */
function refuseBoth({ weights }: LoadedModel, lora: LoraConfig, dir: string): void {
  const both = [...weights.linears]
    .filter(([path, { adapter }]) => adapter !== null && isInsideSaved(lora, path))
    .map(([path]) => path);
  if (both.length === 0) return;
  throw new LensmithError('training/adapter-mismatch', `${dir} stands where modules train whole.`, {
    expected: 'modules to train whole that carry no pair of the adapter',
    got: both.slice(0, 20).join(', '),
    hint: 'Leave them out of the modules to save, or begin from another adapter.',
  });
}
