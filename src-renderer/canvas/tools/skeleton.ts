import type { GeometryOf, Skeleton } from '../../../src-main/ipc/contract/shapes.ts';
import type { KeyInput, PointerInput, Tool, ToolContext } from './tool.ts';

type Joint = GeometryOf<'skeleton'>['points'][number];

const absent: Joint = { x: 0, y: 0, visibility: 0 };

/**
 * The joints of the active label's skeleton one after another, a click each. Shift with the click, or
 * H before it, marks the joint as hidden; N goes on without it, as not in the picture; Backspace takes
 * the last one back; Enter ends with the rest not in the picture.
 */
export class SkeletonTool implements Tool {
  readonly id = 'skeleton';
  readonly cursor = 'crosshair';
  readonly #context: ToolContext;
  #joints: Joint[] = [];
  #nextIsHidden = false;
  #last: PointerInput | null = null;

  constructor(context: ToolContext) {
    this.#context = context;
  }

  get isBusy(): boolean {
    return this.#joints.length > 0;
  }

  get yieldsToHandles(): boolean {
    return !this.isBusy;
  }

  down(input: PointerInput): void {
    if (this.#definition() === null) return this.#context.refuse('no-skeleton');
    const { point } = this.#context.snapped(input.at, input);
    this.#place({ x: point.x, y: point.y, visibility: this.#isHidden(input) ? 1 : 2 });
    if (this.isBusy) this.hover(input);
  }

  drag(input: PointerInput): void {
    this.hover(input);
  }

  up(): void {
    return;
  }

  hover(input: PointerInput): void {
    this.#last = input;
    const definition = this.#definition();
    if (definition === null) return this.#context.show(null);
    const { point, guides } = this.#context.snapped(input.at, input);
    const visibility = this.#isHidden(input) ? 1 : 2;
    const name = definition.joints[this.#joints.length] ?? '';
    this.#context.show({
      skeleton: { joints: [...this.#joints, { ...point, visibility }], bones: definition.bones },
      guides,
      caption: { at: input.at, text: visibility === 1 ? `${name} (hidden)` : name },
    });
  }

  key({ key }: KeyInput): boolean {
    if (key === 'backspace' && this.isBusy) this.#joints.pop();
    else if (key === 'h' && this.#definition() !== null) this.#nextIsHidden = !this.#nextIsHidden;
    else if (key === 'n' && this.#definition() !== null) this.#place(absent);
    else return false;
    if (this.#last !== null) this.hover(this.#last);
    return true;
  }

  commit(): boolean {
    const count = this.#definition()?.joints.length ?? 0;
    if (!this.isBusy || count === 0) return false;
    const points = Array.from({ length: count }, (_, i) => this.#joints[i] ?? absent);
    this.cancel();
    if (points.some(({ visibility }) => visibility > 0)) {
      this.#context.create({ kind: 'skeleton', points });
    }
    return true;
  }

  cancel(): void {
    this.#joints = [];
    this.#nextIsHidden = false;
    this.#context.show(null);
  }

  #place(joint: Joint): void {
    this.#joints.push(joint);
    this.#nextIsHidden = false;
    if (this.#joints.length >= (this.#definition()?.joints.length ?? 0)) this.commit();
  }

  #isHidden(input: PointerInput): boolean {
    return input.shift !== this.#nextIsHidden;
  }

  #definition(): Skeleton | null {
    const { scene, settings } = this.#context;
    return scene.label(settings.activeLabelId)?.skeleton ?? null;
  }
}
