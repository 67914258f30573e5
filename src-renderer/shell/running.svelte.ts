import type { RunProgress } from '../../src-main/ipc/contract/runs.ts';
import { client } from '../api/client.ts';
import { formatCount, formatLoss, formatTimeLeft } from '../ui/format.ts';
import { toasts } from '../ui/toasts.svelte.ts';
import { navigation } from './navigation.svelte.ts';

/** A run in the words of the status bar: `run 3: step 412 of 900, loss 0.83, 4 min left`. */
export function runWords(run: RunProgress): string {
  const { step, totalSteps, loss, secondsLeft, reading } = run;
  if (run.phase === 'preparing') {
    return reading === null
      ? `${run.name}: getting ready`
      : `${run.name}: reading ${formatCount(reading.done)} of ${formatCount(reading.total)} samples`;
  }
  const of = totalSteps === null ? '' : ` of ${formatCount(totalSteps)}`;
  const parts = [
    `step ${formatCount(step)}${of}`,
    loss === null ? '' : `loss ${formatLoss(loss)}`,
    run.phase === 'training' && secondsLeft !== null ? formatTimeLeft(secondsLeft) : '',
    run.phase === 'training' ? '' : run.phase,
  ];
  return `${run.name}: ${parts.filter((part) => part !== '').join(', ')}`;
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
      const body = isGood ? `${state}.` : (error?.message ?? 'It ended early.');
      window.lensmithDesktop?.notify({ title: name, body });
      toasts.show(`${name}: ${body}`, {
        tone: isGood ? 'good' : 'error',
        action: { label: 'Show', run: () => navigation.go(`/train/${id}`) },
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
