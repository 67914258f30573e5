/** Every key of the video bench, as the registry, the palette and the cheat sheet know them. */
import type { Shortcut } from '../../../ui/keyboard.ts';
import { isFree } from '../key-focus.ts';
import { acts } from './acts.ts';
import { texts } from './texts/index.ts';
import type { TimelineView } from './timeline-view.svelte.ts';
import type { VideoBench } from './video-bench.svelte.ts';

export interface VideoKeyContext {
  readonly bench: VideoBench;
  readonly view: TimelineView;
  readonly askPlace: () => void;
  readonly toggleLoop: () => void;
}

type Texts = ReturnType<typeof texts>;
type Act = Omit<Shortcut, 'scope' | 'description' | 'id'>;

function act(name: string, words: (all: Texts) => string, more: Act): Omit<Shortcut, 'scope'> {
  return { id: `video.${name}`, description: () => words(texts()), ...more };
}

export function videoKeys(context: VideoKeyContext): Shortcut[] {
  const { bench } = context;
  const scopeOf = (words: (all: Texts) => string) => (): string => words(texts());
  return [
    ...playKeys(context).map((one) => ({ ...one, scope: scopeOf((all) => all.scopeVideo) })),
    ...lookKeys(context).map((one) => ({ ...one, scope: scopeOf((all) => all.scopeVideo) })),
    ...[...markKeys(bench), ...trackKeys(bench)].map((one) => ({
      ...one,
      scope: scopeOf((all) => all.scopeMarks),
    })),
    ...labelKeys(bench),
  ];
}

/** Arrows and Space belong to a control that has the focus. */
const whenFree = (run: () => void) => (): boolean => {
  if (!isFree()) return false;
  run();
  return true;
};

function playKeys({ bench, askPlace, toggleLoop }: VideoKeyContext): Omit<Shortcut, 'scope'>[] {
  const { player } = bench;
  const { clock } = player;
  return [
    act('toggle', (all) => all.keys.toggle, {
      keys: 'Space',
      isFixed: true,
      run: (event) => isFree() && (event?.repeat === true || (player.toggle(), true)),
    }),
    act('backwards', (all) => all.keys.backwards, { keys: 'J', run: () => player.shuttle(-1) }),
    act('halt', (all) => all.keys.halt, { keys: 'K', run: () => player.pause() }),
    act('forwards', (all) => all.keys.forwards, { keys: 'L', run: () => player.shuttle(1) }),
    act('back', (all) => all.back, {
      keys: ['ArrowLeft', ','],
      isOnlyKey: true,
      run: whenFree(() => player.step(-1)),
    }),
    act('on', (all) => all.on, {
      keys: ['ArrowRight', '.'],
      isOnlyKey: true,
      run: whenFree(() => player.step(1)),
    }),
    act('second-back', (all) => all.keys.secondBack, {
      keys: 'Shift+ArrowLeft',
      isOnlyKey: true,
      run: whenFree(() => player.toSeconds(player.seconds - 1)),
    }),
    act('second-on', (all) => all.keys.secondOn, {
      keys: 'Shift+ArrowRight',
      isOnlyKey: true,
      run: whenFree(() => player.toSeconds(player.seconds + 1)),
    }),
    act('key-back', (all) => all.keyBack, {
      keys: 'Mod+ArrowLeft',
      run: () => player.seek(clock.keyframe(player.frame, -1)),
    }),
    act('key-on', (all) => all.keyOn, {
      keys: 'Mod+ArrowRight',
      run: () => player.seek(clock.keyframe(player.frame, 1)),
    }),
    act('start', (all) => all.toStart, { keys: 'Home', run: whenFree(() => player.seek(0)) }),
    act('end', (all) => all.toEnd, { keys: 'End', run: whenFree(() => player.seek(clock.last)) }),
    act('go-to', (all) => all.keys.goTo, { keys: 'Mod+G', run: askPlace }),
    act('loop', (all) => all.loop, {
      keys: 'R',
      isActive: () => player.loop !== null || bench.segment !== undefined,
      run: toggleLoop,
    }),
  ];
}

function lookKeys({ bench, view }: VideoKeyContext): Omit<Shortcut, 'scope'>[] {
  const { player } = bench;
  return [
    act('tool.select', (all) => all.select, { keys: 'V', run: () => bench.setTool('select') }),
    act('tool.box', (all) => all.box, { keys: 'B', run: () => bench.setTool('box') }),
    act('fit', (all) => all.fit, { keys: '0', run: () => bench.canvas?.fit() }),
    act('timeline-in', (all) => all.keys.timelineIn, {
      keys: 'Alt+ArrowUp',
      run: () => view.zoom(2, view.x(player.seconds)),
    }),
    act('timeline-out', (all) => all.keys.timelineOut, {
      keys: 'Alt+ArrowDown',
      run: () => view.zoom(0.5, view.x(player.seconds)),
    }),
    act('timeline-fit', (all) => all.zoomFit, { keys: 'Shift+Z', run: () => view.fit() }),
  ];
}

function markKeys(bench: VideoBench): Omit<Shortcut, 'scope'>[] {
  const hasSegment = (): boolean => bench.segment !== undefined;
  const hasMark = (): boolean => bench.chosen !== null;
  return [
    act('set-in', (all) => all.keys.setIn, { keys: 'I', run: () => bench.setIn() }),
    act('set-out', (all) => all.keys.setOut, { keys: 'O', run: () => bench.setOut() }),
    act('event', (all) => all.keys.event, { keys: 'E', run: () => bench.addEvent() }),
    act('split', (all) => all.split, { keys: 'S', run: () => bench.split() }),
    act('merge', (all) => all.merge, {
      keys: 'Shift+M',
      isActive: hasSegment,
      run: () => bench.merge(),
    }),
    act('start-earlier', (all) => all.keys.startEarlier, {
      keys: 'Alt+ArrowLeft',
      isActive: hasSegment,
      run: () => bench.nudge('start', -1),
    }),
    act('start-later', (all) => all.keys.startLater, {
      keys: 'Alt+ArrowRight',
      isActive: hasSegment,
      run: () => bench.nudge('start', 1),
    }),
    act('end-earlier', (all) => all.keys.endEarlier, {
      keys: 'Alt+Shift+ArrowLeft',
      isActive: hasSegment,
      run: () => bench.nudge('end', -1),
    }),
    act('end-later', (all) => all.keys.endLater, {
      keys: 'Alt+Shift+ArrowRight',
      isActive: hasSegment,
      run: () => bench.nudge('end', 1),
    }),
    act('previous-edge', (all) => all.keys.previousEdge, {
      keys: 'PageUp',
      run: () => bench.jump(-1),
    }),
    act('next-edge', (all) => all.keys.nextEdge, { keys: 'PageDown', run: () => bench.jump(1) }),
    act('remove', (all) => all.remove, {
      keys: ['Delete', 'Backspace'],
      isActive: hasMark,
      run: () => bench.remove(),
    }),
    act('let-go', (all) => all.keys.letGo, {
      keys: 'Escape',
      isOnlyKey: true,
      isActive: () => hasMark() || bench.pendingIn !== null,
      run: () => {
        bench.choose(null);
        bench.pendingIn = null;
      },
    }),
  ];
}

function trackKeys(bench: VideoBench): Omit<Shortcut, 'scope'>[] {
  const isActive = (): boolean => bench.track !== undefined;
  const facts = () => ({ isHidden: false, isLocked: false, ...bench.track });
  return [
    act('pin', (all) => all.pin, { keys: 'F', isActive, run: () => bench.tracks.pin() }),
    act('unpin', (all) => all.unpin, {
      keys: 'Shift+Delete',
      isActive,
      run: () => bench.tracks.unpin(),
    }),
    act('outside', (all) => all.outside, {
      keys: 'X',
      isActive,
      run: () => bench.tracks.toggleOutside(),
    }),
    act('occluded', (all) => all.occluded, {
      keys: 'C',
      isActive,
      run: () => bench.tracks.toggleOccluded(),
    }),
    act('hide', (all) => all.hide, {
      keys: 'H',
      isActive,
      run: () => bench.tracks.set({ isHidden: !facts().isHidden }, acts.hideTrack),
    }),
    act('lock', (all) => all.lock, {
      keys: 'Shift+L',
      isActive,
      run: () => bench.tracks.set({ isLocked: !facts().isLocked }, acts.lockTrack),
    }),
  ];
}

function labelKeys(bench: VideoBench): Shortcut[] {
  return [1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => ({
    id: `video.label.${digit}`,
    scope: () => texts().label,
    description: () => `${texts().label}: ${bench.labels.list[digit - 1]?.name ?? ''}`,
    keys: String(digit),
    isFixed: true,
    isActive: () => bench.labels.list[digit - 1] !== undefined,
    run: () => bench.chooseLabel(bench.labels.list[digit - 1]?.id ?? null),
  }));
}
