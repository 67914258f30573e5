/** What a run says of its held-out samples between steps, and which evaluation was the best. */
import { throwIfCancelled } from '../base/errors.ts';
import type { TrainerState } from './checkpoint.ts';
import { EarlyStopping } from './early-stopping.ts';
import { evaluateHeldOut } from './evaluation.ts';
import type { HeldOutResult } from './evaluation.ts';
import type { SampleLog } from './sample-log.ts';
import type { TrainingRun } from './training-run.ts';

type Kept = Pick<TrainerState, 'evaluations' | 'earlyStopping'>;

export class Evaluations {
  readonly #run: TrainingRun;
  readonly #done: { readonly step: number; readonly loss: number }[] = [];
  #earlyStopping: EarlyStopping;

  constructor(run: TrainingRun) {
    this.#run = run;
    this.#earlyStopping = new EarlyStopping(run.settings.patience);
  }

  restore({ evaluations, earlyStopping }: Kept): void {
    this.#done.push(...evaluations);
    this.#earlyStopping = new EarlyStopping(this.#run.settings.patience, earlyStopping);
  }

  get state(): Kept {
    return { evaluations: this.#done, earlyStopping: this.#earlyStopping.state };
  }

  get best(): Kept['earlyStopping']['best'] {
    return this.#earlyStopping.state.best;
  }

  /** None came near the best one for as long as the settings say. */
  get shouldStop(): boolean {
    return this.#earlyStopping.shouldStop;
  }

  /** Told, and never among those that choose the best weights: nothing was learnt yet. */
  async beforeTheFirstStep(log: SampleLog): Promise<void> {
    const found = await this.#evaluate(0, log);
    if (found === null) return;
    this.#tell(0, false, found);
  }

  /** @returns whether it is the best so far; false for a run that holds nothing out */
  async after(step: number, log: SampleLog): Promise<boolean> {
    const found = await this.#evaluate(step, log);
    if (found === null) return false;
    const best = this.#earlyStopping.observe(step, found.loss);
    this.#done.push({ step, loss: found.loss });
    this.#tell(step, best, found);
    return best;
  }

  #tell(step: number, best: boolean, { loss, answers }: HeldOutResult): void {
    this.#run.onEvent?.({ kind: 'evaluation', step, best, loss, answers });
  }

  async #evaluate(step: number, log: SampleLog): Promise<HeldOutResult | null> {
    const { heldOut, features, answersShown, signal, onEvent } = this.#run;
    if (heldOut === null) return null;
    onEvent?.({ kind: 'evaluating', step });
    const { subject, data } = heldOut;
    const result = await evaluateHeldOut(subject, data.samples, features, answersShown, signal);
    throwIfCancelled(signal, 'Training');
    await log.append(step, 'held-out', result.sampleLosses);
    return result;
  }
}
