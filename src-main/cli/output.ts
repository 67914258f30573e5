import type { ErrorWire } from '../base/errors.ts';
import { formatDuration } from './format.ts';

/** Where text goes: process.stdout and process.stderr, or a test. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const barWidth = 24;
/** Redrawing more often would only cost. */
const redrawMs = 80;

/**
 * Prints results on standard output, for people or as one JSON document, and
 * everything else on standard error. Progress is drawn on terminals only.
 */
export class Output {
  readonly json: boolean;
  readonly #out: TextSink;
  readonly #err: TextSink;
  #drawn = 0;
  #barOpen = false;
  #startedMs = 0;

  constructor(json: boolean, out: TextSink, err: TextSink) {
    this.json = json;
    this.#out = out;
    this.#err = err;
  }

  /** The one result of a command. @param text for people, made only when wanted */
  result(document: unknown, text: () => string): void {
    this.#closeBar();
    this.#out.write(this.json ? `${JSON.stringify(document, null, 2)}\n` : ensureNewline(text()));
  }

  /** A piece of a text that appears as it is made; nothing with --json. */
  stream(text: string): void {
    if (this.json) return;
    this.#closeBar();
    this.#out.write(text);
  }

  /** A remark beside the result, on standard error. */
  note(text: string): void {
    this.#closeBar();
    this.#err.write(ensureNewline(text));
  }

  /** @param detail what else is worth knowing now: a loss, a rate */
  progress(label: string, done: number, total: number, detail = ''): void {
    if (!this.#err.isTTY) return;
    const now = performance.now();
    if (!this.#barOpen) this.#startedMs = now;
    if (this.#barOpen && done < total && now - this.#drawn < redrawMs) return;
    this.#drawn = now;
    this.#barOpen = true;
    const part = total > 0 ? Math.min(1, done / total) : 0;
    const full = Math.round(part * barWidth);
    const bar = '█'.repeat(full) + '░'.repeat(barWidth - full);
    const left = part > 0 ? ((now - this.#startedMs) / part) * (1 - part) : 0;
    const time = part > 0 && part < 1 ? `  ${formatDuration(left)} left` : '';
    const line = `${label} ${bar} ${done}/${total}${time}${detail === '' ? '' : `  ${detail}`}`;
    this.#err.write(`\r\x1b[K${line.slice(0, (this.#err.columns ?? 100) - 1)}`);
  }

  /** An error for people on standard error, and with --json as the one document too. */
  error(error: ErrorWire): void {
    this.#closeBar();
    const rows = (['expected', 'got', 'hint'] as const)
      .filter((field) => error[field] !== undefined)
      .map((field) => `  ${field}: ${error[field]}`);
    this.#err.write(`${[`error ${error.code}: ${error.message}`, ...rows].join('\n')}\n`);
    if (this.json) this.#out.write(`${JSON.stringify({ error }, null, 2)}\n`);
  }

  /** Ends a progress line, so that what follows starts on a line of its own. */
  #closeBar(): void {
    if (this.#barOpen) this.#err.write('\n');
    this.#barOpen = false;
  }
}

function ensureNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
