import { describe, expect, it, vi } from 'vitest';
import { collide, keyCaps, keysOfPress, matchesKeys } from '../../../src-renderer/ui/key-chords.ts';
import type { KeyPress } from '../../../src-renderer/ui/key-chords.ts';
import { ShortcutRegistry } from '../../../src-renderer/ui/keyboard.ts';
import type { Shortcut } from '../../../src-renderer/ui/keyboard.ts';

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
    expect(keyCaps('Shift+PageUp', false)).toEqual(['Shift', 'PgUp']);
    expect(keyCaps('Mod++', false)).toEqual(['Ctrl', '+']);
  });
});

describe('ShortcutRegistry', () => {
  it('lets the latest active act win, and gives the key back afterwards', () => {
    const registry = new ShortcutRegistry(false);
    const [general, special] = [shortcut('general', 'Delete'), shortcut('special', 'Delete')];
    registry.register([general]);
    const remove = registry.register([special]);
    expect(registry.dispatch(press('Delete'))).toBe(true);
    expect(special.run).toHaveBeenCalledOnce();
    expect(general.run).not.toHaveBeenCalled();
    remove();
    registry.dispatch(press('Delete'));
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
    registry.dispatch(press('v'));
    expect(last.run).toHaveBeenCalledOnce();
    expect(registry.active().map(({ id }) => id)).toEqual(['declines', 'last']);
  });

  it('leaves keys to the field that is typed in, unless the act says otherwise', () => {
    const registry = new ShortcutRegistry(false);
    const next = shortcut('next', 'Mod+Enter', { worksInFields: true });
    registry.register([shortcut('box', 'B'), next]);
    expect(registry.dispatch(press('b'), { isTyping: true })).toBe(false);
    expect(registry.dispatch(press('Enter', { ctrlKey: true }), { isTyping: true })).toBe(true);
    expect(next.run).toHaveBeenCalledOnce();
  });

  it('awaits the second of two keys, not for ever, and only next', () => {
    const registry = new ShortcutRegistry(false);
    const train = shortcut('train', 'G T');
    const text = shortcut('text', 'T');
    registry.register([text, train]);
    registry.dispatch(press('g'), {}, 0);
    registry.dispatch(press('t'), {}, 400);
    expect(train.run).toHaveBeenCalledOnce();
    expect(text.run).not.toHaveBeenCalled();
    registry.dispatch(press('g'), {}, 1_000);
    registry.dispatch(press('t'), {}, 9_000);
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

  it('leaves a dialog alone, but for acts that say otherwise', () => {
    const registry = new ShortcutRegistry(false);
    registry.register([shortcut('box', 'B'), shortcut('help', '?', { worksInDialogs: true })]);
    expect(registry.dispatch(press('b'), { isInDialog: true })).toBe(false);
    expect(registry.dispatch(press('?'), { isInDialog: true })).toBe(true);
  });

  it('listens to the keys that a person chose, and shows them', () => {
    const registry = new ShortcutRegistry(false);
    const [box, arrows] = [shortcut('box', 'B'), shortcut('move', 'Left', { isFixed: true })];
    registry.register([box, arrows, shortcut('pan', 'Space')]);
    registry.bind({ box: ['Alt+B', 'X'], move: ['Q'], pan: [] });
    expect(registry.dispatch(press('b'))).toBe(false);
    expect(registry.dispatch(press('b', { altKey: true }))).toBe(true);
    expect(registry.dispatch(press('x'))).toBe(true);
    expect(box.run).toHaveBeenCalledTimes(2);
    expect(registry.dispatch(press(' '))).toBe(false);
    expect(registry.dispatch(press('ArrowLeft'))).toBe(true);
    expect(['box', 'move', 'pan'].map((id) => registry.keysOf(id))).toEqual([
      'Alt+B',
      'Left',
      undefined,
    ]);
    registry.bind({});
    expect(registry.dispatch(press('b'))).toBe(true);
  });
});

describe('keysOfPress', () => {
  it('writes a press so that the same press matches it', () => {
    const presses = [
      press('k', { ctrlKey: true }),
      press('Z', { ctrlKey: true, shiftKey: true }),
      press('?', { shiftKey: true }),
      press('+', { ctrlKey: true, shiftKey: true }),
      press(' '),
      press('ArrowLeft', { altKey: true }),
      press('PageUp', { shiftKey: true }),
      press('7'),
      press('м', { code: 'KeyV' }),
    ];
    const written = presses.map((one) => keysOfPress(one, false));
    expect(written).toEqual([
      'Mod+K',
      'Mod+Shift+Z',
      '?',
      'Mod++',
      'Space',
      'Alt+ArrowLeft',
      'Shift+PageUp',
      '7',
      'V',
    ]);
    presses.forEach((one, at) => expect(matchesKeys(one, written[at] ?? '', false)).toBe(true));
  });

  it('waits while only Shift and its like are held', () => {
    for (const key of ['Control', 'Shift', 'Alt', 'Meta', 'AltGraph', 'Dead']) {
      expect(keysOfPress(press(key, { shiftKey: true }), false)).toBeUndefined();
    }
  });
});

describe('collide', () => {
  it('finds keys that are the same, however they are written, or that begin others', () => {
    expect(collide('Mod+Shift+A', 'Shift+Mod+a')).toBe(true);
    expect(collide('Esc', 'Escape')).toBe(true);
    expect(collide('G', 'G L')).toBe(true);
    expect(collide('G L', 'G')).toBe(true);
    expect(collide('G L', 'G A')).toBe(false);
    expect(collide('L', 'G L')).toBe(false);
    expect(collide('A', 'Mod+A')).toBe(false);
  });
});
