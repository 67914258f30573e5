import Brush from '@lucide/svelte/icons/brush';
import Eraser from '@lucide/svelte/icons/eraser';
import MousePointer from '@lucide/svelte/icons/mouse-pointer-2';
import Pencil from '@lucide/svelte/icons/pencil';
import PersonStanding from '@lucide/svelte/icons/person-standing';
import RectangleHorizontal from '@lucide/svelte/icons/rectangle-horizontal';
import Diamond from '@lucide/svelte/icons/diamond';
import Pentagon from '@lucide/svelte/icons/pentagon';
import CircleDot from '@lucide/svelte/icons/circle-dot';
import WandSparkles from '@lucide/svelte/icons/wand-sparkles';
import type { LucideIcon } from '@lucide/svelte';
import type { ToolId } from '../../canvas/tools/tool.ts';

export interface ToolFacts {
  readonly name: string;
  readonly key: string;
  readonly icon: LucideIcon;
  /** How it is used, for the line under the canvas. */
  readonly help: string;
}

/** In the order of the strip; one without its line does not compile. */
export const toolFacts: Readonly<Record<ToolId, ToolFacts>> = {
  select: {
    name: 'Select',
    key: 'V',
    icon: MousePointer,
    help: 'Click selects, drag moves, Alt-drag copies, Shift adds',
  },
  box: { name: 'Box', key: 'B', icon: RectangleHorizontal, help: 'Drag from corner to corner' },
  'rotated-box': {
    name: 'Rotated box',
    key: 'R',
    icon: Diamond,
    help: 'Drag a box and turn it, or click both ends of a side and how far it reaches',
  },
  polygon: {
    name: 'Polygon',
    key: 'P',
    icon: Pentagon,
    help: 'Click corners, Enter closes, Backspace takes one back',
  },
  freehand: { name: 'Freehand line', key: 'F', icon: Pencil, help: 'Drag along the line' },
  point: { name: 'Point', key: 'D', icon: CircleDot, help: 'Click the place' },
  skeleton: {
    name: 'Skeleton',
    key: 'K',
    icon: PersonStanding,
    help: 'Click joints in turn; H hides the next, N leaves it out, Enter ends',
  },
  brush: {
    name: 'Brush',
    key: 'M',
    icon: Brush,
    help: 'Paint; Alt erases, comma and period change the size',
  },
  eraser: { name: 'Eraser', key: 'E', icon: Eraser, help: 'Takes away from a mask; Alt paints' },
  segment: {
    name: 'Outline with a model',
    key: 'S',
    icon: WandSparkles,
    help: 'Click the thing, Alt-click what is not of it, or drag a box; Enter takes it',
  },
};

export const toolOrder = Object.keys(toolFacts) as ToolId[];
