/** Model folders that stay open between questions, in the process that owns the device. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelRef } from '../../ipc/contract/content.ts';
import { trimMemory } from '../../tensor/device.ts';
import { ImageMemo } from './image-memo.ts';
import { openSession } from './session.ts';
import type { Session } from './session.ts';

/** A base model and its tuned form, side by side. */
const keptOpen = 2;
const idleMs = 5 * 60_000;

export interface CachedSession {
  readonly session: Session;
  readonly images: ImageMemo;
}

interface Entry extends CachedSession {
  readonly model: ModelRef;
  readonly fingerprint: string;
}

export interface SessionCacheOptions {
  readonly limit?: number;
  /** Unused for so long, a model gives its memory back. */
  readonly idleMs?: number;
  readonly open?: (dir: string, options: { adapter?: string }) => Promise<Session>;
}

export class SessionCache implements Disposable {
  readonly #limit: number;
  readonly #idleMs: number;
  readonly #openModel: NonNullable<SessionCacheOptions['open']>;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: SessionCacheOptions = {}) {
    this.#limit = options.limit ?? keptOpen;
    this.#idleMs = options.idleMs ?? idleMs;
    this.#openModel = options.open ?? openSession;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What is held now. */
  get open(): readonly { readonly model: ModelRef; readonly session: Session }[] {
    return [...this.#entries.values()];
  }

  /**
   * Hands out a model for the time of `work`; one call at a time (see device-turn.ts). A folder that
   * changed on the disk is opened anew.
   * @throws the errors of openSession, and what `work` throws
   */
  async use<T>(model: ModelRef, work: (open: CachedSession) => Promise<T>): Promise<T> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    try {
      return await work(await this.#entryOf(model));
    } finally {
      this.#timer = setTimeout(() => this[Symbol.dispose](), this.#idleMs);
      this.#timer.unref();
    }
  }

  async #entryOf(model: ModelRef): Promise<Entry> {
    const { dir, adapter } = model;
    const key = JSON.stringify([dir, adapter]);
    const fingerprint = await fingerprintOf([dir, ...(adapter === null ? [] : [adapter])]);
    const known = this.#entries.get(key);
    this.#entries.delete(key);
    if (known?.fingerprint === fingerprint) {
      this.#entries.set(key, known);
      return known;
    }
    if (known !== undefined) close(known);
    // Room is made first, so that memory never holds more than the limit.
    for (const [oldest, entry] of this.#entries) {
      if (this.#entries.size < this.#limit) break;
      this.#entries.delete(oldest);
      close(entry);
    }
    const session = await this.#openModel(dir, adapter === null ? {} : { adapter });
    const entry = { model, session, images: new ImageMemo(session), fingerprint };
    this.#entries.set(key, entry);
    return entry;
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#entries.size === 0) return;
    for (const entry of this.#entries.values()) close(entry);
    this.#entries.clear();
    trimMemory();
  }
}

function close({ session, images }: Entry): void {
  images[Symbol.dispose]();
  session[Symbol.dispose]();
}

/** Names, sizes and times of the files in the folders. */
async function fingerprintOf(folders: readonly string[]): Promise<string> {
  const facts: string[] = [];
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.sort()) {
      const file = await stat(join(folder, name)).catch(() => null);
      if (file?.isFile()) facts.push(`${folder}/${name} ${file.size} ${file.mtimeMs}`);
    }
  }
  return facts.join('\n');
}
