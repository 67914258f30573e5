/** An answer of a model on its way: seen as it comes, kept only when the person says so. */
import type { ErrorWire } from '../../../src-main/ipc/contract/wire.ts';
import { client, errorWireOf, isCancelled } from '../../api/client.ts';
import { modelChoice } from './model-choice.svelte.ts';
import { texts } from './texts/index.ts';

export class Draft {
  text = $state('');
  isRunning = $state(true);
  error: ErrorWire | null = $state.raw(null);
  readonly modelName: string;
  readonly #controller = new AbortController();

  /** @param beforeTurnId the answer would stand in its place; null: after all turns */
  constructor(sampleId: number, beforeTurnId: number | null, temperature: number | undefined) {
    this.modelName = modelChoice.name;
    void this.#ask(sampleId, beforeTurnId, temperature);
  }

  stop(): void {
    this.#controller.abort();
    this.isRunning = false;
  }

  async #ask(
    sampleId: number,
    beforeTurnId: number | null,
    temperature: number | undefined,
  ): Promise<void> {
    const { model, dialect } = modelChoice;
    try {
      if (model === null) throw new Error(texts().noModel);
      const settings = temperature === undefined ? {} : { temperature };
      const { text } = await client.call(
        'conversations.draft',
        { sampleId, beforeTurnId, model, dialect, settings },
        {
          signal: this.#controller.signal,
          onPart: (part) => {
            this.text += part.text;
          },
        },
      );
      this.text = text;
    } catch (thrown) {
      if (!isCancelled(thrown)) this.error = errorWireOf(thrown);
    } finally {
      this.isRunning = false;
    }
  }
}
