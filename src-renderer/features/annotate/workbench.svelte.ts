import type { ShapeChange, StackingMove } from '../../../src-main/ipc/contract/annotation.ts';
import type { Geometry, NewShape, Shape } from '../../../src-main/ipc/contract/shapes.ts';
import type { AnnotationCanvas } from '../../canvas/annotation-canvas.ts';
import { clampedShift, translated } from '../../canvas/geometry/move.ts';
import { boundsOf } from '../../canvas/geometry/outline.ts';
import { union } from '../../canvas/geometry/plane.ts';
import type { Size } from '../../canvas/geometry/plane.ts';
import type { Edit, SceneKey } from '../../canvas/host.ts';
import type { ToolId } from '../../canvas/tools/tool.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import type { ItemMarks } from './item-marks.svelte.ts';
import { Labels } from './labels.svelte.ts';
import { copyOf } from './mark-clipboard.ts';
import { changeMarks, createMarks, removeMarks, stackMarks } from './mark-edits.ts';
import { MarksShelf } from './marks-shelf.ts';
import { withIds } from './shape-lists.ts';
import { actOn } from './shape-words.ts';
import { texts } from './texts/index.ts';

const byPerson = 'person';

/** What lies on the bench: an item, its marks, what of them is selected, and the tool in hand. */
export class Workbench {
  readonly labels = new Labels();
  /** Set while a picture is on the stage. */
  canvas: AnnotationCanvas | null = $state.raw(null);
  /** The marks of the item that is shown; null while there is none. */
  marks: ItemMarks | null = $state.raw(null);
  /** Of the picture, in its own pixels, upright. */
  size: Size = $state.raw({ width: 0, height: 0 });
  selection: readonly number[] = $state.raw([]);
  /** Of the next mark, and of those that are drawn with no other said. */
  activeLabelId: number | null = $state(null);
  /** Geometries while a gesture goes on. */
  preview: readonly Edit[] = $state.raw([]);
  scale: number = $state(1);
  #tool: ToolId = $state('select');
  /** The mark that was drawn last, while it is still the one that is selected. */
  #justDrawn: number | null = null;
  readonly #shelf = new MarksShelf((itemId, { message, hint }) => {
    const isHere = itemId === this.marks?.itemId;
    const text = isHere ? texts().notSaved(message) : texts().notSavedEarlier(message);
    toasts.show(hint === undefined ? text : `${text} ${hint}`, { tone: 'error' });
  });
  readonly #selected = $derived(withIds(this.marks?.shapes ?? [], this.selection));

  get selected(): readonly Shape[] {
    return this.#selected;
  }

  get drafts(): readonly Shape[] {
    return this.marks?.shapes.filter(({ isDraft }) => isDraft) ?? [];
  }

  get tool(): ToolId {
    return this.#tool;
  }

  set tool(tool: ToolId) {
    this.#tool = tool;
    this.canvas?.setTool(tool);
    this.canvas?.focus();
  }

  /** Puts another item on the bench. Edits of the one before go on to where they belong. */
  open(
    item: { readonly id: number; readonly width: number; readonly height: number } | null,
  ): void {
    this.size = { width: item?.width ?? 0, height: item?.height ?? 0 };
    if ((item?.id ?? null) === (this.marks?.itemId ?? null)) return;
    this.marks = item === null ? null : this.#shelf.of(item.id);
    this.marks?.refresh();
    this.selection = [];
    this.preview = [];
    this.#justDrawn = null;
  }

  /** Marks of the scene that a call of the canvas came from, which may be the one before. */
  marksOf(key: SceneKey): ItemMarks {
    return this.#shelf.of(Number(key));
  }

  select(ids: readonly number[]): void {
    this.selectedOnCanvas(ids);
    this.canvas?.setSelection(ids);
  }

  /** By hand, on the canvas, which shows it already. */
  selectedOnCanvas(ids: readonly number[]): void {
    this.selection = ids;
    this.#justDrawn = null;
  }

  /** A mark that was drawn in scene `key`; it is selected where that scene is still shown. */
  async draw(key: SceneKey, geometry: Geometry): Promise<void> {
    const marks = this.marksOf(key);
    const { activeLabelId, selection: before } = this;
    const shape: NewShape = {
      labelId: this.labels.of(activeLabelId) === undefined ? null : activeLabelId,
      geometry,
      attributes: {},
      isLocked: false,
      isHidden: false,
      isDraft: false,
      source: byPerson,
      text: '',
    };
    const ids = await createMarks(marks, [shape], actOn('Draw', [shape]));
    const [id] = ids ?? [];
    // Not where the person has gone on meanwhile.
    const isHere = this.marks === marks && this.selection === before;
    if (id === undefined || !isHere || this.canvas?.isBusy === true) return;
    this.select([id]);
    this.#justDrawn = id;
  }

  async duplicate(key: SceneKey, copies: readonly Edit[]): Promise<void> {
    const marks = this.marksOf(key);
    const shapes = copies.flatMap(({ id, geometry }) => {
      const shape = marks.shape(id);
      return shape === undefined ? [] : [copyOf(shape, geometry)];
    });
    await this.add(marks, shapes, actOn('Duplicate', shapes));
  }

  async add(marks: ItemMarks, shapes: readonly NewShape[], act: string): Promise<void> {
    if (shapes.length === 0) return;
    // A key that comes before the new marks are there must not meet the old ones.
    if (this.marks === marks) this.select([]);
    const ids = await createMarks(marks, shapes, act);
    if (ids !== null && this.marks === marks) this.select(ids);
  }

  async moved(key: SceneKey, edits: readonly Edit[]): Promise<void> {
    const marks = this.marksOf(key);
    const shapes = edits.flatMap(({ id }) => marks.shape(id) ?? []);
    await changeMarks(marks, edits, actOn('Change', shapes));
  }

  async remove(key: SceneKey, ids: readonly number[]): Promise<void> {
    await removeMarks(this.marksOf(key), ids);
  }

  /** Makes the same change to marks of the item that is shown. */
  async change(
    shapes: readonly Shape[],
    change: Omit<ShapeChange, 'id'>,
    act: string,
  ): Promise<void> {
    if (this.marks === null) return;
    const changes = shapes.map(({ id }) => ({ id, ...change }));
    await changeMarks(this.marks, changes, act);
  }

  async stack(move: StackingMove): Promise<void> {
    if (this.marks !== null) await stackMarks(this.marks, this.selection, move);
  }

  /** Locks what is selected, or unlocks it where all of it is locked. */
  async toggleLock(shapes: readonly Shape[] = this.selected): Promise<void> {
    const isLocked = !shapes.every((shape) => shape.isLocked);
    await this.change(shapes, { isLocked }, actOn(isLocked ? 'Lock' : 'Unlock', shapes));
  }

  async toggleHidden(shapes: readonly Shape[] = this.selected): Promise<void> {
    const isHidden = !shapes.every((shape) => shape.isHidden);
    await this.change(shapes, { isHidden }, actOn(isHidden ? 'Hide' : 'Show', shapes));
  }

  /**
   * A label was chosen, by key or press. It goes to what is selected, and to what is drawn next. A mark
   * that was drawn just now with a label of its own is let go instead: the key means the next one.
   */
  async chooseLabel(labelId: number | null): Promise<void> {
    this.activeLabelId = labelId;
    const { selected } = this;
    const [drawn] = selected;
    const isNext =
      selected.length === 1 && drawn?.id === this.#justDrawn && drawn?.labelId !== null;
    if (isNext && this.#tool !== 'select') this.select([]);
    else await this.label(labelId);
  }

  async label(labelId: number | null): Promise<void> {
    const shapes = this.selected.filter((shape) => shape.labelId !== labelId && !shape.isLocked);
    if (shapes.length > 0) await this.change(shapes, { labelId }, actOn('Label', shapes));
  }

  /** Copies of what is selected, a little aside. */
  async duplicateSelection(): Promise<void> {
    const { marks, selected, size } = this;
    if (marks === null || selected.length === 0) return;
    const aside = Math.max(1, Math.round(12 / this.scale));
    const bounds = union(selected.map(({ geometry }) => boundsOf(geometry)));
    const shift = clampedShift(bounds, { x: aside, y: aside }, size);
    const copies = selected.map((shape) => copyOf(shape, translated(shape.geometry, shift)));
    await this.add(marks, copies, actOn('Duplicate', copies));
  }

  /** Selects the next or the previous mark and gives the keys to the canvas. */
  cycle(step: 1 | -1): boolean {
    if (this.canvas === null) return false;
    this.canvas.focus();
    return this.canvas.cycle(step);
  }
}
