import type { Editor } from './editor.ts';
import type { KeyInput, ToolId } from './tools/tool.ts';

const arrows: Readonly<Record<string, readonly [number, number]>> = {
  arrowleft: [-1, 0],
  arrowright: [1, 0],
  arrowup: [0, -1],
  arrowdown: [0, 1],
};

/** Image pixels of a step with Shift. */
const largeStep = 10;
const zoomStep = 1.25;
const brushStep = 1.15;

const paints = (tool: ToolId): boolean => tool === 'brush' || tool === 'eraser';

export function isArrow(key: string): boolean {
  return key in arrows;
}

/**
 * What keys mean on the canvas. Tab goes through the shapes; after Escape with nothing selected it
 * leaves the canvas, so that the keyboard is never caught in it.
 */
export class Keyboard {
  readonly #editor: Editor;
  #tabLeaves = false;

  constructor(editor: Editor) {
    this.#editor = editor;
  }

  /** The canvas got the focus, or was pressed. */
  reset(): void {
    this.#tabLeaves = false;
  }

  /** @returns whether the key meant something; if not, it is the page's */
  press(input: KeyInput): boolean {
    const editor = this.#editor;
    if (editor.scene.key === null) return false;
    if (input.mod) return this.#withMod(input);
    if (input.key === 'escape') return this.#escape();
    if (input.key === 'tab') return !this.#tabLeaves && editor.cycle(input.shift ? -1 : 1);
    if (editor.toolKey(input)) return true;
    const arrow = arrows[input.key];
    if (arrow !== undefined) {
      const step = input.shift ? largeStep : 1;
      return editor.nudge(arrow[0] * step, arrow[1] * step);
    }
    return this.#plain(input.key);
  }

  #plain(key: string): boolean {
    const editor = this.#editor;
    switch (key) {
      case 'enter':
        return editor.commit();
      case 'delete':
      case 'backspace':
        return !editor.isBusy && editor.removeSelection();
      case '+':
      case '=':
        editor.viewport.zoomBy(zoomStep);
        return true;
      case '-':
        editor.viewport.zoomBy(1 / zoomStep);
        return true;
      case ',':
      case '.':
        // Without a brush in hand they are the page's.
        if (!paints(editor.toolId)) return false;
        editor.resizeBrush(key === '.' ? brushStep : 1 / brushStep);
        return true;
      default:
        return false;
    }
  }

  #withMod({ key }: KeyInput): boolean {
    if (key !== 'a' || this.#editor.isBusy) return false;
    const { shapes } = this.#editor.scene;
    this.#editor.select(shapes.filter(({ isHidden }) => !isHidden).map(({ id }) => id));
    return true;
  }

  #escape(): boolean {
    const editor = this.#editor;
    if (editor.cancel()) return true;
    if (editor.scene.selection.size > 0) {
      editor.select([]);
      return true;
    }
    this.#tabLeaves = true;
    return false;
  }
}
