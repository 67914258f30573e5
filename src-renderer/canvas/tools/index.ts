import { BoxTool } from './box.ts';
import { BrushTool } from './brush.ts';
import { EraserTool } from './eraser.ts';
import { FreehandTool } from './freehand.ts';
import { PointTool } from './point.ts';
import { PolygonTool } from './polygon.ts';
import { RotatedBoxTool } from './rotated-box.ts';
import { SegmentTool } from './segment.ts';
import { SelectTool } from './select.ts';
import { SkeletonTool } from './skeleton.ts';
import type { Tool, ToolContext, ToolId } from './tool.ts';

/** Every tool once; one that is forgotten does not compile. */
export function makeTools(context: ToolContext) {
  return {
    select: new SelectTool(context),
    box: new BoxTool(context),
    'rotated-box': new RotatedBoxTool(context),
    polygon: new PolygonTool(context),
    freehand: new FreehandTool(context),
    point: new PointTool(context),
    skeleton: new SkeletonTool(context),
    brush: new BrushTool(context),
    eraser: new EraserTool(context),
    segment: new SegmentTool(context),
  } satisfies Record<ToolId, Tool>;
}

export type Tools = ReturnType<typeof makeTools>;
