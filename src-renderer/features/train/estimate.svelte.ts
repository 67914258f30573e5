import type { RunPlan, RunRequest } from '../../../src-main/ipc/contract/runs.ts';
import type { ErrorWire } from '../../../src-main/ipc/contract/wire.ts';
import { client, errorWireOf, isCancelled } from '../../api/client.ts';
import { texts } from './texts/index.ts';

/** A person who is still typing waits for nothing. */
const settleMs = 600;

export interface Estimate {
  /** Of the request as it is; an older one while a new one is made. */
  readonly plan: RunPlan | null;
  readonly error: ErrorWire | null;
  /** What it is at, in words; null: at rest. */
  readonly note: string | null;
}

/**
 * What a request would need, made anew when it changes. To be called while a component is set up.
 * @param request reactive; its name does not matter
 */
export function useEstimate(request: () => RunRequest | null): Estimate {
  let plan = $state.raw<RunPlan | null>(null);
  let error = $state.raw<ErrorWire | null>(null);
  let note = $state<string | null>(null);
  const asked = $derived.by(() => {
    const given = request();
    return given === null ? null : JSON.stringify({ ...given, name: '' });
  });

  $effect(() => {
    if (asked === null) {
      [plan, error, note] = [null, null, null];
      return;
    }
    const controller = new AbortController();
    const { signal } = controller;
    note = texts().lookingAtSettings;
    const begin = (): void => {
      const onPart = (part: { readonly note: string }): void => {
        if (!signal.aborted) note = part.note;
      };
      client.call('runs.plan', JSON.parse(asked) as RunRequest, { signal, onPart }).then(
        (made) => {
          if (signal.aborted) return;
          plan = made;
          error = null;
          note = null;
        },
        (thrown: unknown) => {
          if (signal.aborted || isCancelled(thrown)) return;
          plan = null;
          error = errorWireOf(thrown);
          note = null;
        },
      );
    };
    const timer = setTimeout(begin, settleMs);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  });

  return {
    get plan() {
      return plan;
    },
    get error() {
      return error;
    },
    get note() {
      return note;
    },
  };
}
