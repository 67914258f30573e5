import type { MenuItemConstructorOptions } from 'electron';
import type { DesktopWords } from '../ipc/contract/desktop-words.ts';

export interface MenuOptions {
  readonly platform: NodeJS.Platform;
  readonly isPackaged: boolean;
  readonly words: DesktopWords;
  /** Tells the page which act was chosen; the page knows what it means. */
  readonly act: (action: string) => void;
}

type Item = MenuItemConstructorOptions;
type Role = NonNullable<Item['role']>;

const separator: Item = { type: 'separator' };

/** Electron's own names of roles are English wherever it runs. */
const role = (of: Role, label: string): Item => ({ role: of, label });

/**
 * The menus as Electron builds them. The page has the same keys, and alone knows whether one types in
 * a field; so menus show them, and only macOS, where a menu's key is always live, sends them as acts
 * when the page leaves them.
 */
export function menuTemplate({ platform, isPackaged, words, act }: MenuOptions): Item[] {
  const isMac = platform === 'darwin';
  const item = (label: string, action: string, accelerator?: string): Item => ({
    label,
    click: () => act(action),
    ...(accelerator === undefined ? {} : { accelerator, registerAccelerator: false }),
  });
  const settings = item(words.settings, 'settings', 'CmdOrCtrl+,');
  const file: Item = {
    label: words.file,
    submenu: [
      item(words.newProject, 'new-project', 'CmdOrCtrl+Shift+N'),
      item(words.openProject, 'open-project', 'CmdOrCtrl+O'),
      item(words.closeProject, 'close-project'),
      separator,
      item(words.import, 'import', 'CmdOrCtrl+I'),
      separator,
      ...(isMac ? [] : [settings, separator]),
      isMac ? role('close', words.closeWindow) : role('quit', words.quit),
    ],
  };
  const edit: Item = {
    label: words.edit,
    submenu: [
      item(words.undo, 'undo', 'CmdOrCtrl+Z'),
      item(words.redo, 'redo', isMac ? 'Shift+Cmd+Z' : 'Ctrl+Shift+Z'),
      separator,
      role('cut', words.cut),
      role('copy', words.copy),
      role('paste', words.paste),
      role('selectAll', words.selectAll),
    ],
  };
  const view: Item = {
    label: words.view,
    submenu: [
      item(words.palette, 'palette', 'CmdOrCtrl+K'),
      separator,
      role('resetZoom', words.actualSize),
      role('zoomIn', words.zoomIn),
      role('zoomOut', words.zoomOut),
      separator,
      role('togglefullscreen', words.fullScreen),
      ...(isPackaged ? [] : [separator, role('toggleDevTools', words.developerTools)]),
    ],
  };
  const help: Item = {
    role: 'help',
    label: words.help,
    submenu: [
      item(words.shortcuts, 'shortcuts'),
      ...(isMac ? [] : [separator, role('about', words.about)]),
    ],
  };
  return [...(isMac ? [appMenu(words, settings)] : []), file, edit, view, windowMenu(words), help];
}

/** What macOS calls by the program's name. */
function appMenu(words: DesktopWords, settings: Item): Item {
  return {
    role: 'appMenu',
    submenu: [
      role('about', words.about),
      ...[separator, settings, separator],
      ...[role('services', words.services), separator],
      role('hide', words.hide),
      role('hideOthers', words.hideOthers),
      role('unhide', words.showAll),
      ...[separator, role('quit', words.quit)],
    ],
  };
}

function windowMenu(words: DesktopWords): Item {
  return {
    role: 'windowMenu',
    label: words.window,
    submenu: [role('minimize', words.minimize), role('close', words.closeWindow)],
  };
}
