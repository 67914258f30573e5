import type { AppContext } from '../core/context.ts';
import type { Feature, FeatureCommands } from '../core/feature.ts';

export function editsFeature({ projects }: AppContext): Feature<FeatureCommands<'edits'>> {
  const journal = () => projects.current.store.journal;
  return {
    handlers: {
      'edits.state': ({ scope }) => journal().state(scope),
      'edits.undo': ({ scope }) => journal().undo(scope),
      'edits.redo': ({ scope }) => journal().redo(scope),
      'edits.history': ({ table, id }) =>
        journal()
          .history(table, id)
          .map((entry) => ({ ...entry, changes: [...entry.changes] })),
    },
  };
}
