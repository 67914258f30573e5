import type { AppContext } from '../core/context.ts';
import type { Feature, FeatureCommands } from '../core/feature.ts';

export function editsFeature({ projects }: AppContext): Feature<FeatureCommands<'edits'>> {
  const journal = () => projects.current.store.journal;
  return {
    handlers: {
      'edits.state': ({ scope }) => journal().state(scope),
      'edits.undo': ({ scope }) => journal().moveInPieces(scope, 'undo'),
      'edits.redo': ({ scope }) => journal().moveInPieces(scope, 'redo'),
      'edits.history': ({ table, id }) =>
        journal()
          .history(table, id)
          .map((entry) => ({ ...entry, changes: [...entry.changes] })),
    },
  };
}
