import type { ItemList, LibrarySort, LibraryView } from '../../../src-main/ipc/contract/library.ts';
import { client } from '../../api/client.ts';
import { recall, remember } from '../../ui/remember.ts';
import type { Density } from './grid-layout.ts';
import { nothingSelected } from './selection.ts';
import type { Selection } from './selection.ts';

/** An import, of which a job may be known already; or an export of these items, or of all that are listed. */
export type MarksWish =
  | { readonly way: 'import'; readonly jobId: string | null }
  | { readonly way: 'export'; readonly itemIds: readonly number[] | null };

export interface Listing {
  readonly ids: Int32Array;
  readonly aspects: Uint16Array;
}

export const emptyListing: Listing = { ids: new Int32Array(), aspects: new Uint16Array() };

function bytesOf(base64: string): ArrayBuffer {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes.buffer;
}

export function decodeListing(list: ItemList): Listing {
  return {
    ids: new Int32Array(bytesOf(list.ids)),
    aspects: new Uint16Array(bytesOf(list.aspects)),
  };
}

const densityNames: readonly string[] = ['large', 'normal', 'dense'] satisfies Density[];

/** What the library shows and what is chosen in it: kept while another screen is open. */
class LibraryState {
  filter: string = $state('');
  view: LibraryView = $state('library');
  sort: LibrarySort = $state('added');
  isDescending: boolean = $state(true);
  seed: number = $state(1);
  selection: Selection = $state.raw(nothingSelected);
  /** Pixels from the top, for the way back. */
  scrollTop = 0;
  /** The import whose report is open. */
  reportJobId: string | undefined = $state();
  /** Items among which near-duplicates are shown; null: all. */
  lookalikesOf: readonly number[] | null | undefined = $state.raw();
  isImportOpen: boolean = $state(false);
  isRelinkOpen: boolean = $state(false);
  /** What the dialog for files of marks is open for. */
  marksWish: MarksWish | null = $state.raw(null);
  #density: Density = $state(recalledDensity());

  constructor() {
    client.on('project.opened', () => this.#reset());
  }

  get density(): Density {
    return this.#density;
  }

  set density(density: Density) {
    this.#density = density;
    remember('library.density', density);
  }

  shuffle(): void {
    this.seed = Math.floor(Math.random() * 2 ** 30);
  }

  #reset(): void {
    this.filter = '';
    this.view = 'library';
    this.selection = nothingSelected;
    this.scrollTop = 0;
    this.reportJobId = undefined;
    this.lookalikesOf = undefined;
    this.marksWish = null;
  }
}

function recalledDensity(): Density {
  const name = recall('library.density') ?? '';
  return densityNames.includes(name) ? (name as Density) : 'normal';
}

export const library = new LibraryState();
