import { rm } from 'node:fs/promises';
import { LensmithError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';
import type { DataChanges, EvaluatedSample, SideResult } from '../../ipc/contract/evaluations.ts';
import {
  deleteEvaluation,
  forgetVotes,
  lastVoted,
  listEvaluationRows,
  takeVoteBack,
  updateEvaluation,
  writeVote,
} from '../../store/evaluations.ts';
import type { AppContext } from '../core/context.ts';
import type { Feature, FeatureCommands } from '../core/feature.ts';
import { DuplicateFinder } from '../datasets/groups.ts';
import { ballotOf, voteFor } from './ballot.ts';
import { changesOf } from './changes.ts';
import { leadingMetric, metricOf, outcomeOf, slicesOf, summaryOf } from './compare.ts';
import { allMetrics, createEvaluation } from './create.ts';
import { findEvaluated, outcomeCounts } from './find-samples.ts';
import { historyOf, since } from './history.ts';
import { EvaluationQueue } from './queue.ts';
import { evaluationDir, factsOf, requireEvaluation, sampleRecords, viewOf } from './records.ts';
import type { SampleRecord } from './records.ts';
import type { SideScore } from './score-task.ts';

/** Samples that are shown of what changed between two evaluations. */
const mostChanged = 100;

const noChanges: DataChanges = { changed: [], gone: [], isDatasetAnother: null };

export function evaluationsFeature(context: AppContext): Feature<FeatureCommands<'evaluations'>> {
  const { projects } = context;
  const finder = new DuplicateFinder(context);
  let queue: EvaluationQueue | null = null;
  const requireQueue = (): EvaluationQueue => {
    if (queue !== null) return queue;
    throw new LensmithError('project/none-open', 'No project is open.');
  };
  const row = (id: number) => requireEvaluation(projects.current, id);
  const samples = (id: number): SampleRecord[] => sampleRecords(projects.current, id);
  const view = (id: number) => viewOf(projects.current, row(id));
  const ballot = (id: number) => ballotOf(row(id), samples(id));
  const tell = (id: number): void => context.events.emit('evaluations.changed', view(id));
  return {
    onOpened(project) {
      queue = new EvaluationQueue(context, project);
      queue.settleInterrupted();
    },
    async onClosing() {
      await queue?.close();
      queue = null;
    },
    handlers: {
      'evaluations.metrics': () => allMetrics(),
      'evaluations.create': async (request) => {
        const id = await createEvaluation(context, projects.current, finder, request);
        requireQueue().start(id);
        return view(id);
      },
      'evaluations.resume': ({ evaluationId }) => {
        requireQueue().start(evaluationId);
        return view(evaluationId);
      },
      'evaluations.stop': ({ evaluationId }) => {
        requireQueue().stop(evaluationId);
        return null;
      },
      'evaluations.list': () =>
        listEvaluationRows(projects.current.store).map((one) => ({
          evaluation: viewOf(projects.current, one),
          headline: factsOf(one).headline,
        })),
      'evaluations.read': ({ evaluationId }) => {
        const one = row(evaluationId);
        const facts = factsOf(one);
        const all = samples(evaluationId);
        const leading = leadingMetric(facts.metrics);
        const { total, done, result } = ballotOf(one, all);
        return {
          evaluation: view(evaluationId),
          summary: summaryOf(all, facts.metrics),
          outcomes: leading === undefined ? null : outcomeCounts(all, leading),
          faults: all.filter(({ base, tuned }) => base?.fault ?? tuned?.fault).length,
          seen: all.filter(({ facts: { slices } }) =>
            slices.some(({ group, name }) => group === 'seen' && name === 'sample'),
          ).length,
          changes: one.state === 'running' ? noChanges : changesOf(projects.current, facts, all),
          vote: { total, done, result },
        };
      },
      'evaluations.slices': ({ evaluationId, metric }) =>
        slicesOf(samples(evaluationId), metricOf(factsOf(row(evaluationId)).metrics, metric)),
      'evaluations.samples': ({ evaluationId, metric, offset, limit, ...wanted }) => {
        const facts = metricOf(factsOf(row(evaluationId)).metrics, metric);
        const found = findEvaluated(samples(evaluationId), facts, wanted);
        return {
          total: found.length,
          samples: found
            .slice(offset, offset + limit)
            .map((one) => sampleView(one, outcomeOf(one, facts))),
        };
      },
      'evaluations.history': ({ evaluationId }) => historyOf(projects.current, evaluationId),
      'evaluations.since': ({ evaluationId, earlierId, metric }) => {
        const found = since(projects.current, evaluationId, earlierId, metric);
        const { fixed, regressed } = found.counts;
        const samples = found.changed
          .slice(0, mostChanged)
          .map(({ sample, outcome }) => sampleView(sample, outcome));
        return { comparison: found.comparison, fixed, regressed, samples };
      },
      'evaluations.rename': ({ evaluationId, name }) => {
        row(evaluationId);
        updateEvaluation(projects.current.store, evaluationId, { name });
        tell(evaluationId);
        return view(evaluationId);
      },
      'evaluations.delete': async ({ evaluationId }) => {
        const { name } = row(evaluationId);
        if (requireQueue().isBusy(evaluationId)) {
          throw new LensmithError('evaluations/not-now', `${name} is at work.`, {
            hint: 'Stop it first.',
          });
        }
        deleteEvaluation(projects.current.store, evaluationId);
        context.events.emit('evaluations.deleted', { evaluationId });
        const folder = evaluationDir(projects.current, evaluationId);
        await rm(folder, { recursive: true, force: true });
        return null;
      },
      'evaluations.ballot': ({ evaluationId }) => ballot(evaluationId),
      'evaluations.vote': ({ evaluationId, position, choice }) => {
        const vote = voteFor(row(evaluationId), samples(evaluationId), position, choice);
        writeVote(projects.current.store, evaluationId, position, vote, context.now());
        return ballot(evaluationId);
      },
      'evaluations.unvote': ({ evaluationId }) => {
        const last = lastVoted(projects.current.store, evaluationId);
        if (last !== null) takeVoteBack(projects.current.store, evaluationId, last);
        return ballot(evaluationId);
      },
      'evaluations.endVote': ({ evaluationId }) => {
        updateEvaluation(projects.current.store, evaluationId, { voteEndedMs: context.now() });
        return ballot(evaluationId);
      },
      'evaluations.voteAgain': ({ evaluationId }) => {
        const { voteSeed } = row(evaluationId);
        forgetVotes(projects.current.store, evaluationId);
        updateEvaluation(projects.current.store, evaluationId, {
          voteSeed: new Random(voteSeed).below(2 ** 31),
          voteEndedMs: null,
        });
        return ballot(evaluationId);
      },
    },
  };
}

function sampleView(
  { position, facts, base, tuned }: SampleRecord,
  outcome: EvaluatedSample['outcome'],
): EvaluatedSample {
  const { key, sampleId, items, questions, references, slices } = facts;
  return {
    position,
    key,
    sampleId,
    items: items.map((item) => ({ ...item })),
    questions: [...questions],
    references: [...references],
    slices: slices.map((slice) => ({ ...slice })),
    base: sideView(base),
    tuned: sideView(tuned),
    outcome,
  };
}

function sideView(side: SideScore | null): SideResult | null {
  if (side === null) return null;
  const answers = side.answers.map((answer) => ({ ...answer, scores: { ...answer.scores } }));
  return { answers, scores: { ...side.scores }, fault: side.fault };
}
