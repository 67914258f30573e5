import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src-main/store/database.ts';
import {
  countAnswered,
  deleteEvaluation,
  insertEvaluation,
  insertEvaluationSamples,
  lastVoted,
  openSamples,
  readEvaluationSamples,
  takeVoteBack,
  writeSideResult,
  writeVote,
} from '../../src-main/store/evaluations.ts';
import { ProjectStore } from '../../src-main/store/project-store.ts';
import { migrations } from '../../src-main/store/schema.ts';
import { steppingClock, temporaryFolder } from './support.ts';

it('a project of version 2 opens with what it held, and keeps evaluations from then on', () => {
  const path = join(temporaryFolder(), 'project.lensmith');
  const old = openDatabase(path, { migrations: migrations.slice(0, 2) });
  old.exec("INSERT INTO tags (name) VALUES ('old')");
  old.close();

  using store = new ProjectStore(path, { now: steppingClock() });
  expect(store.get('SELECT name FROM tags')).toEqual({ name: 'old' });
  const facts = { name: 'A', requestJson: '{}', factsJson: '{}', voteSeed: 3, createdMs: 1 };
  const id = insertEvaluation(store, facts);
  insertEvaluationSamples(store, id, ['{"key":"a"}', '{"key":"b"}', '{"key":"c"}']);
  writeSideResult(store, id, 1, 'base', '{}');
  expect(openSamples(store, id, 'base')).toEqual([
    { position: 0, key: 'a' },
    { position: 2, key: 'c' },
  ]);
  expect(countAnswered(store, id)).toEqual({ samples: 3, base: 1, tuned: 0 });
  // Two votes within a millisecond are taken back in their order.
  writeVote(store, id, 2, 'tie', 50);
  writeVote(store, id, 0, 'tuned', 50);
  expect(lastVoted(store, id)).toBe(0);
  takeVoteBack(store, id, 0);
  expect(lastVoted(store, id)).toBe(2);
  expect(readEvaluationSamples(store, id).map(({ vote }) => vote)).toEqual([null, null, 'tie']);
  deleteEvaluation(store, id);
  expect(store.get('SELECT count(*) AS n FROM evaluation_samples')).toEqual({ n: 0 });
});
