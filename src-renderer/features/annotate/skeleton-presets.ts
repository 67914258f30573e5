import type { Skeleton } from '../../../src-main/ipc/contract/shapes.ts';

export interface SkeletonPreset {
  /** Its name is in the texts. */
  readonly id: 'person' | 'hand' | 'arrow' | 'corners';
  readonly skeleton: Skeleton;
}

/** Joints that a line joins one after another, from `from` on. */
const chain = (from: number, count: number): [number, number][] =>
  Array.from({ length: count - 1 }, (_, i) => [from + i, from + i + 1]);

const fingers = ['thumb', 'index', 'middle', 'ring', 'little'];

/** Those that datasets use most, joints in their order. */
export const skeletonPresets: readonly SkeletonPreset[] = [
  {
    // Order and bones of COCO keypoints, https://cocodataset.org/#format-data
    id: 'person',
    skeleton: {
      joints: [
        ...['nose', 'left eye', 'right eye', 'left ear', 'right ear'],
        ...['left shoulder', 'right shoulder', 'left elbow', 'right elbow'],
        ...['left wrist', 'right wrist', 'left hip', 'right hip'],
        ...['left knee', 'right knee', 'left ankle', 'right ankle'],
      ],
      bones: [
        ...([
          [15, 13],
          [13, 11],
          [16, 14],
          [14, 12],
          [11, 12],
        ] as [number, number][]),
        ...([
          [5, 11],
          [6, 12],
          [5, 6],
          [5, 7],
          [6, 8],
        ] as [number, number][]),
        ...([
          [7, 9],
          [8, 10],
          [1, 2],
          [0, 1],
          [0, 2],
        ] as [number, number][]),
        ...([
          [1, 3],
          [2, 4],
          [3, 5],
          [4, 6],
        ] as [number, number][]),
      ],
    },
  },
  {
    id: 'hand',
    skeleton: {
      joints: [
        'wrist',
        ...fingers.flatMap((name) => [1, 2, 3, 4].map((joint) => `${name} ${joint}`)),
      ],
      bones: fingers.flatMap((_, at): [number, number][] => [
        [0, 1 + 4 * at],
        ...chain(1 + 4 * at, 4),
      ]),
    },
  },
  {
    id: 'arrow',
    skeleton: { joints: ['tail', 'tip'], bones: [[0, 1]] },
  },
  {
    id: 'corners',
    skeleton: {
      joints: ['top left', 'top right', 'bottom right', 'bottom left'],
      bones: [...chain(0, 4), [3, 0]],
    },
  },
];
