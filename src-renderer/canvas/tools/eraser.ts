import { BrushTool } from './brush.ts';

/** Takes away from the selected mask, or from the one under it. Alt paints meanwhile. */
export class EraserTool extends BrushTool {
  override readonly id = 'eraser';
}
