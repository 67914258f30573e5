import type { Page } from 'playwright-core';
import type { CommandName, InputOf, OutputOf } from '../../../src-main/ipc/contract/index.ts';

interface Answer<N extends CommandName> {
  readonly id: number;
  /** Not in an error, nor in a part of a stream. */
  readonly output?: OutputOf<N>;
}

/**
 * Stands between a page, which is loaded anew, and its core, whose answers to a command go where `give`
 * sends them.
 */
export async function meetAnswers<N extends CommandName>(
  page: Page,
  command: N,
  give: (answer: Answer<N>, input: InputOf<N>, send: (answer: Answer<N>) => void) => void,
): Promise<void> {
  await page.routeWebSocket(/.*/, (socket) => {
    const asked = new Map<number, InputOf<N>>();
    const core = socket.connectToServer();
    socket.onMessage((text) => {
      const frame = JSON.parse(String(text)) as { id: number; command?: string; input: InputOf<N> };
      if (frame.command === command) asked.set(frame.id, frame.input);
      core.send(text);
    });
    core.onMessage((text) => {
      const answer = JSON.parse(String(text)) as Answer<N>;
      const input = asked.get(answer.id);
      if (input === undefined) socket.send(text);
      else give(answer, input, (given) => socket.send(JSON.stringify(given)));
    });
  });
  await page.reload();
}

/** Answers to a command that come as late as a test wants. */
export class HeldAnswers {
  #isHolding = false;
  readonly #held: (() => void)[] = [];

  static async of(page: Page, command: CommandName): Promise<HeldAnswers> {
    const answers = new HeldAnswers();
    await meetAnswers(page, command, (answer, _, send) => answers.#give(() => send(answer)));
    return answers;
  }

  #give(send: () => void): void {
    if (this.#isHolding) this.#held.push(send);
    else send();
  }

  hold(): void {
    this.#isHolding = true;
  }

  release(): void {
    this.#isHolding = false;
    for (const send of this.#held.splice(0)) send();
  }
}
