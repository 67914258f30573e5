/** The steps of a run: those of its log, and those that come while it is at work. */
import type { RunLine } from '../../../src-main/ipc/contract/runs.ts';
import { client } from '../../api/client.ts';

/** Lines in order of their steps; `more` replaces what stands from its first step on. */
export function joinedLines(known: readonly RunLine[], more: readonly RunLine[]): RunLine[] {
  const [first] = more;
  if (first === undefined) return [...known];
  let end = known.length;
  while (end > 0 && (known[end - 1]?.step ?? 0) >= first.step) end--;
  return [...known.slice(0, end), ...more];
}

/** Follows one run until the component that calls it goes. @param runId reactive */
export function useRunLines(runId: () => number): { readonly lines: readonly RunLine[] } {
  let lines = $state.raw<readonly RunLine[]>([]);

  $effect(() => {
    const id = runId();
    let isOver = false;
    lines = [];
    /** Steps told while the log is on its way. */
    let early: RunLine[] | null = [];
    const read = async (): Promise<void> => {
      early = [];
      const log = await client.call('runs.log', { runId: id, afterStep: 0 }).catch(() => []);
      if (isOver) return;
      lines = joinedLines(log, early ?? []);
      early = null;
    };
    const take = (more: readonly RunLine[]): void => {
      if (early !== null) early = joinedLines(early, more);
      else {
        const isGap = (more[0]?.step ?? 0) > (lines.at(-1)?.step ?? 0) + 1;
        // Events that a lost connection swallowed stand in the log.
        if (isGap) void read();
        else lines = joinedLines(lines, more);
      }
    };
    const stops = [
      client.on('runs.progress', (progress) => {
        if (progress.runId === id && progress.lines.length > 0) take(progress.lines);
      }),
      client.onConnection((isConnected) => {
        if (isConnected) void read();
      }),
    ];
    return () => {
      isOver = true;
      stops.forEach((stop) => stop());
    };
  });

  return {
    get lines() {
      return lines;
    },
  };
}
