import { formatCount, formatQuantity } from '../../../ui/format.ts';
import type { LibraryTexts } from './en.ts';

const items = (count: number): string => formatQuantity(count, 'Eintrag', 'Einträge');
const files = (count: number): string => formatQuantity(count, 'Datei', 'Dateien');
const splits = { train: 'Training', validation: 'Validierung', test: 'Test' };

export const de: LibraryTexts = {
  title: 'Bibliothek',
  items,
  grid: 'Einträge',
  someOf: (count, all) => `${formatCount(count)} von ${formatCount(all)}`,
  theFilters: 'die Filter',
  item: 'Eintrag',
  chosen: (count) =>
    `${items(count)} ausgewählt. Was in der Leiste unten geschieht, gilt für alle.`,
  selectNothing: 'Auswahl aufheben',

  trashIsEmpty: 'Der Papierkorb ist leer',
  trashText: 'Gelöschtes wartet hier, bis es endgültig gelöscht wird.',
  backToLibrary: 'Zurück zur Bibliothek',
  nothingMatches: 'Keine Treffer',
  noItemFits: (filter) => `Kein Eintrag passt zu ${filter}.`,
  clearFilter: 'Filter leeren',

  loading: 'Lädt',
  videoOf: (length) => `Video, ${length}`,
  fileMissing: 'Datei fehlt',
  marks: (count) => formatQuantity(count, 'Markierung', 'Markierungen'),
  samplesCount: (count) => formatQuantity(count, 'Beispiel', 'Beispiele'),
  stars: (count) => formatQuantity(count, 'Stern', 'Sterne'),
  notWhereItWas: 'Die Datei liegt nicht mehr, wo sie war',
  cannotBeShown: 'Dieses Bild lässt sich nicht zeigen.',

  emptyTitle: 'Bilder und Videos hier fallen lassen',
  emptyText:
    'Oder ganze Ordner: alles darunter kommt mit. Dateien bleiben, wo sie sind; Lensmith führt Markierungen, Gespräche und Aufteilungen daneben.',
  import: 'Importieren…',
  importFolder: 'Ordner importieren…',
  openSample: 'Beispielprojekt öffnen',
  steps: [
    ['Hereinholen,', 'was das Modell sehen lernen soll'],
    ['Markieren,', 'worauf es ankommt, und aufschreiben, was dazu zu sagen ist'],
    ['Trainieren', 'auf diesem Rechner, dann das Modell fragen'],
  ],
  formats: 'JPEG, PNG, WebP, AVIF, TIFF, GIF, HEIC, BMP und MP4, MOV, WebM, MKV, AVI',
  keyImports: 'importiert, Strg+V fügt ein',

  keys: {
    before: 'Voriger Eintrag; mit Umschalt erweitern',
    next: 'Nächster Eintrag; mit Umschalt erweitern',
    above: 'Eintrag darüber',
    below: 'Eintrag darunter',
    screenUp: 'Eine Bildschirmhöhe nach oben',
    screenDown: 'Eine Bildschirmhöhe nach unten',
    first: 'Erster Eintrag',
    last: 'Letzter Eintrag',
    toggle: 'Zur Auswahl hinzufügen oder daraus entfernen',
    all: 'Alles auswählen',
    filter: 'Filtern',
    rate: (stars) => `Mit ${stars} bewerten`,
    unrate: 'Bewertung entfernen',
    tag: 'Auswahl verschlagworten',
    restore: 'Aus dem Papierkorb zurückholen',
    import: 'Bilder und Videos importieren…',
  },
  annotate: 'Annotieren',
  newSample: 'Neues Beispiel',
  toTrash: 'In den Papierkorb',
  restore: 'Zurückholen',
  addToLibrary: (what) => `${what} zur Bibliothek hinzufügen`,
  report: 'Bericht',

  selection: 'Auswahl',
  eraseEllipsis: 'Endgültig löschen…',
  erase: 'Endgültig löschen',
  eraseTitle: (count) => `${items(count)} endgültig löschen?`,
  eraseText:
    'Markierungen, Schlagwörter und Beispiele, die von nichts anderem handeln, gehen mit. Das lässt sich nicht rückgängig machen.',
  eraseFiles:
    'In das Projekt kopierte Dateien werden vom Datenträger gelöscht. Dateien anderswo bleiben, wo sie sind.',
  keepThem: 'Behalten',
  tags: 'Schlagwörter',
  addTag: 'Schlagwort hinzufügen',
  addTagEllipsis: 'Schlagwort hinzufügen…',
  split: 'Aufteilung',
  splits,
  shortSplits: { none: 'Keine', train: 'Train.', validation: 'Valid.', test: 'Test' },
  inNoSplit: 'In keinem Teil',
  rating: 'Bewertung',
  none: 'Keine',
  menu: 'Einträge',

  done: {
    split: (count, split) =>
      split === null
        ? `${items(count)} aus der Aufteilung genommen`
        : `${items(count)} der ${split === 'test' ? 'Testmenge' : splits[split]} zugeteilt`,
    tagged: (count, names) => `${items(count)} mit ${names} verschlagwortet`,
    untagged: (count, names) => `${names} von ${items(count)} entfernt`,
    trashed: (count) => `${items(count)} in den Papierkorb gelegt`,
    restored: (count) => `${items(count)} zurückgeholt`,
    erased: (count, copies) =>
      `${items(count)} endgültig gelöscht; ${
        copies === 0
          ? 'keine Datei wurde gelöscht'
          : `${formatQuantity(copies, 'Kopie', 'Kopien')} vom Datenträger gelöscht`
      }`,
    added: (count, left) =>
      left === 0
        ? `${items(count)} hinzugefügt`
        : `${items(count)} hinzugefügt, ${files(left)} ausgelassen`,
    clipped: (count) =>
      `${formatQuantity(count, 'Bild enthält', 'Bilder enthalten')} Werte, die ein Modell weiß sieht.`,
    lookalikes: (groups) =>
      `${formatQuantity(groups, 'Gruppe', 'Gruppen')} von Beinahe-Duplikaten darunter`,
  },
  review: 'Ansehen',
  uploadFailed: 'Das Hochladen ist fehlgeschlagen.',
  pasted: (date) => `Eingefügt ${date}`,
  importTitle: 'Bilder und Videos importieren',
  importFolderTitle: 'Ordner importieren',

  nearDuplicates: 'Beinahe-Duplikate',
  keepOneOfEach: 'Je eines behalten',
  comparing: 'Bilder werden verglichen…',
  noneAlike: 'Sonst sieht nichts gleich aus.',
  groups: (count) =>
    `${formatQuantity(count, 'Gruppe', 'Gruppen')}. Das größte Bild steht vorn; ein Klick bestimmt, welches bleibt.`,
  keepAll: 'Alle behalten',
  trashOthers: (count) =>
    count === 1
      ? 'Das andere in den Papierkorb'
      : `Die anderen ${formatCount(count)} in den Papierkorb`,

  sortBy: 'Sortieren nach',
  sorts: {
    added: 'Hinzugefügt',
    taken: 'Aufgenommen',
    name: 'Name',
    size: 'Dateigröße',
    rating: 'Bewertung',
    random: 'Gemischt',
  },
  shuffleAgain: 'Neu mischen',
  highestFirst: 'Absteigend',
  lowestFirst: 'Aufsteigend',
  density: 'Dichte',
  densities: { large: 'Groß', normal: 'Mittel', dense: 'Dicht' },
  more: 'Mehr',
  moreOfLibrary: 'Mehr zur Bibliothek',
  lookForLookalikes: 'Beinahe-Duplikate suchen',
  findMissing: 'Fehlende Dateien suchen…',

  filter: 'Filter',
  filterHint: 'Filter: Wörter, oder type:image tag:… rating>=3',
  changeTerm: 'Diese Bedingung ändern',
  removeTerm: (text) => `${text} entfernen`,
  completions: 'Vervollständigungen',
  filters: 'Filterspalte',
  sections: {
    type: 'Typ',
    split: 'Aufteilung',
    annotated: 'Markierungen',
    status: 'Beispiele',
  },
  facets: {
    ...splits,
    image: 'Bilder',
    video: 'Videos',
    yes: 'Mit Markierungen',
    no: 'Ohne Markierungen',
    draft: 'Entwurf',
    reviewed: 'Geprüft',
    rejected: 'Verworfen',
  },
  nothingOf: { split: 'In keinem Teil', label: 'Ohne Label', status: 'Ohne Beispiele' },
  starsOrMore: (stars) => `${stars} Sterne oder mehr`,
  tagsTeach: 'Einträge auswählen und T drücken, um sie zu verschlagworten.',
  labels: 'Labels',
  labelsTeach: 'Labels von Markierungen erscheinen hier.',
  trash: 'Papierkorb',
  notThis: (name) => `Nicht ${name}`,
  allButThese: (name) => `${name}; mit Alt: alle außer diesen`,

  facts: {
    length: 'Länge',
    frames: (length, frames) => `${length}, ${frames ?? '?'} Einzelbilder`,
    rate: 'Bildrate',
    perSecond: (rate, hasSound) => `${rate} pro Sekunde${hasSound ? ', mit Ton' : ''}`,
    codec: 'Kodierung',
    size: 'Größe',
    format: 'Format',
    upright: (format) => `${format}, aufrecht gedreht`,
    taken: 'Aufgenommen',
    added: 'Hinzugefügt',
    where: 'Ort',
  },
  thumbnailOf: (name) => `Vorschau von ${name}`,
  missingText:
    'Die Datei liegt nicht mehr, wo sie war. Markierungen und Beispiele sind sicher; das Training braucht die Datei.',
  clipped: 'Weiß für ein Modell',
  clippedText:
    '16-Bit-Graustufen mit Werten über 255: Ein Modell sieht sie alle weiß, hier wie in Hugging Face transformers. Das Bild mit 8 Bit speichern, in dem Fenster, das das Wichtige zeigt, und dieses importieren.',
  forTraining: 'Für das Training',
  notes: 'Notizen',
  notesHint: 'Was sich wiederfinden lassen soll',
  samples: 'Beispiele',
  noQuestion: 'Noch keine Frage',
  noAnswer: 'Noch keine Antwort',
  statuses: { draft: 'Entwurf', reviewed: 'geprüft', rejected: 'verworfen' },
  samplesTeach: 'Was soll ein Modell dazu sagen? „Neues Beispiel“ hält es fest.',
  file: 'Datei',
  showInFolder: 'Im Ordner zeigen',
  history: 'Verlauf',

  importDone: 'Importieren',
  reportGone: 'Diesen Bericht gibt es nicht mehr: er bleibt, solange das Projekt offen ist.',
  countAdded: (count) => `${items(count)} hinzugefügt`,
  soFar: ' bisher',
  restCancelled: '; der Rest wurde abgebrochen',
  undoTakesBack: 'Rückgängig nimmt alles zurück.',
  broken: 'Beschädigt',
  alreadyHere: 'Schon vorhanden',
  inTrash: (count) => `${formatQuantity(count, 'davon liegt', 'davon liegen')} im Papierkorb.`,
  sameAsTrashed: 'Gleicher Inhalt wie ein Eintrag im Papierkorb',
  sameAs: 'Gleicher Inhalt wie',
  thisItem: 'dieser Eintrag',
  foundAgain: 'Wiedergefunden',
  noMedia: 'Keine Bilder oder Videos',
  andMore: (count) => `und ${formatCount(count)} weitere`,

  uploading: (done, total) => `${formatCount(done)} von ${files(total)} hochgeladen`,
  upload: 'Hochladen',
  cancel: 'Abbrechen',
  missing: (count) =>
    count === 1
      ? `${files(count)} liegt nicht mehr, wo sie war. Von der Arbeit ist nichts verloren.`
      : `${files(count)} liegen nicht mehr, wo sie waren. Von der Arbeit ist nichts verloren.`,
  show: 'Zeigen',
  findThem: 'Suchen…',

  watchedFolders: 'Beobachtete Ordner',
  notThereNow: 'zurzeit nicht da',
  stopWatching: (path) => `${path} nicht mehr beobachten`,
  path: 'Pfad',
  places: 'Orte',
  foldersAndFiles: 'Ordner und Dateien',
  oneUp: 'Eine Ebene höher',
  folderIsCut: 'In diesem Ordner ist noch mehr; ein Import holt alles.',
  filesChosen: (count) => `${files(count)} ausgewählt`,
  mediaHere: (count) =>
    `${formatQuantity(count, 'Bild oder Video', 'Bilder und Videos')} hier; die Ordner darunter zählen mit`,
  copyIn: 'In das Projekt kopieren',
  copyInHint: 'Sonst bleiben die Dateien, wo sie sind, und werden dort gelesen.',
  watchThis: 'Diesen Ordner beobachten',
  watchThisHint: 'Was später darin erscheint, kommt von selbst dazu.',
  filesOfComputer: 'Dateien dieses Rechners',
  uploadFrom: 'Von diesem Rechner hochladen…',
  importCount: (count) => `${formatCount(count)} importieren`,
  importAndWatch: 'Importieren und beobachten',
  importThis: 'Diesen Ordner importieren',

  findTitle: 'Fehlende Dateien suchen',
  lookIn: 'Fehlende Dateien suchen in',
  search: 'Suche',
  foundItems: (found, lost) =>
    lost === 0
      ? `${items(found)} wiedergefunden. Es fehlt nichts mehr.`
      : `${items(found)} wiedergefunden, ${items(lost)} hier nicht gefunden:`,
  findText:
    'Einen Ordner wählen: Dateien darin und darunter werden am Inhalt erkannt, also auch umbenannte.',
  close: 'Schließen',
  lookHere: 'Hier suchen',
  chooseFolder: 'Ordner wählen…',
  stop: 'Anhalten',

  marksFile: {
    import: 'Markierungen importieren…',
    export: 'Markierungen exportieren…',
    importTitle: 'Markierungen von Bildern importieren',
    exportTitle: 'Markierungen von Bildern exportieren',
    importText:
      'COCO-JSON, wie es die meisten Labelprogramme schreiben: Rahmen, Umrisse, Masken und Keypoints. Die Bilder müssen in der Bibliothek sein; sie werden an Namen und Ordnern erkannt. Was schon da ist, kommt nicht doppelt, und fehlende Labels werden angelegt.',
    exportText:
      'Eine Datei im COCO-Format mit Rahmen, Umrissen, Masken und Keypoints, für Labelprogramme und andere Werkzeuge.',
    fits: (pictures, marks) =>
      `${formatQuantity(marks, 'Markierung', 'Markierungen')} auf ${formatQuantity(pictures, 'Bild', 'Bildern')} werden geschrieben.`,
    unlabelled: (count) =>
      `${formatQuantity(count, 'Markierung hat', 'Markierungen haben')} kein Label: Sie bleiben weg, denn COCO kennt keine ohne.`,
    withoutForm: (count) =>
      `${formatQuantity(count, 'Linie oder Punkt', 'Linien und Punkte')}: Sie bleiben weg, denn COCO hat keine Form dafür.`,
    turned: (count) =>
      `${formatQuantity(count, 'gedrehter Rahmen wird zum Umriss', 'gedrehte Rahmen werden zu Umrissen')} mit vier Ecken.`,
    looking: 'Es wird geprüft, was passt',
    file: 'Datei',
    importStart: 'Importieren',
    exportStart: 'Exportieren',
    imported: (marks, pictures) =>
      `${formatQuantity(marks, 'Markierung', 'Markierungen')} auf ${formatQuantity(pictures, 'Bild', 'Bildern')} hinzugefügt.`,
    alreadyThere: (count) =>
      `${formatQuantity(count, 'Markierung war', 'Markierungen waren')} schon da.`,
    leftOut: (count) =>
      `${formatQuantity(count, 'Teil der Datei bleibt', 'Teile der Datei bleiben')} weg`,
    notImported: 'Nichts wurde importiert',
    notWritten: 'Nichts wurde geschrieben',
    written: (marks, pictures) =>
      `${formatQuantity(marks, 'Markierung', 'Markierungen')} auf ${formatQuantity(pictures, 'Bild', 'Bildern')} geschrieben nach`,
    importStopped: 'Gestoppt. Was bis dahin hinzukam, ist da; einmal Rückgängig nimmt es zurück.',
    exportStopped: 'Gestoppt. Nichts wurde geschrieben.',
    marksLeftOut: (count) =>
      `${formatQuantity(count, 'Markierung bleibt', 'Markierungen bleiben')} weg.`,
    importAnother: 'Noch eine Datei importieren',
  },
  lookElsewhere: 'Anderswo suchen',
};
