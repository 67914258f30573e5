import type { ProjectStore } from '../../store/project-store.ts';
import { videoMarksOf } from '../../store/video-marks.ts';
import type { AppContext } from '../core/context.ts';
import type { Feature, FeatureCommands } from '../core/feature.ts';
import { editVideoMarks } from './edit-marks.ts';

export function videoFeature({ projects }: AppContext): Feature<FeatureCommands<'video'>> {
  const store = (): ProjectStore => projects.current.store;
  return {
    handlers: {
      'video.marks': ({ itemId }) => videoMarksOf(store(), itemId),
      'video.edit': ({ itemId, edits, act }) => editVideoMarks(store(), itemId, edits, act),
    },
  };
}
