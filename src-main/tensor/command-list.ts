import { addon, fromNative } from './native.ts';

/**
 * Ops that were asked for once, to be done again with what their operands then hold: where the same
 * work comes back again and again, asking for it costs as much as small work does itself. Tensors
 * that the ops made and read stay where they are, and are not given to others, until the list is
 * disposed; what a body returns is made anew by each replay, in the same tensors.
 */
export class CommandList implements Disposable {
  readonly #list: number;

  private constructor(list: number) {
    this.#list = list;
  }

  /** Does what `body` asks for, and keeps it. Uploads and reads are not kept. */
  static record<T>(body: () => T): { readonly commands: CommandList; readonly result: T } {
    try {
      addon().beginRecording();
    } catch (thrown) {
      throw fromNative(thrown);
    }
    let result: T;
    try {
      result = body();
    } catch (error) {
      addon().forget(addon().endRecording());
      throw error;
    }
    return { commands: new CommandList(addon().endRecording()), result };
  }

  /** Queues all of it once more. */
  replay(): void {
    try {
      addon().replay(this.#list);
    } catch (thrown) {
      throw fromNative(thrown);
    }
  }

  [Symbol.dispose](): void {
    addon().forget(this.#list);
  }
}
