/** All evaluations of the project, kept up to date by events. */
import { query } from '../../api/query.svelte.ts';
import type { Query } from '../../api/query.svelte.ts';

/** To be called while a component is set up. */
export function useEvaluations(): Query<'evaluations.list'> {
  return query('evaluations.list', () => ({}), {
    events: ['evaluations.changed', 'evaluations.deleted'],
  });
}

/** To be called while a component is set up. */
export function useEvaluation(evaluationId: () => number): Query<'evaluations.read'> {
  return query('evaluations.read', () => ({ evaluationId: evaluationId() }), {
    events: ['evaluations.changed', 'project.changed'],
    concerns: (payload) =>
      'id' in payload
        ? payload.id === evaluationId()
        : payload.tables.some((table) => ['samples', 'turns', 'datasets'].includes(table)),
  });
}
