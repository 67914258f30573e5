/** What a person does with the turns of a sample; typing without a pause is one step of undo. */
import { LensmithError } from '../../base/errors.ts';
import type { Content, Role } from '../../ipc/contract/content.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import { sampleIdOfTurn } from '../../store/samples.ts';
import type { SampleRow, TurnRow } from '../../store/samples.ts';
import { positionAt } from './positions.ts';
import { requireSampleRow } from './read-samples.ts';
import { scopeOf } from './scope.ts';

export interface TurnToAdd {
  readonly role: Role;
  readonly content: Content;
  readonly rejected: Content | null;
}

/** @returns the turn's id */
export function addTurn(
  store: ProjectStore,
  sampleId: number,
  index: number | null,
  { role, content, rejected }: TurnToAdd,
): number {
  const sample = requireSampleRow(store, sampleId);
  return store.journal.edit(scopeOf(sample.items), 'Add turn', (edit) =>
    edit.insert('turns', {
      sample_id: sampleId,
      role,
      content_json: JSON.stringify(content),
      rejected_json: jsonOrNull(rejected),
      position: positionAt(edit, 'turns', sample.turns, index ?? sample.turns.length),
    }),
  );
}

export interface TurnFacts {
  readonly role?: Role | undefined;
  readonly content?: Content | undefined;
  readonly rejected?: Content | null | undefined;
}

/** @param burst joins it with the writes before it that say the same */
export function writeTurn(
  store: ProjectStore,
  turnId: number,
  { role, content, rejected }: TurnFacts,
  burst?: string,
): void {
  const { sample } = turnOf(store, turnId);
  const label = labelOf({ role, content, rejected });
  const values = {
    ...(role === undefined ? {} : { role }),
    ...(content === undefined ? {} : { content_json: JSON.stringify(content) }),
    ...(rejected === undefined ? {} : { rejected_json: jsonOrNull(rejected) }),
  };
  store.journal.edit(
    scopeOf(sample.items),
    label,
    (edit) => edit.update('turns', turnId, values),
    burst,
  );
}

function labelOf({ role, content, rejected }: TurnFacts): string {
  if (content === undefined) return role === undefined ? 'Second answer' : 'Change role';
  return rejected === undefined ? 'Typing' : 'Choose answer';
}

export function moveTurn(store: ProjectStore, turnId: number, index: number): void {
  const { sample } = turnOf(store, turnId);
  store.journal.edit(scopeOf(sample.items), 'Move turn', (edit) => {
    const others = sample.turns.filter(({ id }) => id !== turnId);
    const position = positionAt(edit, 'turns', others, Math.min(index, others.length));
    edit.update('turns', turnId, { position });
  });
}

/** A copy right after it. @returns its id */
export function duplicateTurn(store: ProjectStore, turnId: number): number {
  const { sample, turn } = turnOf(store, turnId);
  return store.journal.edit(scopeOf(sample.items), 'Duplicate turn', (edit) =>
    edit.insert('turns', {
      sample_id: sample.id,
      role: turn.role,
      content_json: turn.contentJson,
      rejected_json: turn.rejectedJson,
      position: positionAt(edit, 'turns', sample.turns, sample.turns.indexOf(turn) + 1),
    }),
  );
}

export function removeTurn(store: ProjectStore, turnId: number): void {
  const { sample } = turnOf(store, turnId);
  store.journal.edit(scopeOf(sample.items), 'Delete turn', (edit) => edit.delete('turns', turnId));
}

function jsonOrNull(content: Content | null): string | null {
  return content === null ? null : JSON.stringify(content);
}

function turnOf(store: ProjectStore, turnId: number): { sample: SampleRow; turn: TurnRow } {
  const sampleId = sampleIdOfTurn(store, turnId);
  const sample = sampleId === null ? undefined : requireSampleRow(store, sampleId);
  const turn = sample?.turns.find(({ id }) => id === turnId);
  if (sample !== undefined && turn !== undefined) return { sample, turn };
  throw new LensmithError('conversations/turn-missing', 'This turn is no longer there.', {
    got: `turn ${turnId}`,
    hint: 'It was deleted, or its making was undone.',
  });
}
