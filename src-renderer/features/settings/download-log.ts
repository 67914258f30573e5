import { client, errorWireOf } from '../../api/client.ts';
import { toasts } from '../../ui/toasts.svelte.ts';

/** Hands the log to the browser's downloads, where the folder itself is on another machine perhaps. */
export async function downloadLog(): Promise<void> {
  try {
    const log = await client.call('settings.log', {});
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([log], { type: 'text/plain' }));
    link.download = 'lensmith-core.log';
    link.click();
    // The download has its own hold on it by the next turn.
    setTimeout(() => URL.revokeObjectURL(link.href));
  } catch (thrown) {
    toasts.show(errorWireOf(thrown).message, { tone: 'error' });
  }
}
