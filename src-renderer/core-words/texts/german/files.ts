/** Errors of files: writing them, datasets, weights, adapters. */
import type { Phrases } from '../../phrase-book.ts';

export const files: Phrases = {
  'Choose another folder, or change the permissions of this one.':
    'Einen anderen Ordner wählen oder die Rechte dieses Ordners ändern.',
  'The file system cannot hold {}.': 'Das Dateisystem kann {1} nicht aufnehmen.',
  'Choose a folder on a disk without this limit (FAT32 ends at 4 GB a file).':
    'Einen Ordner auf einem Datenträger ohne diese Grenze wählen (FAT32 endet bei 4 GB je Datei).',
  'Writing {} failed.': '{1} ließ sich nicht schreiben.',
  'No space is left to write {}.': 'Für {1} ist kein Platz mehr.',
  'Free some space or choose a folder on another disk; what was there before is intact.':
    'Platz schaffen oder einen Ordner auf einem anderen Datenträger wählen; was vorher da war, ist unversehrt.',
  '{} was already committed or aborted.': '{1} ist bereits abgeschlossen oder verworfen.',
  '{} does not exist.': '{1} gibt es nicht.',
  'Check the spelling; a relative path begins at the folder the command runs in.':
    'Die Schreibweise prüfen; ein relativer Pfad beginnt im Ordner, in dem der Befehl läuft.',
  'Check that it is a file and that you may read it.':
    'Prüfen, ob es eine Datei ist und ob sie lesbar ist.',
  '{} is no regular file.': '{1} ist keine gewöhnliche Datei.',
  '{} is no folder.': '{1} ist kein Ordner.',
  '{} is UTF-16 text.': '{1} ist Text in UTF-16.',
  'Save the file as UTF-8.': 'Die Datei als UTF-8 speichern.',
  '{} is not JSON.': '{1} ist kein JSON.',
  '{} is no JSON.': '{1} ist kein JSON.',
  '{} is not valid JSON.': '{1} ist kein gültiges JSON.',
  '{} holds no JSON object.': '{1} enthält kein JSON-Objekt.',
  '{} is no JSON object.': '{1} ist kein JSON-Objekt.',
  '{} does not hold a JSON object.': '{1} enthält kein JSON-Objekt.',
  'Choose another folder.': 'Einen anderen Ordner wählen.',
  'Choose an empty folder.': 'Einen leeren Ordner wählen.',
  'Check the disk, and try again.': 'Den Datenträger prüfen und erneut versuchen.',

  // Datasets.
  'There is no dataset format "{}".': 'Ein Datensatzformat „{1}“ gibt es nicht.',
  '{} holds no records.': '{1} enthält keine Dateieinträge.',
  '{} is in no dataset format known here.': '{1} hat kein Datensatzformat, das hier bekannt ist.',
  '{}:{}: {}': '{1}:{2}: {3~}',
  'A conversation is {"messages": [{"role": "user", "content": [{"type": "image", "path": "a.png"}, {"type": "text", "text": "…"}]}]}, with paths relative to its file.':
    'Ein Gespräch ist {"messages": [{"role": "user", "content": [{"type": "image", "path": "a.png"}, {"type": "text", "text": "…"}]}]}, mit Pfaden relativ zu seiner Datei.',
  '{} does not hold exactly one conversation.': '{1} enthält nicht genau ein Gespräch.',
  'The {} format cannot hold the sample {} unchanged.':
    'Das Format {1} kann das Beispiel {2} nicht unverändert aufnehmen.',
  'Write the messages format, which holds everything, or leave such samples out.':
    'Das Nachrichtenformat schreiben, das alles aufnimmt, oder solche Beispiele auslassen.',

  // Weights.
  '{} lacks some of its shards.': 'In {1} fehlen einige Teildateien der Gewichte.',
  'Download the missing files into the folder.':
    'Die fehlenden Dateien in den Ordner herunterladen.',
  '{} is no readable folder.': '{1} ist kein lesbarer Ordner.',
  '{} holds no weights.': '{1} enthält keine Gewichte.',
  'Give the folder that holds config.json and the weights.':
    'Den Ordner mit config.json und den Gewichten angeben.',
  '{} holds its weights as pickles only, which can run any code when they are opened.':
    '{1} enthält Gewichte nur als Pickle, das beim Öffnen beliebigen Code ausführen kann.',
  'Download the safetensors version of this model, or convert it where you trust it: in Python, AutoModelForImageTextToText.from_pretrained(folder).save_pretrained(newFolder).':
    'Die safetensors-Fassung dieses Modells herunterladen oder in vertrauter Umgebung umwandeln: in Python AutoModelForImageTextToText.from_pretrained(folder).save_pretrained(newFolder).',
  'Download this file again.': 'Diese Datei erneut herunterladen.',
  '{}: two files hold the tensor {}.': '{1}: Zwei Dateien enthalten den Tensor {2}.',
  'Remove the files left over.': 'Die überzähligen Dateien entfernen.',
  '{}: {} tensors of the index are not in their files.':
    '{1}: {2} Tensoren des Verzeichnisses fehlen in ihren Dateien.',
  'The shards belong to another version than the index; download all again.':
    'Die Teildateien gehören zu einer anderen Version als das Verzeichnis; alles erneut herunterladen.',
  '{} already holds weights.': '{1} enthält bereits Gewichte.',
  '{} is given twice.': '{1} kommt doppelt vor.',
  '{} is in the folder twice.': '{1} liegt doppelt im Ordner.',
  '{}: tensor {}: {}': '{1}: Tensor {2}: {3~}',
  '{}: {}': '{1}: {2~}',
  'The file is damaged or not a safetensors file; download or write it again.':
    'Die Datei ist beschädigt oder keine safetensors-Datei; erneut herunterladen oder schreiben.',
  'it is too large.': 'zu groß.',
  'it is no JSON.': 'kein JSON.',
  'it has no weight_map.': 'ohne weight_map.',
  'its weight_map is empty.': 'die weight_map ist leer.',
  'its header entry is no object.': 'der Eintrag im Kopf ist kein Objekt.',
  'its dtype is unknown.': 'der Datentyp ist unbekannt.',
  'its shape is no list of counts.': 'die Form ist keine Liste von Anzahlen.',
  'its data_offsets are no pair of counts.': 'data_offsets ist kein Paar von Anzahlen.',
  'its bytes lie outside the file.': 'die Bytes liegen außerhalb der Datei.',
  'its shape and dtype do not fit its bytes.': 'Form und Datentyp passen nicht zu den Bytes.',
  'it shares bytes with another tensor.': 'teilt Bytes mit einem anderen Tensor.',
  'bytes before it belong to no tensor.': 'Bytes davor gehören zu keinem Tensor.',
  'bytes at its end belong to no tensor.': 'Bytes am Ende gehören zu keinem Tensor.',
  'it ends before its header length.': 'endet vor der Länge des Kopfes.',
  'its header is too long.': 'der Kopf ist zu lang.',
  'its header is longer than the file.': 'der Kopf ist länger als die Datei.',
  'it became shorter while being read.': 'wurde beim Lesen kürzer.',
  'its header is no UTF-8 text.': 'der Kopf ist kein Text in UTF-8.',
  'its header is no JSON.': 'der Kopf ist kein JSON.',
  'its header is no JSON object.': 'der Kopf ist kein JSON-Objekt.',
  'its header names it twice.': 'steht doppelt im Kopf.',
  'it is not in this file.': 'ist nicht in dieser Datei.',
  'The weights are quantised in a way that is not read: {}.':
    'Die Gewichte sind auf eine Weise quantisiert, die nicht gelesen wird: {1}.',
  'Give the model in f32, bf16 or f16, and quantise it here.':
    'Das Modell in f32, bf16 oder f16 nehmen und hier quantisieren.',
  'The scales of a quantised weight are no numbers: {}.':
    'Die Skalen eines quantisierten Gewichts sind keine Zahlen: {1}.',
  'Download the folder again, or quantise the model anew.':
    'Den Ordner erneut herunterladen oder das Modell neu quantisieren.',
  '{} only points to the weights.': '{1} verweist nur auf die Gewichte.',
  'Run `git lfs pull` in the folder, or download the files one by one.':
    'Im Ordner `git lfs pull` ausführen oder die Dateien einzeln herunterladen.',
  'The weights are there as GGUF only.': 'Die Gewichte gibt es nur als GGUF.',
  'GGUF is made for answering, not for training. Download the model that it was made from.':
    'GGUF ist zum Antworten gemacht, nicht zum Trainieren. Das Modell herunterladen, aus dem es entstand.',
  'A download here has not ended.': 'Ein Herunterladen ist hier nicht zu Ende.',
  'Let it end, or begin it again; then add the folder.':
    'Zu Ende laufen lassen oder neu beginnen; dann den Ordner hinzufügen.',

  // Adapters.
  'layers_to_transform goes with a list of target_modules, not with a pattern.':
    'layers_to_transform gehört zu einer Liste von target_modules, nicht zu einem Muster.',
  'Name the layers inside the pattern.': 'Die Schichten im Muster nennen.',
  'A pattern of module names is too long.': 'Ein Muster von Modulnamen ist zu lang.',
  'A pattern of module names is malformed.': 'Ein Muster von Modulnamen ist fehlerhaft.',
  'A pattern of module names runs too long.': 'Ein Muster von Modulnamen rechnet zu lange.',
  'Write the pattern without nested repetitions.':
    'Das Muster ohne verschachtelte Wiederholungen schreiben.',
  'Give the folder that training wrote as OUT/adapter, or one saved by PEFT.':
    'Den Ordner angeben, den das Training als OUT/adapter schrieb, oder einen von PEFT gespeicherten.',
  '{}: this adapter is no LoRA.': '{1}: Dieser Adapter ist kein LoRA.',
  'Merge the adapter into its model with PEFT and load the merged model.':
    'Den Adapter mit PEFT in sein Modell einrechnen und das Ergebnis laden.',
  '{} uses what is not supported here.': '{1} verwendet etwas, das hier nicht unterstützt wird.',
  '{} holds its weights as a pickle, which can run any code when it is opened.':
    '{1} enthält Gewichte als Pickle, das beim Öffnen beliebigen Code ausführen kann.',
  'Load it in PEFT where you trust it and save it with safe_serialization=True.':
    'In vertrauter Umgebung mit PEFT laden und mit safe_serialization=True speichern.',
  'Two keys mean the same parameter.': 'Zwei Schlüssel bezeichnen denselben Parameter.',
  '{} holds no tensors.': '{1} enthält keine Tensoren.',
  '{}: {} tensors are no part of a plain LoRA adapter.':
    '{1}: {2} Tensoren gehören nicht zu einem einfachen LoRA-Adapter.',
  'Save the adapter with PEFT’s save_pretrained.':
    'Den Adapter mit save_pretrained von PEFT speichern.',
  '{}: modules with half an adapter.': '{1}: Module mit halbem Adapter.',
  '{}: {} is misshapen.': '{1}: {2} hat eine falsche Form.',
  'No part of the adapter fits this model.': 'Kein Teil des Adapters passt zu diesem Modell.',
  'The adapter belongs to another model; see base_model_name_or_path in its config.':
    'Der Adapter gehört zu einem anderen Modell; siehe base_model_name_or_path in seiner Konfiguration.',
};
