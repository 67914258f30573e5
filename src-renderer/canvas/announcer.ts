import type { Scene } from './scene.ts';
import { texts } from './texts/index.ts';

/** What is selected, in words: "box, cat, 3 of 12". */
export function selectionInWords(scene: Scene): string {
  const say = texts();
  const selected = scene.selectedShapes();
  const [shape] = selected;
  if (shape === undefined) return say.nothingSelected;
  if (selected.length > 1) return say.selected(selected.length);
  const label = scene.label(shape.labelId)?.name ?? say.noLabel;
  const place = scene.shapes.findIndex(({ id }) => id === shape.id) + 1;
  const states = [
    shape.isLocked ? say.locked : '',
    shape.isHidden ? say.hidden : '',
    shape.isDraft ? say.suggestion : '',
  ].filter((state) => state !== '');
  const order = say.place(place, scene.shapes.length);
  return [say.kinds[shape.geometry.kind], label, ...states, order].join(', ');
}

/** Tells screen readers what a canvas cannot. */
export class Announcer {
  readonly #element: HTMLElement;

  constructor(container: HTMLElement) {
    this.#element = container.ownerDocument.createElement('div');
    this.#element.setAttribute('aria-live', 'polite');
    Object.assign(this.#element.style, {
      position: 'absolute',
      width: '1px',
      height: '1px',
      overflow: 'hidden',
      clipPath: 'inset(50%)',
      whiteSpace: 'nowrap',
    });
    container.append(this.#element);
  }

  selected(scene: Scene): void {
    this.#element.textContent = selectionInWords(scene);
  }

  destroy(): void {
    this.#element.remove();
  }
}
