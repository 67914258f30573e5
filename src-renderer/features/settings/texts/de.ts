import { formatQuantity } from '../../../ui/format.ts';
import type { SettingsTexts } from './en.ts';

export const de: SettingsTexts = {
  title: 'Einstellungen',
  unreadable: 'Die Einstellungen lassen sich nicht lesen',
  pages: { general: 'Allgemein', keys: 'Tasten' },

  appearance: 'Darstellung',
  theme: 'Farbschema',
  language: 'Sprache',

  engine: 'Rechenkern',
  device: 'Rechnen auf',
  deviceAuto: 'Automatisch',
  deviceAutoIs: (name) => `Automatisch: ${name}`,
  deviceMissing: (id) => `${id}, nicht mehr vorhanden`,
  deviceHint:
    'Eine Grafikkarte rechnet schneller und hat eigenen Speicher. Gilt ab der nächsten Antwort oder dem nächsten Trainingslauf.',
  allCores: 'Alle Prozessorkerne',
  allCoresHint: (cores) =>
    `Dieser Rechner hat ${cores}. Weniger Threads lassen anderen Programmen Raum; Modelle antworten und trainieren dann langsamer.`,
  threads: 'Threads',
  threadsHint: 'Gilt ab der nächsten Antwort oder dem nächsten Trainingslauf.',

  library: 'Bibliothek',
  copyMedia: 'Medien ins Projekt kopieren',
  copyMediaHint:
    'Ein Projekt, das seine Medien enthält, lässt sich auf einen anderen Rechner mitnehmen. Sonst verweist es auf die Dateien, wo sie liegen.',
  nearDuplicates: 'Fast gleiche Bilder unterscheiden sich um höchstens',
  bits: 'Bit',
  nearDuplicatesHint:
    'Von den 64 ihrer Wahrnehmungs-Hashes. Weniger: nur, was beinahe dasselbe Bild ist.',

  video: 'Video',
  ffmpegExample: 'Das erste, das gefunden wird',
  ffmpegHint: 'Der ganze Pfad des Programms, falls das gefundene nicht das gewünschte ist.',

  machine: 'Dieser Rechner',
  examining: 'Es wird nachgesehen, was dieser Rechner bietet',
  examineFailed: 'Der Rechner ließ sich nicht untersuchen',
  processor: 'Prozessor',
  cores: (cpu, count) => `${cpu}, ${formatQuantity(count, 'Kern', 'Kerne')}`,
  engineFailed: 'Modelle sind nicht benutzbar',
  memory: 'Arbeitsspeicher',
  memoryUsed: (share) => `${share} belegt`,
  graphics: 'Grafik',
  noGraphics: 'Keine gefunden',
  graphicsWithoutDriver: 'ohne Vulkan-Treiber, für Modelle nicht nutzbar',
  deviceLacks: (what) => `für Modelle nicht nutzbar, es fehlt: ${what}`,
  deviceProblems: {
    differs: (what) => `übergangen: rechnet anders als der Prozessor (${what})`,
    ends: (what) => `übergangen: beendet den Prozess, der darauf rechnet (${what})`,
    unchecked: (what) => `übergangen: ließ sich nicht prüfen (${what})`,
  },
  deviceImitated: 'rechnet auf dem Prozessor, langsamer als Modelle es dort selbst tun',
  ffmpegFailed: 'Videos lassen sich damit nicht lesen',
  ffmpegFailedMeaning: 'Bilder gehen auch ohne.',
  reads: (codecs) => `Liest ${codecs}`,
  readsBut: (codecs, missing) => `Liest ${codecs}; nicht ${missing}`,
  versions: 'Versionen',

  folders: 'Ordner',
  dataFolder: 'Daten',
  logsFolder: 'Protokolle',
  starterModel: 'Startmodell',
  showFolder: (name) => `${name} im Dateimanager zeigen`,

  diagnostics: 'Diagnose',
  diagnosticsText:
    'Was hier läuft, worauf, und was zuletzt schiefging. Namen von Medien, Projekten und Ordnern bleiben außen vor. Nichts wird verschickt: Der Text landet, wo man ihn einfügt.',
  copyDiagnostics: 'Diagnose kopieren…',
  diagnosticsTitle: 'Das wird kopiert',
  gathering: 'Bekanntes wird zusammengetragen',
  copy: 'Kopieren',
  cancel: 'Abbrechen',
  copied: 'Die Diagnose liegt in der Zwischenablage.',
  openLogs: 'Protokollordner öffnen',
  downloadLog: 'Protokoll herunterladen',

  findKeys: 'Befehl oder Tasten suchen',
  foundNoKeys: 'Kein Befehl mit diesem Namen.',
  change: (act) => `Tasten ändern: ${act}`,
  reset: (act) => `Ursprüngliche Tasten: ${act}`,
  takeAway: (act) => `Tasten wegnehmen: ${act}`,
  resetAll: 'Alle Tasten zurücksetzen',
  allReset: 'Alle Befehle haben wieder ihre ursprünglichen Tasten.',
  recording: (act) => `Neue Tasten: ${act}`,
  pressKeys: 'Neue Tasten drücken. Escape behält die alten.',
  pressSecond: 'Zweite Taste drücken oder warten.',
  isTaken: (keys, acts) => `${keys} gehört zu ${acts}.`,
  takeOver: 'Dort wegnehmen',
  keepOld: 'Alte behalten',
  reserved: (keys) => `${keys} gehört dem Browser oder dem System. Andere Tasten versuchen.`,
  or: 'oder',
  noKeys: 'keine',
  fixed: 'Diese geben die Richtung an und bleiben, wie sie sind.',
};
