/** After which steps a run evaluates, and after which it saves. */
import type { TrainingRun } from './training-run.ts';

const defaultSaveEvery = 500;
/** Epochs of a few steps would spend more time on checkpoints than on learning. */
const fewestStepsBetween = 50;

export class Cadence {
  readonly #run: Pick<TrainingRun, 'evalEvery' | 'saveEvery'>;
  readonly #totalSteps: number;
  readonly #stepsPerEpoch: number;

  constructor(
    run: Pick<TrainingRun, 'evalEvery' | 'saveEvery'>,
    totalSteps: number,
    stepsPerEpoch: number,
  ) {
    this.#run = run;
    this.#totalSteps = totalSteps;
    this.#stepsPerEpoch = stepsPerEpoch;
  }

  evaluatesAfter(step: number): boolean {
    const { evalEvery } = this.#run;
    if (step === this.#totalSteps) return true;
    return evalEvery === null ? this.#endsEpoch(step) : step % evalEvery === 0;
  }

  /** @param savedStep of the last checkpoint, 0 before the first */
  savesAfter(step: number, savedStep: number): boolean {
    const { saveEvery } = this.#run;
    if (step === this.#totalSteps) return true;
    if (saveEvery !== null) return step % saveEvery === 0;
    const isSpaced = step - savedStep >= fewestStepsBetween;
    return (this.#endsEpoch(step) && isSpaced) || step % defaultSaveEvery === 0;
  }

  #endsEpoch(step: number): boolean {
    return step % this.#stepsPerEpoch === 0;
  }
}
