/** Reads big-endian numbers forwards; what leads beyond the end is a RangeError. */
export class ByteCursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes that are not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** The bytes that are not read yet. */
  get rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }

  /** The same bytes from their start. */
  again(): ByteCursor {
    return new ByteCursor(this.#bytes);
  }

  /** The next `size` bytes (0…8) as an unsigned number; those beyond 2^53 are no sizes of anything. */
  unsigned(size: number): number {
    let value = 0;
    for (const byte of this.take(size)) value = value * 256 + byte;
    if (!Number.isSafeInteger(value)) throw new RangeError('a number beyond all sizes');
    return value;
  }

  text(length: number): string {
    return Buffer.from(this.take(length)).toString('latin1');
  }

  take(length: number): Uint8Array {
    if (!(length >= 0 && length <= this.left)) {
      throw new RangeError(`${length} bytes where ${this.left} are left`);
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** The next bytes as a cursor of their own. */
  part(length: number): ByteCursor {
    return new ByteCursor(this.take(length));
  }
}
