import { openSession } from '../session/session.ts';

/** An adapter as it sits on its model. */
export interface AdapterSummary {
  readonly rank: number;
  readonly alpha: number;
  /** Linear maps with a low-rank part beside them. */
  readonly adaptedModules: number;
  /** Of the low-rank parts. */
  readonly parameters: number;
  /** Parts of the adapter that found no place in the model. */
  readonly unmatched: readonly string[];
}

/**
 * Puts an adapter on its model and counts.
 * @throws the errors of openSession
 */
export async function inspectAdapter(dir: string, adapterDir: string): Promise<AdapterSummary> {
  using session = await openSession(dir, { adapter: adapterDir, sizesOnly: true });
  let [adaptedModules, parameters] = [0, 0];
  for (const { adapter } of session.loaded.weights.linears.values()) {
    if (adapter === null) continue;
    adaptedModules += 1;
    parameters += adapter.a.numel + adapter.b.numel;
  }
  const applied = session.adapter;
  return {
    rank: applied?.config.rank ?? 0,
    alpha: applied?.config.alpha ?? 0,
    adaptedModules,
    parameters,
    unmatched: applied?.unmatched ?? [],
  };
}
