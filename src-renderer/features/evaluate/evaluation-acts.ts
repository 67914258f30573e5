/** What can be done to an evaluation, with its words when it fails. */
import { client, errorWireOf } from '../../api/client.ts';
import { toasts } from '../../ui/toasts.svelte.ts';

async function told(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (thrown) {
    const { message, hint } = errorWireOf(thrown);
    toasts.show(hint === undefined ? message : `${message} ${hint}`, { tone: 'error' });
    return false;
  }
}

export const evaluationActs = {
  stop: (evaluationId: number) => told(client.call('evaluations.stop', { evaluationId })),
  resume: (evaluationId: number) => told(client.call('evaluations.resume', { evaluationId })),
  remove: (evaluationId: number) => told(client.call('evaluations.delete', { evaluationId })),
  rename: (evaluationId: number, name: string) =>
    told(client.call('evaluations.rename', { evaluationId, name })),
};
