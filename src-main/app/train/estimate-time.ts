/** How long a run will take, from what a few of its steps and an answer took. */
import type { RunPlan } from '../../ipc/contract/runs.ts';
import type { AnswerMeasure } from './measure-answer.ts';
import type { StepMeasure } from './measure-steps.ts';
import type { OpenTraining } from './open-training.ts';
import { answerTokens } from './train-request.ts';
import type { TrainRequest } from './train-request.ts';

/** A forward pass is about a third of a step: the backward pass is two more of the same size. */
const forwardShare = 1 / 3;

export function estimateTime(
  request: TrainRequest,
  { plan, data, heldOut }: Pick<OpenTraining, 'plan' | 'data' | 'heldOut'>,
  measure: StepMeasure,
  answer: AnswerMeasure | null,
): NonNullable<RunPlan['time']> {
  const { stepSeconds, imageSeconds, tokensPerStep, steps } = measure;
  const images = data.largest(data.size).images;
  const seenOnce = Math.min(1, plan.totalSteps / plan.stepsPerEpoch);
  const held = heldOut?.largest(heldOut.size) ?? { tokens: 0, images: 0 };
  const evaluations = heldOut === null ? 0 : countEvaluations(request, plan);
  const lossSeconds = (held.tokens / tokensPerStep) * stepSeconds * forwardShare;
  const seconds =
    plan.totalSteps * stepSeconds +
    (images * seenOnce + (evaluations > 0 ? held.images : 0)) * imageSeconds +
    evaluations * lossSeconds +
    answerSeconds(evaluations, request.evaluateFirst === true, answer);
  const answers = evaluations === 0 ? 0 : (answer?.answers ?? 0);
  return { seconds, stepSeconds, basis: basisOf(steps, plan.totalSteps, evaluations, answers) };
}

/**
 * Of all answers. Before the first step a model may talk to the limit; once taught, its answers are
 * about as long as the true ones.
 */
function answerSeconds(
  evaluations: number,
  evaluatesFirst: boolean,
  answer: AnswerMeasure | null,
): number {
  if (answer === null || evaluations === 0) return 0;
  const { promptSeconds, tokenSeconds, answers, tokensPerAnswer } = answer;
  const ofOne = (tokens: number): number =>
    promptSeconds + Math.min(answerTokens, tokens) * tokenSeconds;
  const untaught = evaluatesFirst ? 1 : 0;
  return (
    answers * (untaught * ofOne(answerTokens) + (evaluations - untaught) * ofOne(tokensPerAnswer))
  );
}

function countEvaluations(
  { evalEvery, evaluateFirst }: TrainRequest,
  { totalSteps, stepsPerEpoch }: OpenTraining['plan'],
): number {
  return Math.ceil(totalSteps / (evalEvery ?? stepsPerEpoch)) + (evaluateFirst === true ? 1 : 0);
}

function basisOf(measured: number, total: number, evaluations: number, answers: number): string {
  const steps = measured === 1 ? '1 step was' : `${measured} steps were`;
  const each = answers === 0 ? '' : answers === 1 ? ' with 1 answer' : ` with ${answers} answers`;
  const more = evaluations === 0 ? '' : `, and ${evaluations} evaluations${each}`;
  return `${steps} worked through on this machine; the run has ${total}${more}.`;
}
