import type { LossMetric } from './metric.ts';

/**
 * Mean negative log-likelihood of the assistant's tokens in nats, given all
 * that stands before each: Σ −log p(token) / tokens, over all samples together.
 */
export const loss: LossMetric = { kind: 'loss', id: 'loss', title: 'loss' };
