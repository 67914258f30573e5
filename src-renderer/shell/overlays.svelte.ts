/** Which of the shell's own overlays is open; one at a time. */
export type Overlay = 'palette' | 'shortcuts' | 'new-project' | 'open-project';

class Overlays {
  open: Overlay | undefined = $state();

  toggle(overlay: Overlay): void {
    this.open = this.open === overlay ? undefined : overlay;
  }
}

export const overlays = new Overlays();
