import Brush from '@lucide/svelte/icons/brush';
import CircleDot from '@lucide/svelte/icons/circle-dot';
import Diamond from '@lucide/svelte/icons/diamond';
import Pencil from '@lucide/svelte/icons/pencil';
import Pentagon from '@lucide/svelte/icons/pentagon';
import PersonStanding from '@lucide/svelte/icons/person-standing';
import RectangleHorizontal from '@lucide/svelte/icons/rectangle-horizontal';
import type { LucideIcon } from '@lucide/svelte';
import type { GeometryKind } from '../../../src-main/ipc/contract/shapes.ts';

/** The icon of the tool that draws it. */
export const kindIcons: Readonly<Record<GeometryKind, LucideIcon>> = {
  box: RectangleHorizontal,
  'rotated-box': Diamond,
  polygon: Pentagon,
  freehand: Pencil,
  point: CircleDot,
  skeleton: PersonStanding,
  mask: Brush,
};
