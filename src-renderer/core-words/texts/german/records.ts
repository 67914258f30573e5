/** Faults of single records of a dataset file. */
import type { Phrases } from '../../phrase-book.ts';

export const records: Phrases = {
  'The record is no object: {}.': 'Der Dateieintrag ist kein Objekt: {1}.',
  'The record has more than {} bytes.': 'Der Dateieintrag hat mehr als {1} Byte.',
  'The file ends inside this record, or a bracket in it is not closed; what follows it is not read.':
    'Die Datei endet in diesem Dateieintrag, oder eine Klammer darin ist nicht geschlossen; was folgt, wird nicht gelesen.',
  'The file ends before the closing bracket of its list.':
    'Die Datei endet vor der schließenden Klammer ihrer Liste.',
  'A comma without a record.': 'Ein Komma ohne Dateieintrag.',
  'A comma is missing before this record.': 'Vor diesem Dateieintrag fehlt ein Komma.',
  'What follows the closing bracket of the list is not read.':
    'Was auf die schließende Klammer der Liste folgt, wird nicht gelesen.',
  'The record has no list "messages".': 'Dem Dateieintrag fehlt die Liste „messages“.',
  'The record has no list "conversations".': 'Dem Dateieintrag fehlt die Liste „conversations“.',
  'The record marks regions (field "objects").':
    'Der Dateieintrag kennzeichnet Bereiche (Feld „objects“).',
  'The record {} (field "{}").': 'Der Dateieintrag {1~} (Feld „{2}“).',
  'is a preference record, not a conversation to learn':
    'ist ein Präferenzpaar, kein Gespräch zum Lernen',
  'uses tools, which are not supported': 'verwendet Werkzeuge, die nicht unterstützt werden',
  'has audio, which is not supported': 'enthält Ton, der nicht unterstützt wird',
  'The conversation is empty.': 'Das Gespräch ist leer.',
  'The conversation uses tools.': 'Das Gespräch verwendet Werkzeuge.',
  'The id is no text or number: {}.': 'Die id ist weder Text noch Zahl: {1}.',
  'The image does not exist: {}': 'Das Bild gibt es nicht: {1}',
  'The video does not exist: {}': 'Das Video gibt es nicht: {1}',
  'The {} does not exist: {}': '{1} gibt es nicht: {2}',
  'The fields {} contradict each other.': 'Diese Felder widersprechen sich: {1}.',
  'The system prompt is no text: {}.': 'Der Systemtext ist kein Text: {1}.',

  'It is no JSON: {}': 'Das ist kein JSON: {1}',
  'The file has no "database" of videos.': 'Der Datei fehlt „database“ mit den Videos.',
  'The file says nothing of {}.': 'Die Datei sagt nichts über {1}.',
  'The video has no list of annotations.': 'Dem Video fehlt die Liste „annotations“.',
  'A segment lies outside the video: {}.': 'Ein Segment liegt außerhalb des Videos: {1}.',
  'Line {} is no box: {}.': 'Zeile {1} ist kein Rahmen: {2}.',
  'Line {} names frame {}, which is not there.': 'Zeile {1} nennt Frame {2}, den es nicht gibt.',
  'Row {}: {}.': 'Zeile {1}: {2~}.',
  'Row {}: a quotation mark is amiss.': 'Zeile {1}: ein Anführungszeichen ist falsch.',
  'no kind of mark': 'keine Art von Markierung',
  'no number in {}': 'keine Zahl in {1}',
  'frame {} is not there': 'Frame {1} gibt es nicht',
  'it ends before it begins': 'Ende vor dem Anfang',
  'a side is below 0': 'eine Seite ist kleiner als 0',

  'It could not be added to the library: {}': 'Nicht in die Bibliothek aufzunehmen: {1~}',
  'It could not be added to the library: an embedded picture':
    'Nicht in die Bibliothek aufzunehmen: ein eingebettetes Bild',
  'The same video comes twice with different frames.':
    'Dasselbe Video kommt zweimal mit verschiedenen Frames vor.',
  'A media path is no usable text: {}.': 'Ein Medienpfad ist kein brauchbarer Text: {1}.',
  'A file URL is malformed: {}.': 'Eine Datei-URL ist fehlerhaft: {1}.',
  'Nothing is fetched from the network; download it and name the file: {}.':
    'Aus dem Netz wird nichts geholt; herunterladen und die Datei nennen: {1}.',
  'A video inside a record is not read; name a file.':
    'Ein Video im Dateieintrag selbst wird nicht gelesen; eine Datei nennen.',
  'A data URL is not base64: {}.': 'Eine Daten-URL ist nicht base64: {1}.',
  'The base64 text of an image is empty or malformed.':
    'Der base64-Text eines Bildes ist leer oder fehlerhaft.',

  'A part of a message is no object: {}.': 'Ein Teil einer Nachricht ist kein Objekt: {1}.',
  'A text part has no text: {}.': 'Ein Textteil hat keinen Text: {1}.',
  'A part has an unknown type: {}.': 'Ein Teil hat einen unbekannten Typ: {1}.',
  'A video part has an unknown key: {}. Frames are chosen by one of {}.':
    'Ein Videoteil hat einen unbekannten Schlüssel: {1}. Frames wählt eines von {2}.',
  'A video is sampled by one of fps, frames, timestampsMs.':
    'Die Frames eines Videos wählt genau eines von fps, frames, timestampsMs.',
  'A video needs fps above 0, frames from 1, or timestampsMs from 0: {}.':
    'Ein Video braucht fps über 0, frames ab 1 oder timestampsMs ab 0: {1}.',
  'A message is no object: {}.': 'Eine Nachricht ist kein Objekt: {1}.',
  'A message has an unknown role: {}.': 'Eine Nachricht hat eine unbekannte Rolle: {1}.',
  'An answer is marked as not to be learnt; every assistant message is learnt here.':
    'Eine Antwort ist vom Lernen ausgenommen; hier wird jede Antwort gelernt.',
  'Content is no text or list: {}.': 'Der Inhalt ist weder Text noch Liste: {1}.',
  'An <image> or <video> mark in a {} text.': 'Eine Marke <image> oder <video> im Text von {1}.',
  'An <image> or <video> mark in a {} turn.':
    'Eine Marke <image> oder <video> in einem Beitrag von {1}.',
  'There are more <{}> marks than {}s.': 'Es gibt mehr Marken <{1}> als Dateien.',
  '{} images or videos of the record have no <image> or <video> mark in its turns.':
    '{1} Bilder oder Videos des Dateieintrags haben in den Beiträgen keine Marke <image> oder <video>.',
  'The turns hold {} <{}> marks for {} files; each file needs one mark.':
    'Die Beiträge enthalten {1} Marken <{2}> für {3} Dateien; jede Datei braucht eine Marke.',
  'A side of the pair is not said by the assistant.':
    'Eine Seite des Paares stammt nicht vom Assistenten.',
  '"{}" is no text and no messages: {}.': '„{1}“ ist weder Text noch Nachrichten: {2}.',
  '"prompt" is no text and no messages: {}.': '„prompt“ ist weder Text noch Nachrichten: {1}.',
  'Each side of a pair is one answer; here are {} messages.':
    'Jede Seite eines Paares ist eine Antwort; hier sind es {1} Nachrichten.',
  'The two conversations differ before the last answer.':
    'Die beiden Gespräche unterscheiden sich schon vor der letzten Antwort.',
  'A turn is not {"from", "value"}: {}.': 'Ein Beitrag ist nicht {"from", "value"}: {1}.',
  'A turn is from "{}"; tools are not supported.':
    'Ein Beitrag ist von „{1}“; Werkzeuge werden nicht unterstützt.',
  'A turn is from nobody known: {}.': 'Ein Beitrag ist von niemand Bekanntem: {1}.',
  'an empty text part': 'ein leerer Textteil',
  'a text with <image> or <video>': 'ein Text mit <image> oder <video>',
  'two text parts in a row': 'zwei Textteile hintereinander',
  'a system message': 'eine Systemnachricht',
  'a system message after the first message': 'eine Systemnachricht nach der ersten Nachricht',
  'an empty system message': 'eine leere Systemnachricht',
  'a system message alone': 'eine Systemnachricht allein',
  'media in a {} message': 'Medien in einer Nachricht von {1}',
  'an image without a file': 'ein Bild ohne Datei',
  'how a video is sampled': 'wie die Frames eines Videos gewählt werden',
  'a conversation without messages': 'ein Gespräch ohne Nachrichten',
  'turn {} ({})': 'Beitrag {1} ({2~})',
  'no second answer': 'keine zweite Antwort',

  // Marks of pictures in a file.
  "{} holds no marks in COCO's form.": '{1} enthält keine Markierungen im COCO-Format.',
  'Export marks to see how such a file looks. Nothing was added.':
    'Markierungen exportieren, um zu sehen, wie eine solche Datei aussieht. Nichts wurde hinzugefügt.',
  'Category {}: {}': 'Kategorie {1}: {2~}',
  'Picture {}: {}': 'Bild {1}: {2~}',
  'Annotation {}: {}': 'Annotation {1}: {2~}',
  'its picture is not in the file': 'ihr Bild steht nicht in der Datei',
  'its category is not in the file': 'ihre Kategorie steht nicht in der Datei',
  'it is no record': 'das ist kein Eintrag',
  '{} is missing, or not as it should be': '{1} fehlt oder ist nicht, wie es sein soll',
  'nothing of it can be drawn': 'nichts davon lässt sich zeichnen',
  'it has {} keypoints, and its category {}': 'sie hat {1} Keypoints, ihre Kategorie aber {2}',
  "a keypoint's visibility is {}, not 0, 1 or 2":
    'die Sichtbarkeit eines Keypoints ist {1}, nicht 0, 1 oder 2',
  'its mask is {} × {}, and its picture {} × {}':
    'ihre Maske ist {1} × {2}, ihr Bild aber {3} × {4}',
  'an outline of it has {} corners, not 3 to {}':
    'einer ihrer Umrisse hat {1} Ecken, nicht 3 bis {2}',
  'a side of its box is below 0': 'eine Seite ihres Rahmens ist kleiner als 0',
  'its mask is no packed run lengths': 'ihre Maske besteht nicht aus gepackten Lauflängen',
  'the run lengths of its mask do not fill its picture':
    'die Lauflängen ihrer Maske füllen ihr Bild nicht',
  '{} is {} × {} in the file, and {} × {} here.':
    '{1} ist in der Datei {2} × {3} groß, hier aber {4} × {5}.',
  '{} is not in the library; its marks ({}) have no picture.':
    '{1} ist nicht in der Bibliothek; seine Markierungen ({2}) haben kein Bild.',
  '{} could be any of {} pictures of the library.':
    '{1} kann jedes von {2} Bildern der Bibliothek sein.',
  'The joints of {} are others here than in the file; its keypoints are left out.':
    'Die Gelenke von {1} sind hier andere als in der Datei; die Keypoints bleiben weg.',
};
