/** Follows up work that ends in any order, in the order in which it was numbered, one after another. */
export class InOrder {
  readonly #ready = new Map<number, () => Promise<void>>();
  #next = 0;
  #following: Promise<void> = Promise.resolve();
  #error: unknown;
  #hasFailed = false;
  #waiting: (() => void)[] = [];

  /** How far ahead a number is of what was followed up. */
  ahead(number: number): number {
    return number - this.#next;
  }

  /** Resolves when the next was followed up, or one has failed. */
  moved(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** @param work runs once all smaller numbers were followed up; after one that failed none does */
  add(number: number, work: () => Promise<void>): void {
    this.#ready.set(number, work);
    this.#following = this.#following.then(() => this.#follow());
  }

  /** A number will not come: none after it is followed up. */
  fail(error: unknown): void {
    if (!this.#hasFailed) this.#error = error;
    this.#hasFailed = true;
    this.#tell();
  }

  /** Nothing more comes. @throws what failed first */
  async end(): Promise<void> {
    await this.#following;
    if (this.#hasFailed) throw this.#error;
  }

  async #follow(): Promise<void> {
    for (let work = this.#take(); work !== undefined; work = this.#take()) {
      try {
        await work();
      } catch (error) {
        this.fail(error);
      }
      this.#next += 1;
      this.#tell();
    }
  }

  #tell(): void {
    for (const tell of this.#waiting.splice(0)) tell();
  }

  #take(): (() => Promise<void>) | undefined {
    if (this.#hasFailed) return undefined;
    const work = this.#ready.get(this.#next);
    this.#ready.delete(this.#next);
    return work;
  }
}
