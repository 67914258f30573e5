import type { MenuItemConstructorOptions } from 'electron';

export interface MenuOptions {
  readonly platform: NodeJS.Platform;
  readonly isPackaged: boolean;
  /** Tells the page which act was chosen; the page knows what it means. */
  readonly act: (action: string) => void;
}

type Item = MenuItemConstructorOptions;

const separator: Item = { type: 'separator' };

/**
 * The menus as Electron builds them. The page has the same keys, and alone knows whether one types in
 * a field; so menus show them, and only macOS, where a menu's key is always live, sends them as acts
 * when the page leaves them.
 */
export function menuTemplate({ platform, isPackaged, act }: MenuOptions): Item[] {
  const isMac = platform === 'darwin';
  const item = (label: string, action: string, accelerator?: string): Item => ({
    label,
    click: () => act(action),
    ...(accelerator === undefined ? {} : { accelerator, registerAccelerator: false }),
  });
  const settings = item('Settings…', 'settings', 'CmdOrCtrl+,');
  const app: Item = {
    role: 'appMenu',
    submenu: [
      { role: 'about' },
      ...[separator, settings, separator],
      ...[{ role: 'services' as const }, separator],
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      ...[separator, { role: 'quit' as const }],
    ],
  };
  const file: Item = {
    label: 'File',
    submenu: [
      item('New Project…', 'new-project', 'CmdOrCtrl+Shift+N'),
      item('Open Project…', 'open-project', 'CmdOrCtrl+O'),
      item('Close Project', 'close-project'),
      separator,
      item('Add Images and Videos…', 'import', 'CmdOrCtrl+I'),
      separator,
      ...(isMac ? [] : [settings, separator]),
      isMac ? { role: 'close' } : { role: 'quit' },
    ],
  };
  const edit: Item = {
    label: 'Edit',
    submenu: [
      item('Undo', 'undo', 'CmdOrCtrl+Z'),
      item('Redo', 'redo', isMac ? 'Shift+Cmd+Z' : 'Ctrl+Shift+Z'),
      separator,
      { role: 'cut' },
      { role: 'copy' },
      { role: 'paste' },
      { role: 'selectAll' },
    ],
  };
  const view: Item = {
    label: 'View',
    submenu: [
      item('Command Palette…', 'palette', 'CmdOrCtrl+K'),
      separator,
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      separator,
      { role: 'togglefullscreen' },
      ...(isPackaged ? [] : [separator, { role: 'toggleDevTools' as const }]),
    ],
  };
  const help: Item = {
    role: 'help',
    submenu: [
      item('Keyboard Shortcuts', 'shortcuts'),
      ...(isMac ? [] : [separator, { role: 'about' as const }]),
    ],
  };
  return [...(isMac ? [app] : []), file, edit, view, { role: 'windowMenu' }, help];
}
