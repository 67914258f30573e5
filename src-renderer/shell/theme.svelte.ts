import { recall, remember } from '../ui/remember.ts';

export const themeChoices = ['system', 'light', 'dark', 'contrast'] as const;
export type ThemeChoice = (typeof themeChoices)[number];
export type Theme = Exclude<ThemeChoice, 'system'>;

/** The theme for a choice on a machine with these wishes. */
export function themeFor(
  choice: ThemeChoice,
  wishes: { readonly light: boolean; readonly contrast: boolean },
): Theme {
  if (choice !== 'system') return choice;
  if (wishes.contrast) return 'contrast';
  return wishes.light ? 'light' : 'dark';
}

const isChoice = (text: string | undefined): text is ThemeChoice =>
  themeChoices.some((choice) => choice === text);

/** The theme of the window: what the person chose, else what the system wishes. */
class ThemeStore {
  #choice: ThemeChoice = $state('system');
  #theme: Theme = $state('dark');
  readonly #light = matchMedia('(prefers-color-scheme: light)');
  readonly #contrast = matchMedia('(prefers-contrast: more)');

  constructor() {
    const kept = recall('theme');
    if (isChoice(kept)) this.#choice = kept;
    for (const wish of [this.#light, this.#contrast]) {
      wish.addEventListener('change', () => this.#apply());
    }
    this.#apply();
  }

  get choice(): ThemeChoice {
    return this.#choice;
  }

  set choice(choice: ThemeChoice) {
    this.#choice = choice;
    remember('theme', choice === 'system' ? undefined : choice);
    this.#apply();
  }

  /** What is on the screen; canvases that copied a colour draw again when it changes. */
  get current(): Theme {
    return this.#theme;
  }

  #apply(): void {
    const wishes = { light: this.#light.matches, contrast: this.#contrast.matches };
    this.#theme = themeFor(this.#choice, wishes);
    document.documentElement.dataset['theme'] = this.#theme;
  }
}

export const theme = new ThemeStore();
