/** Measures steps without what happens between them. */
export class StepClock {
  #since = performance.now();
  #seconds: number | null = null;

  /** Seconds since the last call or skip. */
  lap(): number {
    const now = performance.now();
    const seconds = Math.max(1e-6, (now - this.#since) / 1000);
    this.#since = now;
    this.#seconds = this.#seconds === null ? seconds : 0.9 * this.#seconds + 0.1 * seconds;
    return seconds;
  }

  skip(): void {
    this.#since = performance.now();
  }

  secondsFor(steps: number): number {
    return (this.#seconds ?? 0) * steps;
  }
}
