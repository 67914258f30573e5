/** Errors of pictures, videos and the programs that read them. */
import type { Phrases } from '../../phrase-book.ts';

export const media: Phrases = {
  '{} gave too much output.': '{1} gab zu viel aus.',
  '{} took too long.': '{1} dauerte zu lange.',
  'The file may be damaged; if it is only long, allow more time.':
    'Die Datei ist vielleicht beschädigt; ist sie nur lang, mehr Zeit geben.',
  'The file may be damaged; if it is only large, allow more time.':
    'Die Datei ist vielleicht beschädigt; ist sie nur groß, mehr Zeit geben.',
  '{} cannot be started.': '{1} lässt sich nicht starten.',
  '{} has samples of an odd kind.': '{1} hat Bildwerte unüblicher Art.',
  'The picture has samples of an odd kind.': 'Das Bild hat Bildwerte unüblicher Art.',
  'Save it as an 8-bit PNG.': 'Als PNG mit 8 Bit speichern.',
  'No working {} was found.': 'Kein funktionierendes {1} wurde gefunden.',
  'Install ffmpeg with your package manager (apt install ffmpeg, brew install ffmpeg, winget install ffmpeg), or set its path. Pictures work without it.':
    'ffmpeg mit der Paketverwaltung installieren (apt install ffmpeg, brew install ffmpeg, winget install ffmpeg) oder seinen Pfad angeben. Bilder gehen auch ohne.',
  'The rule for taking frames is not usable.': 'Die Regel für die Wahl der Frames ist unbrauchbar.',
  'Too many frames are asked for.': 'Es werden zu viele Frames verlangt.',
  'Take fewer frames a second.': 'Weniger Frames je Sekunde nehmen.',
  'A time lies outside the video.': 'Eine Zeit liegt außerhalb des Videos.',
  '{} has too many frames to show.': '{1} hat zu viele Frames, um sie zu zeigen.',
  'Take fewer frames, or smaller pictures.': 'Weniger Frames oder kleinere Bilder nehmen.',
  '{} needs a program to be read.': 'Um {1} zu lesen, braucht es ein Programm.',
  'Install ffmpeg, or convert the picture to JPEG.':
    'ffmpeg installieren oder das Bild in JPEG umwandeln.',
  '{} cannot be decoded.': '{1} lässt sich nicht dekodieren.',
  'The file is cut short or damaged; export it again from its source.':
    'Die Datei ist abgeschnitten oder beschädigt; aus der Quelle erneut exportieren.',
  '{} is too large to decode.': '{1} ist zu groß zum Dekodieren.',
  'Make the picture smaller first, or raise the limit.':
    'Das Bild vorher verkleinern oder die Grenze erhöhen.',
  '{} is stored in an odd way.': '{1} ist unüblich gespeichert.',
  'Save it as an 8-bit PNG or as JPEG.': 'Als PNG mit 8 Bit oder als JPEG speichern.',
  '{} is not a picture that can be read.': '{1} ist kein lesbares Bild.',
  'Convert it to PNG or JPEG.': 'In PNG oder JPEG umwandeln.',
  '{} has other frames than it says.': '{1} hat andere Frames, als die Datei angibt.',
  'Its frames were listed anew, by decoding all of them; open it again.':
    'Ihre Frames wurden durch Dekodieren neu ermittelt; erneut öffnen.',
  '{} is empty.': '{1} ist leer.',
  'Copying or downloading it did not finish.':
    'Das Kopieren oder Herunterladen wurde nicht beendet.',
  '{} is no picture or video.': '{1} ist weder Bild noch Video.',
  'Its name does not matter, its contents do. Convert it to one of these formats.':
    'Nicht der Name zählt, sondern der Inhalt. In eines dieser Formate umwandeln.',
  'That distance makes no groups.': 'Dieser Abstand ergibt keine Gruppen.',
  'See that it is still there and that you may read it.': 'Prüfen, ob sie noch da und lesbar ist.',
  '{} cannot be decoded as a video.': '{1} lässt sich nicht als Video dekodieren.',
  'Play it in a video player; if that fails too, export it again from its source.':
    'In einem Player abspielen; scheitert auch das, aus der Quelle erneut exportieren.',
  '{} has no moving picture.': '{1} hat kein bewegtes Bild.',
  '{} has frames too large to decode.': '{1} hat Frames, die zum Dekodieren zu groß sind.',
  '{} is cut short.': '{1} ist abgeschnitten.',
  'Copy or download it again, or allow truncated videos to use what is there.':
    'Erneut kopieren oder herunterladen, oder abgeschnittene Videos zulassen.',
  'The frames of {} need much memory.': 'Die Frames von {1} brauchen viel Speicher.',
  'Take fewer frames, or a smaller video.': 'Weniger Frames oder ein kleineres Video nehmen.',
  '{} holds no pictures.': '{1} enthält keine Bilder.',
  "The folder's rate is not usable.": 'Die Bildrate des Ordners ist unbrauchbar.',

  // Pictures as models take them.
  'The frames do not fit the videos.': 'Die Frames passen nicht zu den Videos.',
  'The images do not fit the conversation.': 'Die Bilder passen nicht zum Gespräch.',
  'The image processor is not known.': 'Die Bildvorverarbeitung ist nicht bekannt.',
  'This model prepares its pictures in a way that is not supported yet.':
    'Dieses Modell bereitet seine Bilder auf eine Weise vor, die noch nicht unterstützt wird.',
  '{} asks for {}.': '{1} verlangt {2}.',
  'Set {} to false if the model was not trained with it.':
    '{1} auf false setzen, wenn das Modell nicht damit trainiert wurde.',
  '{} describes no image processor.': '{1} beschreibt keine Bildvorverarbeitung.',
  'Copy the file from the model it was made from.':
    'Die Datei aus dem Modell kopieren, aus dem dieses entstand.',
  'The image processor does not give pictures of the size that the model reads.':
    'Die Bildvorverarbeitung liefert nicht die Bildgröße, die das Modell liest.',
  'config.json and the processor files must come from the same model.':
    'config.json und die Dateien der Bildvorverarbeitung müssen aus demselben Modell stammen.',
  '{} of {} changed while in use.': '{1} von {2} änderte sich während der Verwendung.',
  'an embedded picture of {} changed while in use.':
    'Ein eingebettetes Bild von {1} änderte sich während der Verwendung.',
  'Start again; the file was replaced after its sample was prepared.':
    'Von vorn beginnen; die Datei wurde ersetzt, nachdem ihr Beispiel vorbereitet war.',
  'A picture cannot be resized.': 'Ein Bild lässt sich nicht skalieren.',
  'A window lies outside the resized picture.':
    'Ein Ausschnitt liegt außerhalb des skalierten Bildes.',
  'A resized picture would be too large.': 'Ein skaliertes Bild wäre zu groß.',
  'Crop the picture: its sides differ too much in length.':
    'Das Bild zuschneiden: Seine Seiten sind zu verschieden lang.',
  "The image processor's {} is not usable.": '{1} der Bildvorverarbeitung ist unbrauchbar.',
  "The image processor's size is of a kind not supported.":
    'Diese Art der Bildgröße wird nicht unterstützt.',
  "The image processor's resample is not supported.":
    'Dieses Skalierverfahren wird nicht unterstützt.',
  'An image processor is not usable.': 'Eine Bildvorverarbeitung ist unbrauchbar.',
};
