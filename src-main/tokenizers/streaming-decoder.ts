import { cleanUpSpaces, type Tokenizer } from './tokenizer.ts';

/** Characters of earlier tokens kept, so that rules for the very first text do not fire again. */
const contextCharacters = 8;
/** The clean-up of spaces changes at most this many characters before a place. */
const cleanUpReach = 4;

/**
 * Text of tokens as they come, each piece final: characters whose bytes are spread over tokens
 * are held back until complete. All pieces joined equal `tokenizer.decode(ids)`.
 * One instance serves one answer.
 */
export class StreamingDecoder {
  readonly #tokenizer: Tokenizer;
  readonly #skipSpecialTokens: boolean;
  #context: string[] = [];
  #pending: string[] = [];
  #uncleaned = '';

  constructor(tokenizer: Tokenizer, options: { readonly skipSpecialTokens?: boolean } = {}) {
    this.#tokenizer = tokenizer;
    this.#skipSpecialTokens = options.skipSpecialTokens ?? false;
  }

  /** The text that `id` completes; empty while a character is still open. */
  push(id: number): string {
    const token = this.#tokenizer.textToDecode(id, this.#skipSpecialTokens);
    if (token === undefined) return '';
    const chain = this.#tokenizer.decodeChain;
    this.#pending.push(token);
    if (!chain.streamable || chain.isByteToken(token)) return '';
    return this.#clean(this.#take(true), false);
  }

  /** What is still held back, after the last token; broken bytes become U+FFFD. */
  flush(): string {
    const text = this.#pending.length === 0 ? '' : this.#take(false);
    return this.#clean(text, true);
  }

  #take(mayWait: boolean): string {
    const chain = this.#tokenizer.decodeChain;
    const known = this.#context.length === 0 ? '' : chain.decode(this.#context);
    const all = [...this.#context, ...this.#pending];
    const text = chain.decode(all);
    if (mayWait && text.endsWith('\ufffd')) return '';
    this.#pending = [];
    let start = all.length;
    for (let length = 0; start > 0 && length < contextCharacters;)
      length += all[--start]?.length ?? 0;
    this.#context = all.slice(start);
    return text.slice(known.length);
  }

  /** Emits only up to a place that the clean-up cannot reach across. */
  #clean(text: string, isEnd: boolean): string {
    if (!this.#tokenizer.cleansUpSpaces) return text;
    this.#uncleaned += text;
    let cut = this.#uncleaned.length;
    const isOpen = (place: number): boolean =>
      /[ ']/.test(this.#uncleaned.slice(Math.max(0, place - cleanUpReach), place));
    while (!isEnd && cut > 0 && isOpen(cut)) cut--;
    const ready = cleanUpSpaces(this.#uncleaned.slice(0, cut));
    this.#uncleaned = this.#uncleaned.slice(cut);
    return ready;
  }
}
