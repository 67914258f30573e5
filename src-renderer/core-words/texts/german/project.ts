/** Errors of projects and of what stands in them. */
import type { Phrases } from '../../phrase-book.ts';

export const project: Phrases = {
  'No project is open.': 'Kein Projekt ist geöffnet.',
  'Open a project, or make a new one.': 'Ein Projekt öffnen oder ein neues anlegen.',
  'There is no project in {}.': 'In {1} liegt kein Projekt.',
  'If it is on another disk, connect it; if it was moved, open it where it is now.':
    'Liegt es auf einem anderen Datenträger, diesen anschließen; wurde es verschoben, am neuen Ort öffnen.',
  '{} is not empty.': '{1} ist nicht leer.',
  'Open it instead.': 'Stattdessen dieses Projekt öffnen.',
  'Choose another folder for the new project.': 'Einen anderen Ordner für das neue Projekt wählen.',
  '{} is no Lensmith project.': '{1} ist kein Lensmith-Projekt.',
  '{} was made by a newer Lensmith.': '{1} stammt aus einer neueren Version von Lensmith.',
  'Install the newer Lensmith to open it; nothing in it was changed.':
    'Zum Öffnen die neuere Version installieren; am Projekt wurde nichts geändert.',
  '{} is open in another window or program.':
    '{1} ist in einem anderen Fenster oder Programm geöffnet.',
  'Close it there, then open it here again.': 'Dort schließen, dann hier erneut öffnen.',
  'No space is left on the disk of {}.': 'Auf dem Datenträger von {1} ist kein Platz mehr.',
  'Free some space, then repeat the last action; everything before it is saved.':
    'Platz schaffen und die letzte Handlung wiederholen; alles davor ist gespeichert.',
  '{} is damaged.': '{1} ist beschädigt.',
  'Restore the project file from a backup; backups that Lensmith made stand beside it.':
    'Die Projektdatei aus einer Sicherung wiederherstellen; Sicherungen von Lensmith liegen daneben.',
  'The disk of {} reports a fault.': 'Der Datenträger von {1} meldet einen Fehler.',
  'Check that the disk is connected; everything before the last action is saved.':
    'Prüfen, ob der Datenträger angeschlossen ist; alles vor der letzten Handlung ist gespeichert.',
  '{} cannot be written.': '{1} lässt sich nicht schreiben.',
  'Copy the project folder to a disk that is not write-protected and open the copy.':
    'Den Projektordner auf einen Datenträger ohne Schreibschutz kopieren und die Kopie öffnen.',
  'This cannot be taken back: a later change elsewhere builds on it.':
    'Das lässt sich nicht zurücknehmen: Eine spätere Änderung an anderer Stelle baut darauf auf.',
  'Undo the later change first; nothing was changed now.':
    'Zuerst die spätere Änderung rückgängig machen; jetzt wurde nichts geändert.',
  'There is no entry {} in {}.': 'In {2} gibt es keinen Eintrag {1}.',
  'It was deleted meanwhile; nothing was changed.':
    'Inzwischen wurde das gelöscht; geändert wurde nichts.',
  'It was deleted meanwhile.': 'Inzwischen wurde das gelöscht.',
  'There is nothing to {} here.': 'Hier ist nichts rückgängig zu machen oder zu wiederholen.',
  'This job is no longer on the list.': 'Diese Aufgabe steht nicht mehr auf der Liste.',
  '{} ended while at work.': '{1} endete mitten in der Arbeit.',
  'It starts again when it is next needed. If this happens again with the same file or settings, they are the reason; killed without a word mostly means that memory ran out.':
    'Der Neustart geschieht beim nächsten Bedarf. Wiederholt es sich bei derselben Datei oder denselben Einstellungen, liegt es an diesen; ein Ende ohne Meldung heißt meist, dass der Speicher nicht reichte.',
  'No task {}.': 'Die Aufgabe {1} gibt es nicht.',
  'The program does not find its own folder.': 'Das Programm findet seinen eigenen Ordner nicht.',

  // Filters: what a key is for, and what is wrong.
  'image or video': 'image (Bild) oder video',
  'jpeg, png, mp4 …': 'jpeg, png, mp4 …',
  'a tag; none: without tags': 'ein Schlagwort; none: ohne Schlagwort',
  'a label of a mark; none: marks without label':
    'Label einer Markierung; none: Markierungen ohne Label',
  'what it is used for': 'wofür verwendet',
  'has marks': 'hat Markierungen',
  'of its samples; none: without samples': 'seiner Beispiele; none: ohne Beispiele',
  '0 to 5, e.g. rating>=3': '0 bis 5, z. B. rating>=3',
  'how many, e.g. samples>0': 'wie viele, z. B. samples>0',
  'how many, e.g. marks>=5': 'wie viele, z. B. marks>=5',
  pixels: 'Pixel',
  'of the file, e.g. size>2MB': 'der Datei, z. B. size>2MB',
  'of a video, e.g. duration<10': 'eines Videos, z. B. duration<10',
  'part of the file name': 'Teil des Dateinamens',
  'the file is not where it was': 'die Datei liegt nicht mehr, wo sie war',
  'number of the item': 'Nummer des Eintrags',
  'words in names, notes and conversations': 'Wörter in Namen, Notizen und Gesprächen',
  'For example: type:image tag:"left lung" -tag:blurry rating>=3 added:2026-11':
    'Zum Beispiel: type:image tag:"linke Lunge" -tag:unscharf rating>=3 added:2026-11',
  'A filter has at most {} characters.': 'Ein Filter hat höchstens {1} Zeichen.',
  'There is no key {}:.': 'Den Schlüssel {1}: gibt es nicht.',
  'There is no key {}:. Did you mean {}:?': 'Den Schlüssel {1}: gibt es nicht. Gemeint: {2}:?',
  '{}: needs a value.': '{1}: braucht einen Wert.',
  'A quotation mark is not closed.': 'Ein Anführungszeichen ist nicht geschlossen.',
  '{} cannot be compared; write {}:value.':
    '{1} lässt sich nicht vergleichen; richtig ist {2}:Wert.',
  '{} takes one value.': '{1} nimmt nur einen Wert.',
  '{}: is one of {}.': '{1}: erlaubt {2}.',
  '{}: {} is not a size, e.g. 2MB.': '{1}: {2} ist keine Größe, z. B. 2MB.',
  '{}: {} is not a number.': '{1}: {2} ist keine Zahl.',
  '{}: {} is not a date, e.g. 2026, 2026-11 or 2026-01..2026-06.':
    '{1}: {2} ist kein Datum, z. B. 2026, 2026-11 oder 2026-01..2026-06.',

  // The library.
  'This item is no longer in the project.': 'Dieser Eintrag ist nicht mehr im Projekt.',
  'This picture is no longer in the project.': 'Dieses Bild ist nicht mehr im Projekt.',
  'This video is no longer in the project.': 'Dieses Video ist nicht mehr im Projekt.',
  '{} is not where it was.': '{1} liegt nicht mehr, wo die Datei war.',
  'Connect its disk, or find it again in the library: “Find missing files…”.':
    'Den Datenträger anschließen oder in der Bibliothek wiederfinden: „Fehlende Dateien suchen…“.',
  'Connect its disk, or relink it in the library.':
    'Den Datenträger anschließen oder die Datei in der Bibliothek wiederfinden.',
  '{} is not there.': '{1} ist nicht da.',
  '{} changed while it was copied.': '{1} änderte sich während des Kopierens.',
  '{} changed while it was read.': '{1} änderte sich während des Lesens.',
  'Wait until it has been copied or recorded, then add it again.':
    'Warten, bis Kopie oder Aufnahme fertig ist, dann erneut hinzufügen.',
  'There is no such upload.': 'Dieses Hochladen gibt es nicht.',
  'The file needs its whole path.': 'Die Datei ist mit ganzem Pfad anzugeben.',
  '{} holds no marks that are known here.':
    '{1} enthält keine Markierungen, die hier bekannt sind.',
  'Export marks of a video to see how such a file looks.':
    'Markierungen eines Videos exportieren, um zu sehen, wie eine solche Datei aussieht.',
  'Nothing was added. Mend the file, or export marks of a video to see how it should look.':
    'Nichts wurde hinzugefügt. Die Datei berichtigen oder Markierungen exportieren, um den Aufbau zu sehen.',
  'The folder needs its whole path.': 'Der Ordner ist mit ganzem Pfad anzugeben.',
  '{} is no folder here.': '{1} ist hier kein Ordner.',
  'Give the whole path of a folder that is there.':
    'Den ganzen Pfad eines vorhandenen Ordners angeben.',
  '{} cannot be opened.': '{1} lässt sich nicht öffnen.',
  'Check the spelling, and that you may read this folder.':
    'Schreibweise und Leserechte des Ordners prüfen.',
  '{} cannot be read.': '{1} lässt sich nicht lesen.',
  'Check that it is there and that you may read it.': 'Prüfen, ob sie da und lesbar ist.',

  // Labels, marks, assistants.
  'This label was deleted meanwhile.': 'Dieses Label wurde inzwischen gelöscht.',
  'Choose another label.': 'Ein anderes Label wählen.',
  'There is a label “{}” already.': 'Ein Label „{1}“ gibt es schon.',
  'Use that one, or choose another name.': 'Dieses verwenden oder einen anderen Namen wählen.',
  'A label needs a name.': 'Ein Label braucht einen Namen.',
  'Give it one.': 'Einen eingeben.',
  'Two attributes are called “{}”.': 'Zwei Attribute heißen „{1}“.',
  'Rename one of them, or remove it.': 'Eines davon umbenennen oder entfernen.',
  'A line of the skeleton joins {} and {}.': 'Eine Linie des Skeletts verbindet {1} und {2}.',
  'Lines join two of its {} joints, counted from 0.':
    'Linien verbinden zwei seiner {1} Gelenke, gezählt ab 0.',
  'A mark lies too far from its picture.': 'Eine Markierung liegt zu weit neben ihrem Bild.',
  'The run lengths of a mask do not fill its box.':
    'Die Lauflängen einer Maske füllen ihren Rahmen nicht.',
  'A mark is no longer on this picture.': 'Eine Markierung ist nicht mehr auf diesem Bild.',
  'A mark is no longer on this video.': 'Eine Markierung ist nicht mehr auf diesem Video.',
  'This keyframe cannot be deleted.': 'Dieser Keyframe lässt sich nicht löschen.',
  'Delete the track instead.': 'Stattdessen die Spur löschen.',
  'This lies outside the video.': 'Das liegt außerhalb des Videos.',
  'A segment ends before it begins.': 'Ein Segment endet, bevor es beginnt.',
  '{} has no frame {}.': '{1} hat keinen Frame {2}.',
  'The number of files is not what this kind needs.':
    'Die Zahl der Dateien passt nicht zu dieser Art.',
  'This assistant is no longer on the list.': 'Dieser Assistent steht nicht mehr auf der Liste.',
  'Suggestions are made on pictures.': 'Vorschläge gibt es nur auf Bildern.',
  '{} cannot be used.': '{1~} lässt sich nicht verwenden.',
  'Nothing is pointed at.': 'Es ist auf nichts gezeigt.',
  'Click on the thing, or draw a box around it.':
    'Das Ding anklicken oder einen Rahmen darum ziehen.',

  // Conversations, datasets, chats.
  'There is no question before this answer.': 'Vor dieser Antwort steht keine Frage.',
  'Write what is asked first, then let the model answer.':
    'Erst die Frage schreiben, dann das Modell antworten lassen.',
  'This turn is no longer there.': 'Diesen Beitrag gibt es nicht mehr.',
  'It was deleted, or its making was undone.':
    'Er wurde gelöscht, oder sein Anlegen wurde rückgängig gemacht.',
  'This sample is no longer there.': 'Dieses Beispiel gibt es nicht mehr.',
  'It was deleted for good, or its creation was undone.':
    'Es wurde endgültig gelöscht, oder sein Anlegen wurde rückgängig gemacht.',
  'The sample speaks of marks that are not there.':
    'Das Beispiel verweist auf Markierungen, die es nicht gibt.',
  'Bring the marks back with undo, or take their chips out of the text.':
    'Die Markierungen mit Rückgängig zurückholen oder ihre Verweise aus dem Text nehmen.',
  'A picture of the sample {}.': 'Ein Bild des Beispiels {1~}.',
  'is no longer in the library': 'ist nicht mehr in der Bibliothek',
  'is not among the items of the sample': 'gehört nicht zu den Einträgen des Beispiels',
  'Restore it from the trash, or take it out of the sample.':
    'Aus dem Papierkorb zurückholen oder aus dem Beispiel nehmen.',
  'There is no such template of yours.': 'Eine solche eigene Vorlage gibt es nicht.',
  'Built-in templates cannot be changed; save your own beside them.':
    'Mitgelieferte Vorlagen lassen sich nicht ändern; eigene daneben speichern.',
  'There is no answer to learn.': 'Es gibt keine Antwort, die zu lernen wäre.',
  '{} tokens, {} more than fit.': '{1} Token, {2} mehr als passen.',
  'This dataset is no longer there.': 'Diesen Datensatz gibt es nicht mehr.',
  'It was deleted; undo in the library brings it back. Or choose another one.':
    'Er wurde gelöscht; Rückgängig in der Bibliothek holt ihn zurück. Oder einen anderen wählen.',
  'Lensmith was closed while this was written.':
    'Lensmith wurde geschlossen, während das geschrieben wurde.',
  'What was said by then is kept. Try again for the whole answer.':
    'Was bis dahin gesagt war, bleibt. Für die ganze Antwort noch einmal fragen.',
  'This {} is no longer there.': 'Das gibt es nicht mehr ({1}).',
  'It was deleted meanwhile; the rest of the conversation is as it was.':
    'Inzwischen wurde das gelöscht; der Rest des Gesprächs ist, wie er war.',
  'The conversation does not end with a question.': 'Das Gespräch endet nicht mit einer Frage.',
  '{} has nothing to answer.': '{1} enthält nichts zu beantworten.',
  'Put {"role": "user", "content": "…"} before it.':
    '{"role": "user", "content": "…"} davorsetzen.',
  'The prompt leaves no room for an answer.': 'Der Prompt lässt keinen Raum für eine Antwort.',
  'Shorten the conversation, or use fewer images or video frames.':
    'Das Gespräch kürzen oder weniger Bilder oder Frames verwenden.',
  'The {} cannot be used.': '{1} ist nicht verwendbar.',
  'The model folder asks for answers of a kind that is not made here.':
    'Der Modellordner verlangt Antworten einer Art, die hier nicht erzeugt wird.',
  'Take these fields out of generation_config.json to have answers without them.':
    'Diese Felder aus generation_config.json nehmen, um Antworten ohne sie zu bekommen.',

  // Evaluations.
  '{} has no sample that can be used.': '{1} hat kein verwendbares Beispiel.',
  'There is no such pair to vote on.': 'Ein solches Paar steht nicht zur Wahl.',
  'The evaluation has no metric "{}".': 'Die Auswertung hat keine Metrik „{1}“.',
  'There is no metric "{}".': 'Eine Metrik „{1}“ gibt es nicht.',
  'There is no file {}.': 'Eine Datei {1} gibt es nicht.',
  'LLaVA JSON, ShareGPT and messages JSONL are read.':
    'Gelesen werden LLaVA-JSON, ShareGPT und Nachrichten als JSONL.',
  'There is no sample for {}.': 'Für {1} gibt es kein Beispiel.',
  'Choose another side, or give it a share of the dataset’s split.':
    'Einen anderen Teil wählen oder ihm einen Anteil an der Aufteilung geben.',
  '{} is at work.': '{1} läuft.',
  'Stop it first.': 'Zuerst beenden.',
  '{} is at work already.': '{1} läuft bereits.',
  'This evaluation is no longer there.': 'Diese Auswertung gibt es nicht mehr.',
  'The sample {} can no longer be read.': 'Das Beispiel {1} lässt sich nicht mehr lesen.',
  'Its picture or video may have been moved or deleted.':
    'Sein Bild oder Video wurde vielleicht verschoben oder gelöscht.',
  '{} is not what it was.': '{1} ist nicht mehr, was es war.',
  'What was answered is kept. Begin a new evaluation for the new file.':
    'Was beantwortet ist, bleibt. Für die neue Datei eine neue Auswertung beginnen.',
  'The sample {} has no answer to compare.':
    'Das Beispiel {1} hat keine Antwort, die sich vergleichen ließe.',
  '{}:{}: add an assistant message, or leave the sample out.':
    '{1}:{2}: eine Antwort ergänzen oder das Beispiel auslassen.',
  'There is nothing to evaluate.': 'Es gibt nichts auszuwerten.',
  'No sample can be evaluated.': 'Kein Beispiel lässt sich auswerten.',
  'line {}: {}': 'Zeile {1}: {2~}',
  'Sample {}: {}': 'Beispiel {1}: {2~}',
};
