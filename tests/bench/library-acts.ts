/** Acts on all items of a library at once, and how long others wait for an answer meanwhile. */
import type { Rpc } from '../ui/support/rpc.ts';

interface Act {
  readonly tookMs: number;
  /** The longest that a small question of another window waited. */
  readonly longestWaitMs: number;
}

async function watched(other: Rpc, work: () => Promise<unknown>): Promise<Act> {
  let isOver = false;
  let longest = 0;
  const asking = (async () => {
    while (!isOver) {
      const start = performance.now();
      await other.call('jobs.list', {});
      longest = Math.max(longest, performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  const start = performance.now();
  await work();
  const tookMs = Math.round(performance.now() - start);
  isOver = true;
  await asking;
  return { tookMs, longestWaitMs: Math.round(longest) };
}

export async function measureActs(client: Rpc, other: Rpc): Promise<Record<string, Act>> {
  const order = { view: 'library', sort: 'added', isDescending: true };
  const { ids } = await client.call<{ ids: string }>('library.list', { filter: '', ...order });
  const bytes = Buffer.from(ids, 'base64');
  const itemIds = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readInt32LE(at * 4));
  const undo = (): Promise<unknown> => client.call('edits.undo', { scope: 'library' });
  const redo = (): Promise<unknown> => client.call('edits.redo', { scope: 'library' });
  const acts: Record<string, () => Promise<unknown>> = {
    rate: () => client.call('library.rate', { itemIds, rating: 5 }),
    undoRate: undo,
    redoRate: redo,
    trash: () => client.call('library.trash', { itemIds }),
    undoTrash: undo,
    tag: () => client.call('library.tag', { itemIds, add: ['all of them'], remove: [] }),
    undoTag: undo,
  };
  const measured: Record<string, Act> = {};
  for (const [name, act] of Object.entries(acts)) measured[name] = await watched(other, act);
  return measured;
}
