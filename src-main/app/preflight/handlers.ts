import type { Message } from '../../formats/sample.ts';
import type { Dialect } from '../../ipc/contract/content.ts';
import type { PreflightView, SeenImage, TokenCounts } from '../../ipc/contract/preflight.ts';
import { LensmithError } from '../../base/errors.ts';
import { readSample } from '../conversations/read-samples.ts';
import { renderSample } from '../conversations/render-sample.ts';
import { sourcesOf } from '../conversations/render-sources.ts';
import type { AppContext } from '../core/context.ts';
import type { Feature, FeatureCommands } from '../core/feature.ts';
import { startDatasetPreflight } from './preflight-dataset.ts';

interface OfSample {
  readonly sampleId: number;
  readonly modelDir: string;
  readonly dialect: Dialect;
}

export function preflightFeature(context: AppContext): Feature<FeatureCommands<'preflight'>> {
  return {
    handlers: {
      'preflight.sample': (request, { signal }) => viewSample(context, request, signal),
      'preflight.count': (request, { signal }) => countSample(context, request, signal),
      'preflight.dataset': (request) => ({ jobId: startDatasetPreflight(context, request) }),
    },
  };
}

/** The sample as the model reads it, and which item each of its files is. */
function messagesOf({ projects }: AppContext, { sampleId, dialect }: OfSample) {
  const project = projects.current;
  const sample = readSample(project, sampleId);
  const { sources } = sourcesOf(project, [sample]);
  const messages: Message[] = renderSample(sample, sources, dialect);
  const itemOf = new Map(
    sample.items.map(({ itemId }) => [sources.item(itemId)?.path ?? '', itemId]),
  );
  return { messages, itemOf };
}

async function viewSample(
  context: AppContext,
  request: OfSample,
  signal: AbortSignal,
): Promise<PreflightView> {
  const { messages, itemOf } = messagesOf(context, request);
  const { modelDir } = request;
  const seen = await context.workers.engine.run('preflight', { modelDir, messages }, { signal });
  return {
    counts: seen.counts,
    prompt: seen.prompt,
    tokens: seen.tokens,
    moreTokens: seen.moreTokens,
    images: seen.pictures.map(({ path, ...picture }): SeenImage => ({
      ...picture,
      itemId: itemOf.get(path) ?? null,
      tokens: seen.tokensPerImage,
    })),
    moreImages: seen.morePictures,
  };
}

async function countSample(
  context: AppContext,
  request: OfSample,
  signal: AbortSignal,
): Promise<TokenCounts> {
  const { messages } = messagesOf(context, request);
  const { sampleId, modelDir } = request;
  const { counts, limit } = await context.workers.engine.run(
    'preflightCount',
    { modelDir, samples: [{ sampleId, messages }] },
    { signal },
  );
  const [count] = counts;
  if (count === undefined) return { tokens: 0, image: 0, learnt: 0, limit };
  if ('error' in count) throw LensmithError.fromWire(count.error);
  const { tokens, image, learnt } = count;
  return { tokens, image, learnt, limit };
}
