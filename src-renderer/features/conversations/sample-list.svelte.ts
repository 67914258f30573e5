/** The list of all samples, a page at a time as it comes into sight, and which of them are chosen. */
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { SampleFilter, SampleSummary } from '../../../src-main/ipc/contract/conversations.ts';
import type { ErrorWire } from '../../../src-main/ipc/contract/wire.ts';
import { client, errorWireOf, isCancelled } from '../../api/client.ts';

const pageSize = 100;

export class SampleList {
  total: number | null = $state(null);
  error: ErrorWire | null = $state.raw(null);
  readonly chosen = new SvelteSet<number>();
  readonly #pages = new SvelteMap<number, readonly SampleSummary[]>();
  #filter: SampleFilter;
  #asked: number[] = [];
  #controller = new AbortController();
  #range = { first: 0, end: pageSize };

  constructor(filter: SampleFilter) {
    this.#filter = filter;
  }

  get filter(): SampleFilter {
    return this.#filter;
  }

  /** undefined: not read yet. */
  at(index: number): SampleSummary | undefined {
    return this.#pages.get(Math.floor(index / pageSize))?.[index % pageSize];
  }

  /** Index of a sample among those that were read; -1: not there. */
  indexOf(sampleId: number): number {
    for (const [page, samples] of this.#pages) {
      const at = samples.findIndex(({ id }) => id === sampleId);
      if (at >= 0) return page * pageSize + at;
    }
    return -1;
  }

  use(filter: SampleFilter): void {
    this.#filter = filter;
    this.chosen.clear();
    this.#pages.clear();
    this.#range = { first: 0, end: pageSize };
    this.refresh();
  }

  /** Reads what is in sight again; what was read stays until then. */
  refresh(): void {
    this.#controller.abort();
    this.#controller = new AbortController();
    this.#asked = [];
    this.ensure(this.#range.first, this.#range.end);
  }

  ensure(first: number, end: number): void {
    this.#range = { first, end };
    const last = Math.floor(Math.max(first, end - 1) / pageSize);
    for (let page = Math.floor(first / pageSize); page <= last; page++) {
      if (this.#asked.includes(page)) continue;
      this.#asked.push(page);
      void this.#read(page);
    }
  }

  async #read(page: number): Promise<void> {
    const { signal } = this.#controller;
    try {
      const { total, samples } = await client.call(
        'conversations.list',
        { filter: this.#filter, offset: page * pageSize, limit: pageSize },
        { signal },
      );
      if (signal.aborted) return;
      this.total = total;
      this.error = null;
      this.#pages.set(page, samples);
      // Pages that were read before a change are read again when they come into sight.
      for (const other of this.#pages.keys()) {
        if (!this.#asked.includes(other)) this.#pages.delete(other);
      }
    } catch (thrown) {
      if (signal.aborted || isCancelled(thrown)) return;
      this.error = errorWireOf(thrown);
    }
  }
}
