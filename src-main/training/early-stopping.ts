export interface EarlyStoppingState {
  readonly best: { readonly step: number; readonly loss: number } | null;
  /** Evaluations since the best one. */
  readonly sinceBest: number;
}

/** Remembers the best evaluation and says when the others have not come near it for too long. */
export class EarlyStopping {
  /** Evaluations without a better one that end the run; null never does. */
  readonly patience: number | null;
  #state: EarlyStoppingState;

  constructor(patience: number | null, state?: EarlyStoppingState) {
    this.patience = patience;
    this.#state = state ?? { best: null, sinceBest: 0 };
  }

  get state(): EarlyStoppingState {
    return this.#state;
  }

  /** @returns whether this is the best so far */
  observe(step: number, loss: number): boolean {
    const { best, sinceBest } = this.#state;
    const better = Number.isFinite(loss) && (best === null || loss < best.loss);
    this.#state = better
      ? { best: { step, loss }, sinceBest: 0 }
      : { best, sinceBest: sinceBest + 1 };
    return better;
  }

  get shouldStop(): boolean {
    return this.patience !== null && this.#state.sinceBest >= this.patience;
  }
}
