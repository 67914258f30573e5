import { expect, it } from 'vitest';
import type { ContentPart, Dialect } from '../../src-main/ipc/contract/content.ts';
import type { Keyframe, VideoEdit } from '../../src-main/ipc/contract/video-marks.ts';
import { renderSamples } from '../../src-main/app/conversations/read-samples.ts';
import { assistant, TestCore, text, user } from './conversations-support.ts';

const blank = { labelId: null, attributes: {}, text: '' };
const keyframe = (frame: number, x: number, isOutside = false): Keyframe => ({
  ...{ frame, seconds: frame / 10, x, y: 100, width: 200, height: 100 },
  ...{ isOutside, isOccluded: false },
});

/** A clip of ten frames a second with a segment 1 s to 3 s, an event at 2.5 s, a thing that moves. */
async function withClip() {
  const core = await TestCore.start();
  const facts = { kind: 'video', duration_ms: 10_000, width: 1000, height: 500 };
  const itemId = core.addItem('clip.mp4', facts);
  const labelId = core.addLabel('car', 3);
  const edit = (...edits: VideoEdit[]) =>
    core.call('video.edit', { itemId, edits, act: 'Mark video' });
  const stretch = { startFrame: 10, endFrame: 30, startSeconds: 1, endSeconds: 3 };
  const [segmentId = 0, eventId = 0, trackId = 0] = (await edit(
    { kind: 'add-segment', segment: { ...stretch, ...blank, text: 'it turns' } },
    { kind: 'add-event', event: { frame: 25, seconds: 2.5, ...blank, labelId } },
    {
      kind: 'add-track',
      track: {
        ...{ ...blank, labelId, isHidden: false, isLocked: false },
        keyframes: [keyframe(10, 0), keyframe(20, 400), keyframe(40, 400, true)],
      },
    },
  )) as number[];
  const ask = async (...content: ContentPart[]) => {
    const { id } = await core.call('conversations.create', {
      kind: 'conversation',
      items: [{ itemId, sampling: { frames: 4 } }],
      turns: [{ role: 'user', content }, assistant('Yes.')],
    });
    return id;
  };
  return { core, itemId, edit, ask, segmentId, eventId, trackId };
}

function asked(core: TestCore, sampleId: number, dialect: Dialect): string {
  const [batch = []] = renderSamples(core.context.projects.current, [sampleId], dialect);
  const [rendered] = batch;
  if (rendered === undefined) throw new Error('not rendered');
  if (!('sample' in rendered)) return rendered.error.code;
  const part = rendered.sample.messages[0]?.content.at(-1);
  return part?.type === 'text' ? part.text : '';
}

it('offers segments, events and tracks of a video, and when a track is in sight', async () => {
  const { core, itemId, segmentId, eventId, trackId } = await withClip();
  const found = await core.call('conversations.references', { itemIds: [itemId] });
  expect(found).toMatchObject({
    segments: [{ segmentId, itemId, name: 'segment', text: 'it turns', fromMs: 1000, toMs: 3000 }],
    events: [{ eventId, itemId, name: 'car', color: 3, atMs: 2500 }],
    tracks: [{ trackId, itemId, name: 'car', visible: [{ fromMs: 1000, toMs: 4000 }] }],
  });
});

it('writes a segment and an event in seconds and a track as its box then, wherever they move', async () => {
  const { core, ask, edit, segmentId, eventId, trackId } = await withClip();
  const sampleId = await ask(
    text('What is at '),
    { type: 'track', trackId, atMs: 1500 },
    text(' in '),
    { type: 'segment', segmentId },
    text(' and '),
    { type: 'event', eventId },
    text('?'),
  );
  expect(asked(core, sampleId, 'normalized-box')).toBe(
    'What is at [0.20, 0.20, 0.40, 0.40] in 1.0s-3.0s and 2.5s?',
  );
  await edit(
    {
      kind: 'change-segment',
      id: segmentId,
      change: { startFrame: 20, startSeconds: 2 },
    },
    { kind: 'set-keyframe', trackId, keyframe: keyframe(15, 0) },
  );
  expect(asked(core, sampleId, 'box-tokens')).toBe(
    'What is at <box>(0,200),(200,400)</box> in 2.0s-3.0s and 2.5s?',
  );
});

it('is not silent where a track is out of sight or a segment is gone, and undo mends it', async () => {
  const { core, itemId, ask, edit, segmentId, trackId } = await withClip();
  const missing = 'conversations/region-missing';
  for (const atMs of [500, 4500]) {
    const early = await ask(text('Where? '), { type: 'track', trackId, atMs });
    expect(asked(core, early, 'pixel-box')).toBe(missing);
  }
  const sampleId = await ask(text('When? '), { type: 'segment', segmentId });
  await edit({ kind: 'remove-segment', id: segmentId });
  expect(asked(core, sampleId, 'pixel-box')).toBe(missing);
  await core.call('edits.undo', { scope: `item:${itemId}` });
  expect(asked(core, sampleId, 'pixel-box')).toBe('When? 1.0s-3.0s');
});

it('names marks of videos in lists, and leaves their words behind when the video goes', async () => {
  const { core, ask, segmentId, eventId, trackId } = await withClip();
  const other = core.addItem('a.png');
  const sampleId = await ask(
    text('Does '),
    { type: 'track', trackId, atMs: 1500 },
    text(' turn in '),
    { type: 'segment', segmentId },
    text(' or at '),
    { type: 'event', eventId },
  );
  const page = { filter: { items: '' }, offset: 0, limit: 5 };
  const { samples } = await core.call('conversations.list', page);
  expect(samples[0]?.question).toBe('Does ‹car› turn in ‹segment› or at ‹car›');
  const items = [{ itemId: other, sampling: null }];
  await core.call('conversations.setItems', { sampleId, items });
  const { turns } = await core.call('conversations.read', { sampleId });
  expect(turns[0]?.content).toEqual(user('Does car turn in 1.0s-3.0s or at 2.5s').content);
});
