import type { ShortcutRegistry } from '../ui/keyboard.ts';
import { dropTargets } from './drop.svelte.ts';
import { projects } from './project.svelte.ts';
import { texts } from './texts/index.ts';

/**
 * Listens to the desktop's menus, whose acts are those of the registry, and to paths that the system
 * hands over: a project's folder is opened, media go where dropped files go.
 */
export function followDesktop(registry: ShortcutRegistry): () => void {
  const desktop = window.lensmithDesktop;
  if (desktop === undefined) return () => undefined;
  const stops = [
    desktop.onMenu((action) => {
      if (!undoInField(action)) registry.run(action);
    }),
    desktop.onOpenPaths((paths) => {
      const [first] = paths;
      if (projects.current) void dropTargets.give({ paths, files: [] });
      else if (first !== undefined) void projects.open(first);
    }),
  ];
  return () => stops.forEach((stop) => stop());
}

/** The menus speak as the window does; to be called where effects run. */
export function tellDesktopWords(): void {
  window.lensmithDesktop?.setWords(texts().desktop);
}

/** On macOS the menu has Cmd+Z before the field that a person is typing in, which knows its own undo. */
function undoInField(action: string): boolean {
  const field = document.activeElement;
  const isField = field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement;
  return isField && (action === 'undo' || action === 'redo') && document.execCommand(action);
}
