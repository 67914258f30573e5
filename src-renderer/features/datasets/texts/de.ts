import type { DatasetWarning } from '../../../../src-main/ipc/contract/datasets.ts';
import { formatCount, formatQuantity } from '../../../ui/format.ts';
import type { DatasetTexts } from './en.ts';

const warnings: Readonly<Record<DatasetWarning['kind'], string>> = {
  'empty-train': 'Kein Beispiel bleibt zum Trainieren.',
  'empty-validation':
    'Nichts wird zurückgehalten, also kann der Trainingslauf Lernen und Auswendiglernen nicht unterscheiden. Einträge für die Validierung markieren oder ihr einen Anteil geben.',
  straddling:
    'Ausgelassen: ihre Bilder sind für verschiedene Teile markiert. Gleich markieren oder nach Anteilen teilen.',
  leak: 'Gleich aussehende Bilder stehen auf verschiedenen Seiten; Werte auf zurückgehaltenen Daten würden schmeicheln. Nach Anteilen teilen oder gleich markieren.',
  'no-answer': 'Ausgelassen: sie haben noch keine Antwort, die zu lernen wäre.',
  'missing-media': 'Ausgelassen: die Datei eines Bildes liegt nicht mehr, wo sie war.',
};

export const de: DatasetTexts = {
  title: 'Datensätze',
  splits: { train: 'Training', validation: 'Validierung', test: 'Test' },
  samplesFor: (split) => `Beispiele für ${split}`,
  samplesBySplit: 'Beispiele nach Teil',
  noneOnSide: 'Auf dieser Seite ist kein Beispiel.',
  draft: 'Entwurf',
  items: (count) => formatQuantity(count, 'Eintrag', 'Einträge'),
  answers: (count) => formatQuantity(count, 'Antwort', 'Antworten'),

  cannotRead: 'Die Datensätze lassen sich nicht lesen',
  none: 'Woraus soll das Modell lernen?',
  noneText:
    'Ein Datensatz ist eine Auswahl von Beispielen, nach Schlagwort, Label, Bewertung oder Datum, und ihre Aufteilung. Er bleibt lebendig: was später in die Bibliothek kommt, gehört von selbst dazu.',
  newOfAll: 'Neuer Datensatz aus allen Beispielen',
  newDataset: 'Neuer Datensatz',
  allSamples: 'Alle Beispiele',
  numbered: (number) => `Neuer Datensatz ${number}`,
  allItems: 'alle Einträge',
  deleted: (name) => `${name} gelöscht`,

  name: 'Name',
  delete: 'Diesen Datensatz löschen',
  viewAll: 'Was das Modell sieht',
  viewAllTitle: 'Dieser Datensatz, wie das Modell ihn lesen wird',
  train: 'Damit trainieren',
  whatItSelects: 'Was er auswählt',
  whatComes: 'Was sich ergibt',
  itemsField: 'Einträge',
  itemsHint: 'Alle; oder tag:lunge rating>=3 -tag:unscharf',
  counted: (items, samples) =>
    `${formatQuantity(items, 'Eintrag', 'Einträge')} mit ${formatQuantity(samples, 'Beispiel', 'Beispielen')}`,
  samplesThatCount: 'Beispiele, die zählen',
  reviewed: 'Geprüfte',
  drafts: 'Entwürfe',
  regionsAs: 'Bereiche stehen im Text als',
  leftOut: (why) => `Ausgelassen: ${why}.`,
  leftOutBy: {
    draft: (count) => formatQuantity(count, 'Entwurf', 'Entwürfe'),
    reviewed: (count) => `${formatCount(count)} geprüft`,
    rejected: (count) => `${formatCount(count)} verworfen`,
    noAnswer: (count) => `${formatCount(count)} ohne Antwort`,
    straddling: (count) => `${formatCount(count)} in zwei Teilen`,
    missingMedia: (count) => `${formatCount(count)} mit fehlenden Dateien`,
  },
  lookalikes: (groups) =>
    `${formatQuantity(groups, 'Gruppe', 'Gruppen')} von Bildern, die gleich aussehen.`,
  warning: (kind) => warnings[kind],
  showThem: 'Zeigen',

  split: 'Aufteilung',
  byShares: 'Nach Anteilen',
  asMarked: 'Wie markiert',
  drawAnew: 'Neu auslosen',
  sharesText: (percent) =>
    `${percent} % sind für das Training. Bilder, die gleich aussehen, und die eines Beispiels bleiben zusammen.`,
  marksText:
    'Die Markierung jedes Eintrags entscheidet, wie die Bibliothek sie zeigt; ohne eine ist er für das Training.',
};
