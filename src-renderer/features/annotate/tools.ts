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
  readonly key: string;
  readonly icon: LucideIcon;
}

/** In the order of the strip; one without its line does not compile. Names are in the texts. */
export const toolFacts: Readonly<Record<ToolId, ToolFacts>> = {
  select: { key: 'V', icon: MousePointer },
  box: { key: 'B', icon: RectangleHorizontal },
  'rotated-box': { key: 'R', icon: Diamond },
  polygon: { key: 'P', icon: Pentagon },
  freehand: { key: 'F', icon: Pencil },
  point: { key: 'D', icon: CircleDot },
  skeleton: { key: 'K', icon: PersonStanding },
  brush: { key: 'M', icon: Brush },
  eraser: { key: 'E', icon: Eraser },
  segment: { key: 'S', icon: WandSparkles },
};

export const toolOrder = Object.keys(toolFacts) as ToolId[];
