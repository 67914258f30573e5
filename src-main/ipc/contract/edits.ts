import * as v from 'valibot';
import { command } from './command.ts';

/** What undo and redo would take back, in words; null: nothing. */
export const undoState = v.object({ undo: v.nullable(v.string()), redo: v.nullable(v.string()) });
export type UndoState = v.InferOutput<typeof undoState>;

const inScope = v.object({
  /** `library` for acts on items, tags, labels, splits; `item:ID` for marks and conversations of an item. */
  scope: v.pipe(v.string(), v.maxLength(100)),
});

export const historyEntry = v.object({
  id: v.number(),
  label: v.string(),
  state: v.picklist(['done', 'undone', 'dropped']),
  atMs: v.number(),
  changes: v.array(
    v.object({
      table: v.string(),
      id: v.number(),
      before: v.nullable(v.record(v.string(), v.unknown())),
      after: v.nullable(v.record(v.string(), v.unknown())),
    }),
  ),
});
export type HistoryEntry = v.InferOutput<typeof historyEntry>;

export const editsCommands = {
  'edits.state': command(inScope, undoState),
  'edits.undo': command(inScope, undoState),
  'edits.redo': command(inScope, undoState),
  /** Acts that touched one row, newest first. */
  'edits.history': command(
    v.object({ table: v.picklist(['items', 'samples', 'shapes']), id: v.number() }),
    v.array(historyEntry),
  ),
};
