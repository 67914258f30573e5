/** What takes long: its name, what it is at, and what a run reports on the way. */
import type { Phrases } from '../../phrase-book.ts';

export const jobs: Phrases = {
  'Find missing files': 'Fehlende Dateien suchen',
  'Checking what is missing': 'Fehlendes wird ermittelt',
  'Comparing contents': 'Inhalte werden verglichen',
  'Looking for files': 'Dateien werden gesucht',
  'Looking for files: {}': 'Dateien werden gesucht: {1}',
  'Looking for files: {} file': 'Dateien werden gesucht: {1} Datei',
  'Looking for files: {} files': 'Dateien werden gesucht: {1} Dateien',
  'New in {}': 'Neues in {1}',
  'Import {}': '{1~} importieren',
  '{#} added': '{1} hinzugefügt',
  '{#} added, {}': '{1} hinzugefügt, {2~}',
  '{#} found again': '{1} wiedergefunden',
  '{#} found again, {}': '{1} wiedergefunden, {2~}',
  '{#} already here': '{1} schon vorhanden',
  '{#} already here, {}': '{1} schon vorhanden, {2~}',
  '{#} broken': '{1} defekt',
  '{#} broken, {}': '{1} defekt, {2~}',
  '{#} not media': '{1} weder Bild noch Video',
  'Fill the sample project': 'Beispielprojekt füllen',
  'Export samples to {}': 'Beispiele nach {1} exportieren',
  'Import samples from {}': 'Beispiele aus {1} importieren',
  '{} records read': '{1} Dateieinträge gelesen',
  'Adding pictures and videos to the library':
    'Bilder und Videos werden in die Bibliothek aufgenommen',
  'Add pictures and videos of the samples': 'Bilder und Videos der Beispiele aufnehmen',
  'Writing samples': 'Beispiele werden geschrieben',
  'Look at the samples as the model will': 'Beispiele ansehen, wie das Modell sie lesen wird',
  'Preview of {}': 'Vorschau von {1}',
  'The original stays as it is': 'Das Original bleibt, wie es ist',
  'Waits for its turn': 'Wartet, bis sie an der Reihe ist',
  'Evaluating {}': 'Auswertung: {1}',
  'Asking {}': '{1} wird befragt',
  'Reading the samples': 'Beispiele werden gelesen',
  'Merging {} into {}': '{1} mit {2} zusammenführen',
  'Exporting {}': '{1} exportieren',
  'Assembling {}': '{1} zusammensetzen',
  'Assembling the model': 'Das Zusammensetzen des Modells',
  'Reading the parts': 'Teile werden gelesen',
  'Reading the model': 'Modell wird gelesen',
  'Computing what it answers': 'Antworten werden berechnet',
  Writing: 'Wird geschrieben',
  'Opening what was written': 'Geschriebenes wird geöffnet',
  'Reading back what was written': 'Geschriebenes wird zurückgelesen',
  'Writing the dataset': 'Datensatz wird geschrieben',

  // The estimate before a run.
  'Gathering the samples': 'Beispiele werden zusammengestellt',
  'Reading samples, {} of {}': 'Beispiele werden gelesen, {1} von {2}',
  'Opening the model': 'Modell wird geöffnet',
  'Timing a few steps': 'Einige Schritte werden gemessen',
  '{} was worked through on this machine; the run has {}.':
    '{1~} wurde auf diesem Rechner durchgerechnet; der Lauf hat {2~}.',
  '{} were worked through on this machine; the run has {}.':
    '{1~} wurden auf diesem Rechner durchgerechnet; der Lauf hat {2~}.',
  '{} Another run was at work meanwhile, so it may be quicker.':
    '{1~} Währenddessen lief ein anderer Trainingslauf; es kann also schneller gehen.',
  '{}, and {} evaluations': '{1}, dazu {2} Auswertungen',
  '{}, and {} evaluations with 1 answer': '{1}, dazu {2} Auswertungen mit 1 Antwort',
  '{}, and {} evaluations with {} answers': '{1}, dazu {2} Auswertungen mit {3} Antworten',
  '1 step': '1 Schritt',
  '{#} steps': '{1} Schritte',
  'The warm-up of {} steps is not over within the {} of this run: the learning rate never gets to its full height.':
    'Das Warm-up von {1} Schritten ist in den {2} dieses Laufs nicht zu Ende: Die Lernrate erreicht nie ihre volle Höhe.',
  "The optimiser's state does not fit on the device beside the rest: it will lie in the machine's memory, which makes each step a little longer.":
    'Der Zustand des Optimierers passt nicht neben das Übrige auf das Gerät: Er wird im Arbeitsspeicher liegen; jeder Schritt dauert dadurch etwas länger.',
  'Activations are kept, which takes about {} of {} and saves computing them twice.':
    'Die Aktivierungen werden behalten: Das braucht etwa {1} von {2} und erspart, sie doppelt zu berechnen.',
  'Activations of {} of {} layers are computed twice, which takes about {} of {}; to keep all would take about {}.':
    'Die Aktivierungen von {1} der {2} Schichten werden doppelt berechnet: Das braucht etwa {3} von {4}; alle zu behalten, bräuchte etwa {5}.',

  // The log of a run.
  'There is no room to keep activations: those of all layers are computed twice from now on, which makes each step longer.':
    'Die Aktivierungen zu behalten, reicht der Platz nicht: Die aller Schichten werden ab jetzt doppelt berechnet; jeder Schritt dauert dadurch länger.',
  "The device is full: the optimiser's state lies in the machine's memory from now on, which makes each step a little longer.":
    'Das Gerät ist voll: Der Zustand des Optimierers liegt ab jetzt im Arbeitsspeicher; jeder Schritt dauert dadurch etwas länger.',
  'At work': 'Läuft',
  Paused: 'Angehalten',
  Stopped: 'Beendet',
  Interrupted: 'Unterbrochen',
  Failed: 'Fehlgeschlagen',
  Done: 'Fertig',
  'Pause asked for': 'Anhalten gewünscht',
  'Stop asked for': 'Beenden gewünscht',
  'Training began': 'Training begonnen',
  'Training goes on after step {}': 'Training geht nach Schritt {1} weiter',
  'Checkpoint of step {}': 'Checkpoint von Schritt {1}',
  'Left out: {}': 'Ausgelassen: {1~}',
  'Left out: {} samples without an answer': 'Ausgelassen: {1} Beispiele ohne Antwort',
  'Held-out loss {} at step {}': 'Loss auf zurückgehaltenen Daten {1} bei Schritt {2}',
  'Held-out loss {} at step {}, the best yet':
    'Loss auf zurückgehaltenen Daten {1} bei Schritt {2}, bisher der beste',

  // What can be cancelled.
  '{} was cancelled.': '{1~} wurde abgebrochen.',
  'The answer': 'Die Antwort',
  'The check': 'Die Prüfung',
  'The estimate': 'Die Schätzung',
  'The evaluation': 'Die Auswertung',
  'The export': 'Der Export',
  'The inspection': 'Die Untersuchung',
  'The picture': 'Das Bild',
  Segmenting: 'Das Umreißen',
  'Reading the text': 'Das Lesen des Textes',
  'Closing the models': 'Das Schließen der Modelle',
  'Looking at the pictures': 'Das Ansehen der Bilder',
  'Looking at the sample': 'Das Ansehen des Beispiels',
  'Counting tokens': 'Das Zählen der Token',
  'Read text': 'Text lesen',
};
