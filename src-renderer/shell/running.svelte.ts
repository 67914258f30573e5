import type { RunProgress } from '../../src-main/ipc/contract/runs.ts';
import { client } from '../api/client.ts';
import { coreWords } from '../core-words/core-words.ts';
import { formatLoss, formatTimeLeft } from '../ui/format.ts';
import { toasts } from '../ui/toasts.svelte.ts';
import { navigation } from './navigation.svelte.ts';
import { texts } from './texts/index.ts';

/** A run in the words of the status bar: `run 3: step 412 of 900, loss 0.83, 4 min left`. */
export function runWords(run: RunProgress): string {
  const { step, totalSteps, loss, secondsLeft, reading } = run;
  const say = texts();
  if (run.phase === 'preparing') {
    return reading === null
      ? say.runPreparing(run.name)
      : say.runReading(run.name, reading.done, reading.total);
  }
  const parts = [
    totalSteps === null ? say.step(step) : say.stepOf(step, totalSteps),
    loss === null ? '' : say.loss(formatLoss(loss)),
    run.phase === 'training' && secondsLeft !== null ? formatTimeLeft(secondsLeft) : '',
    run.phase === 'training' ? '' : say.phases[run.phase],
  ];
  return say.runAt(
    run.name,
    parts.filter((part) => part !== ''),
  );
}

/** The run at work, for the status bar, wherever the person is. */
class RunningStore {
  run: RunProgress | null = $state.raw(null);

  constructor() {
    client.on('runs.progress', (progress) => {
      this.run = progress;
    });
    client.on('runs.changed', ({ id, state }) => {
      if (this.run?.runId === id && state !== 'running') this.run = null;
    });
    client.on('project.opened', () => void this.#read());
    client.onConnection((isConnected) => {
      if (isConnected) void this.#read();
    });
    client.on('runs.ended', ({ id, name, state, error }) => {
      if (this.run?.runId === id) this.run = null;
      const isGood = state === 'done' || state === 'stopped' || state === 'paused';
      const why = error === null ? texts().runEndedEarly : coreWords(error.message);
      const body = isGood ? texts().runEnds[state] : why;
      window.lensmithDesktop?.notify({ title: name, body });
      // Its own page says it already.
      if (navigation.path === `/train/${id}`) return;
      toasts.show(`${name}: ${body}`, {
        tone: isGood ? 'good' : 'error',
        action: { label: texts().show, run: () => navigation.go(`/train/${id}`) },
      });
    });
  }

  async #read(): Promise<void> {
    try {
      this.run = await client.call('runs.current', {});
    } catch {
      // Without a project there are no runs; what else is wrong shows on the Train screen.
      this.run = null;
    }
  }
}

export const running = new RunningStore();
