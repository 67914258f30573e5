import type { EvaluationPart } from '../draft.svelte.ts';
import type {
  EvaluationState,
  Outcome,
  SliceGroup,
} from '../../../../src-main/ipc/contract/evaluations.ts';

const many = (count: string, one: string, other: string): string =>
  `${count} ${count === '1' ? one : other}`;

const stateWords: Readonly<Record<EvaluationState, string>> = {
  waiting: 'Waits',
  running: 'At work',
  stopped: 'Stopped',
  interrupted: 'Interrupted',
  failed: 'Failed',
  done: 'Done',
};

const outcomeWords: Readonly<Record<Outcome, string>> = {
  fixed: 'Fixed',
  regressed: 'Regressed',
  'both-right': 'Both right',
  'both-wrong': 'Both wrong',
};

const groupWords: Readonly<Record<SliceGroup, string>> = {
  label: 'Label',
  kind: 'Kind',
  source: 'Source',
  media: 'Media',
  tag: 'Tag',
  status: 'Status',
  seen: 'Seen in training',
};

export const en = {
  title: 'Evaluate',
  stateWords,
  outcomeWords,
  groupWords,
  /** Names of slices that are words of the program; others are a person's own. */
  sliceNames: {
    'kind conversation': 'Conversation',
    'kind description': 'Description',
    'kind reasoning': 'Reasoning',
    'kind free': 'Free',
    'source person': 'Written here',
    'source import': 'Imported',
    'source chat': 'From a chat',
    'media none': 'Text only',
    'media image': 'One picture',
    'media images': 'Several pictures',
    'media video': 'Video',
    'status draft': 'Draft',
    'status reviewed': 'Reviewed',
    'seen sample': 'The very sample',
    'seen picture': 'Its picture',
    'seen new': 'Neither',
  } as Readonly<Record<string, string>>,
  metricNames: {
    loss: 'Loss',
    'exact-match': 'Exact match',
    contains: 'Contains',
    'token-f1': 'Token F1',
    'rouge-l': 'ROUGE-L',
    anls: 'ANLS',
    'box-iou': 'Box IoU',
  } as Readonly<Record<string, string>>,
  metricHints: {
    loss: 'How surprised the model is by the true answer, token by token. Lower is better.',
    'exact-match': 'The same words as the true answer.',
    contains: 'The true answer stands somewhere in what was said.',
    'token-f1': 'Words in common, whatever their order.',
    'rouge-l': 'The longest run of words in common; for descriptions.',
    anls: 'Forgives slips of reading; for text in pictures.',
    'box-iou': 'Overlap of boxes, where the true answer has some.',
  } as Readonly<Record<string, string>>,

  compare: 'Compare',
  withModel: 'with',
  on: 'on',
  baseModel: 'Base model',
  tunedModel: 'Tuned model',
  aModel: 'A model',
  data: 'Data',
  dataOfRun: (run: string) => `Held out by ${run}`,
  dataOfDataset: (name: string) => `Dataset ${name}, as it is now`,
  dataOfFile: 'A file',
  dataHint: 'What a run held out, it has never learnt from.',
  file: 'File',
  fileHint: 'The whole path of a LLaVA, ShareGPT or messages file.',
  side: 'Side',
  splitWords: { train: 'Training', validation: 'Validation', test: 'Test' },
  metrics: 'Metrics',
  answerLength: 'Longest answer',
  tokens: 'tokens',
  limit: 'Samples at most',
  all: 'all',
  evaluate: 'Evaluate',
  missing: {
    base: 'Choose a base model above.',
    tuned: 'Choose a model to compare it with above.',
    data: 'Say above which samples both shall answer.',
    metric: 'Choose a metric.',
  } satisfies Readonly<Record<EvaluationPart, string>>,
  notStarted: 'The evaluation did not start',
  nothingChanged: 'Nothing was changed.',

  evaluations: 'Evaluations',
  none: 'No evaluation yet. The sentence above begins one: both models answer the same samples, and you see what training changed, sample by sample.',
  name: 'Evaluation',
  state: 'State',
  samples: 'Samples',
  metric: 'Metric',
  base: 'Base',
  tuned: 'Tuned',
  difference: 'Difference',
  when: 'Asked for',
  remove: (name: string) => `Delete ${name}`,
  removeTitle: (name: string) => `Delete ${name}?`,
  removeText: 'Its answers and votes are deleted. This cannot be undone.',
  keepIt: 'Keep it',
  removeIt: 'Delete the evaluation',

  nameOf: 'Name of the evaluation',
  sentence: (tuned: string, base: string, data: string) => `${tuned} against ${base} on ${data}`,
  stop: 'Stop',
  resume: 'Go on',
  vote: 'Vote blind',
  voteOn: 'Go on voting',
  nothingToVote: 'Both models gave the same answers: there is nothing to vote on.',
  report: 'Report',
  more: 'More for this evaluation',
  allEvaluations: 'All evaluations',
  cannotShow: 'This evaluation cannot be shown',
  answered: (done: string, total: string) => `${done} of ${total} answers`,
  reading: 'Reading the samples',
  failed: 'The evaluation ended early',
  kept: 'The answers that were given are kept. Going on asks only for those that are missing.',

  summary: 'Summary',
  summaryNote: (count: string) =>
    `${many(count, 'sample', 'samples')} that both models answered. Intervals hold in 95 of 100 cases: Wilson’s for rates, otherwise the bootstrap over samples; differences are of the same samples.`,
  noSummary: 'Nothing is scored by both models yet.',
  interval: (low: string, high: string) => `${low} to ${high}`,
  intervalOf: (what: string, low: string, high: string) =>
    `${what}: ${low} to ${high}, 95% interval`,
  points: (value: string) => `${value} points`,
  slices: 'Slices',
  slicesNote: 'Press a slice to see its samples. Where few are, the interval is wide.',
  noSlices: 'All samples are of the same kind.',
  slice: 'Slice',
  group: 'By',
  n: 'n',
  seen: (count: string) =>
    `The tuned model was trained on ${many(count, 'of these samples', 'of these samples')}: scores on them say what it remembers, not what it learnt.`,
  changed: (count: string) =>
    `${many(count, 'sample reads', 'samples read')} otherwise in the project now.`,
  gone: (count: string) => `${many(count, 'sample is', 'samples are')} no longer in the project.`,
  another: 'The dataset selects or splits otherwise now. Scores are of the samples as they were.',
  faults: (count: string) =>
    `${many(count, 'sample', 'samples')} could not be answered, mostly because a file is missing.`,
  issues: (count: string, first: string) =>
    `${many(count, 'record', 'records')} could not be read: ${first}`,

  byMetric: 'Right by',
  show: 'Show',
  everything: 'All',
  better: 'Loss fell',
  worse: 'Loss rose',
  search: 'Search in questions and answers',
  inSlice: (name: string) => `Only ${name}`,
  found: (count: string) => many(count, 'sample', 'samples'),
  worstFirst: 'worst first',
  showMore: 'Show more',
  nothingFound: 'No sample is like that.',
  question: 'Question',
  expected: 'Expected',
  openSample: 'Sample',
  openPicture: 'Picture',
  pictureOf: (name: string) => `${name}, in Annotate`,
  nothingSaid: '(nothing)',
  notAsked: 'not asked yet',

  voteTitle: 'Blind vote',
  voteIntro:
    'Which answer is better? Sides are dealt by chance for each pair; who said what shows at the end.',
  left: 'Left',
  right: 'Right',
  leftBetter: 'Left is better',
  rightBetter: 'Right is better',
  tie: 'A tie',
  takeBack: 'Take the last vote back',
  endVote: 'End the vote here',
  showExpected: 'Show what was expected',
  voted: (done: string, total: string) => `${done} of ${total} pairs`,
  alike: (count: string) =>
    `${many(count, 'pair says', 'pairs say')} the same and ${count === '1' ? 'is' : 'are'} left out.`,
  noPairs: 'There is no pair to vote on',
  noPairsText: 'Both models gave the same answers, or none yet.',
  backToResults: 'Back to the results',
  voteOver: 'The vote is over',
  winRate: (rate: string, low: string, high: string) =>
    `The tuned model wins ${rate} of the votes that were no ties (95% interval ${low} to ${high}, Wilson).`,
  noWinRate: 'No vote was for one side, so there is no win rate.',
  votesFor: (name: string) => `for ${name}`,
  ties: 'ties',
  openPairs: (count: string) => `${many(count, 'pair was', 'pairs were')} not voted on.`,
  voteAgain: 'Vote again from the start',
  voteKeys: 'Voting',

  overTime: 'Over time',
  overTimeNote:
    'Evaluations that asked the same samples, scored on those alone. Choose one to see what changed since.',
  scoreLine: (scores: string) => `Scores from the oldest on: ${scores}`,
  since: (name: string, fixed: string, regressed: string, kind: 'loss' | 'answer') =>
    kind === 'loss'
      ? `Since ${name}: the loss fell on ${many(fixed, 'sample', 'samples')} and rose on ${regressed}.`
      : `Since ${name}: ${fixed} newly right, ${regressed} newly wrong.`,
  before: 'Then',
  now: 'Now',

  print: 'Print',
  reportTitle: 'Evaluation report',
  printed: (when: string) => `As of ${when}`,
  models: 'Models',
  worst: 'Worst samples of the tuned model',
  worstNote: (count: string, metric: string) =>
    `The ${count} samples with the lowest scores by ${metric}.`,
  votes: 'Blind vote',
  method: 'How this was measured',
  methodText:
    'Both models answered the same samples greedily, without sampling. Loss is the mean negative log-likelihood of the true answers’ tokens in nats. Rates carry Wilson’s interval; other scores and all differences the percentile bootstrap over samples, paired by sample.',
  fingerprint: 'Fingerprint of the data (SHA-256)',
};

export type EvaluateTexts = typeof en;
