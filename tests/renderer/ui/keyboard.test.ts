import { describe, expect, it, vi } from 'vitest';
import { ShortcutRegistry, keyCaps, matchesKeys } from '../../../src-renderer/ui/keyboard.ts';
import type { KeyPress, Shortcut } from '../../../src-renderer/ui/keyboard.ts';

function press(key: string, held: Partial<KeyPress> = {}): KeyPress {
  return {
    key,
    code: '',
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    ...held,
  };
}

function shortcut(id: string, keys: string, more: Partial<Shortcut> = {}): Shortcut {
  return { id, scope: 'Test', description: id, keys, run: vi.fn(), ...more };
}

describe('matchesKeys', () => {
  it('takes Mod for Ctrl, or Cmd on a Mac', () => {
    expect(matchesKeys(press('k', { ctrlKey: true }), 'Mod+K', false)).toBe(true);
    expect(matchesKeys(press('k', { metaKey: true }), 'Mod+K', false)).toBe(false);
    expect(matchesKeys(press('k', { metaKey: true }), 'Mod+K', true)).toBe(true);
    expect(matchesKeys(press('k'), 'Mod+K', false)).toBe(false);
  });

  it('does not mind Shift where the layout needs it for the sign', () => {
    expect(matchesKeys(press('?', { shiftKey: true }), '?', false)).toBe(true);
    expect(matchesKeys(press('['), '[', false)).toBe(true);
    expect(matchesKeys(press('+', { ctrlKey: true, shiftKey: true }), 'Mod++', false)).toBe(true);
  });

  it('tells letters with Shift from those without', () => {
    expect(matchesKeys(press('Z', { ctrlKey: true, shiftKey: true }), 'Mod+Z', false)).toBe(false);
    expect(matchesKeys(press('Z', { ctrlKey: true, shiftKey: true }), 'Mod+Shift+Z', false)).toBe(
      true,
    );
  });

  it('reads the key printed there on other alphabets', () => {
    expect(matchesKeys(press('м', { code: 'KeyV' }), 'V', false)).toBe(true);
  });

  it('knows spaces and arrows by name', () => {
    expect(matchesKeys(press(' '), 'Space', false)).toBe(true);
    expect(matchesKeys(press('ArrowLeft'), 'Left', false)).toBe(true);
  });
});

describe('keyCaps', () => {
  it('writes keys as the machine does', () => {
    expect(keyCaps('Mod+Shift+Z', false)).toEqual(['Ctrl', 'Shift', 'Z']);
    expect(keyCaps('Mod+Shift+Z', true)).toEqual(['⌘', '⇧', 'Z']);
    expect(keyCaps('ArrowLeft', false)).toEqual(['←']);
    expect(keyCaps('Mod++', false)).toEqual(['Ctrl', '+']);
  });
});

describe('ShortcutRegistry', () => {
  it('lets the latest active act win, and gives the key back afterwards', () => {
    const registry = new ShortcutRegistry(false);
    const [general, special] = [shortcut('general', 'Delete'), shortcut('special', 'Delete')];
    registry.register([general]);
    const remove = registry.register([special]);
    expect(registry.dispatch(press('Delete'), false)).toBe(true);
    expect(special.run).toHaveBeenCalledOnce();
    expect(general.run).not.toHaveBeenCalled();
    remove();
    registry.dispatch(press('Delete'), false);
    expect(general.run).toHaveBeenCalledOnce();
  });

  it('passes over acts that cannot be done now, and those that decline', () => {
    const registry = new ShortcutRegistry(false);
    const last = shortcut('last', 'V');
    registry.register([
      last,
      shortcut('declines', 'V', { run: () => false }),
      shortcut('inactive', 'V', { isActive: () => false }),
    ]);
    registry.dispatch(press('v'), false);
    expect(last.run).toHaveBeenCalledOnce();
    expect(registry.active().map(({ id }) => id)).toEqual(['declines', 'last']);
  });

  it('leaves keys to the field that is typed in, unless the act says otherwise', () => {
    const registry = new ShortcutRegistry(false);
    const next = shortcut('next', 'Mod+Enter', { worksInFields: true });
    registry.register([shortcut('box', 'B'), next]);
    expect(registry.dispatch(press('b'), true)).toBe(false);
    expect(registry.dispatch(press('Enter', { ctrlKey: true }), true)).toBe(true);
    expect(next.run).toHaveBeenCalledOnce();
  });

  it('awaits the second of two keys, not for ever, and only next', () => {
    const registry = new ShortcutRegistry(false);
    const train = shortcut('train', 'G T');
    const text = shortcut('text', 'T');
    registry.register([text, train]);
    registry.dispatch(press('g'), false, 0);
    registry.dispatch(press('t'), false, 400);
    expect(train.run).toHaveBeenCalledOnce();
    expect(text.run).not.toHaveBeenCalled();
    registry.dispatch(press('g'), false, 1_000);
    registry.dispatch(press('t'), false, 9_000);
    expect(train.run).toHaveBeenCalledOnce();
    expect(text.run).toHaveBeenCalledOnce();
    expect(keyCaps('G T', false)).toEqual(['G', 'T']);
  });

  it('does an act by its name when it can be done', () => {
    const registry = new ShortcutRegistry(false);
    const open = shortcut('open', 'Mod+O');
    registry.register([open, shortcut('close', 'Mod+W', { isActive: () => false })]);
    expect(registry.run('open')).toBe(true);
    expect(registry.run('close')).toBe(false);
    expect(open.run).toHaveBeenCalledOnce();
  });

  it('tells the keys of an act', () => {
    const registry = new ShortcutRegistry(false);
    registry.register([shortcut('palette', 'Mod+K')]);
    expect(registry.keysOf('palette')).toBe('Mod+K');
    expect(registry.keysOf('absent')).toBeUndefined();
  });
});
