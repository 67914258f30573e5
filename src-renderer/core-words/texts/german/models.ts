/** Errors of models and tokenizers. */
import type { Phrases } from '../../phrase-book.ts';

export const models: Phrases = {
  '{} was not made by Lensmith.': '{1} wurde nicht von Lensmith erzeugt.',
  'Take it off the list; delete its files where you keep them.':
    'Von der Liste nehmen; die Dateien dort löschen, wo sie liegen.',
  'There is no folder {}.': 'Einen Ordner {1} gibt es nicht.',
  'A model folder has config.json, tokenizer.json and safetensors files; an adapter folder has adapter_config.json.':
    'Ein Modellordner enthält config.json, tokenizer.json und safetensors-Dateien, ein Adapterordner adapter_config.json.',
  'There is no model in {}.': 'In {1} liegt kein Modell.',
  'Models lie in folders of their own: go on into the folder that holds these files.':
    'Modelle liegen in eigenen Ordnern: weiter in den Ordner gehen, der diese Dateien enthält.',
  '{} is not on the list of models.': '{1} steht nicht auf der Liste der Modelle.',
  'Add its folder first.': 'Zuerst den Ordner hinzufügen.',
  'This is a language model that cannot see.': 'Das ist ein Sprachmodell, das nicht sehen kann.',
  'Assemble a model: with a vision tower in front of it, it can learn to see.':
    'Ein Modell zusammensetzen: Mit einem Bildencoder davor kann es sehen lernen.',
  'This is a vision tower that cannot speak.': 'Das ist ein Bildencoder, der nicht sprechen kann.',
  'Assemble a model: with a language model behind it, it can learn to speak.':
    'Ein Modell zusammensetzen: Mit einem Sprachmodell dahinter kann es sprechen lernen.',
  'Models of type {} are not supported yet.': 'Modelle vom Typ {1} werden noch nicht unterstützt.',
  'Take a LLaVA 1.5 or LLaVA-Interleave model, or assemble one of parts.':
    'Ein Modell der Art LLaVA 1.5 oder LLaVA-Interleave nehmen oder eines aus Teilen zusammensetzen.',
  "Models of type '{}' are not supported.": 'Modelle vom Typ „{1}“ werden nicht unterstützt.',
  'Take a model whose image encoder and language model are among these.':
    'Ein Modell nehmen, dessen Bildencoder und Sprachmodell unter diesen sind.',
  'The image tokens and the image features do not match.':
    'Bildtoken und Bildmerkmale passen nicht zusammen.',
  'Give the folder of a Hugging Face checkpoint.':
    'Den Ordner eines Hugging-Face-Checkpoints angeben.',
  'Open a LLaVA folder, or make one of an image encoder and a language model with `lensmith model compose`.':
    'Einen LLaVA-Ordner öffnen oder ein Modell aus Bildencoder und Sprachmodell zusammensetzen.',
  '{} is quantised already.': '{1} ist bereits quantisiert.',
  'Ask for no format, or give the model that it was made from.':
    'Kein Format angeben oder das Modell nehmen, aus dem es entstand.',
  'Use it as it is, or give the model that it was made from.':
    'Es nehmen, wie es ist, oder das Modell, aus dem es entstand.',
  '{} holds no {} that is supported.': '{1} enthält nichts Unterstütztes: {2~}.',
  'vision tower': 'kein Bildencoder',
  'image encoder': 'kein Bildencoder',
  'language model': 'kein Sprachmodell',
  "Rotary scaling '{}' is not supported.": 'Die RoPE-Skalierung „{1}“ wird nicht unterstützt.',
  'Take a model whose rope_scaling in config.json is one of these, or has none.':
    'Ein Modell nehmen, dessen rope_scaling in config.json eine von diesen ist oder fehlt.',
  'Scaled positions in a part of each head are not supported.':
    'Skalierte Positionen in nur einem Teil jedes Kopfes werden nicht unterstützt.',
  'Take a model that turns whole heads, as LLaMA, Mistral and Qwen2 do.':
    'Ein Modell nehmen, das ganze Köpfe dreht, wie LLaMA, Mistral und Qwen2.',
  'The folder may hold another model than its config.json says, or a partial download.':
    'Der Ordner enthält vielleicht ein anderes Modell, als config.json sagt, oder ein unvollständiges Herunterladen.',
  '{} does not fit together.': '{1} passt nicht zusammen.',
  '{}: {} is wrong.': '{1}: {2} ist falsch.',
  '{} lacks {}.': 'In {1} fehlt {2}.',

  // Assembling and exporting.
  'What was written does not take pictures.': 'Das Ergebnis nimmt keine Bilder an.',
  'The tokenizer or the image processor of these folders does not fit LLaVA.':
    'Tokenizer oder Bildvorverarbeitung dieser Ordner passen nicht zu LLaVA.',
  '{} does not say how its pictures are prepared.':
    '{1} sagt nicht, wie die Bilder vorbereitet werden.',
  'Copy the file from where the image encoder was published.':
    'Die Datei von dort kopieren, wo der Bildencoder veröffentlicht wurde.',
  '{} was added to the tokenizer with the id {}.':
    '{1} wurde dem Tokenizer mit der Nummer {2} hinzugefügt.',
  'The vocabulary grew by {}: new rows are the mean of the others.':
    'Das Vokabular wuchs um {1}: Neue Zeilen sind der Mittelwert der übrigen.',
  'The chat template in {} knows no images and was replaced.':
    'Die Chat-Vorlage in {1} kennt keine Bilder und wurde ersetzt.',
  'Other programs expect two maps in a projector and do not read a linear one.':
    'Andere Programme erwarten im Projektor zwei Abbildungen und lesen einen linearen nicht.',
  'Parts of {} do not fit the model.': 'Teile von {1} passen nicht zum Modell.',
  'Give the model that the adapter was trained on.':
    'Das Modell angeben, auf dem der Adapter trainiert wurde.',
  'What was written does not compute the same.': 'Das Geschriebene rechnet nicht dasselbe.',
  'Merging into 16-bit weights rounds: --dtype f32 keeps every bit of the adapter.':
    'Das Einrechnen in 16-Bit-Gewichte rundet: f32 behält jedes Bit des Adapters.',
  '{} tokens': '{1} Token',
  '{} (built in)': '{1} (eingebaut)',
  'LoRA, rank {}': 'LoRA, Rang {1}',
  'LoRA, rank {}, on {} linear maps': 'LoRA, Rang {1}, auf {2} linearen Abbildungen',

  // Text.
  '{} is an ordinary word of this tokenizer.': '{1} ist in diesem Tokenizer ein gewöhnliches Wort.',
  'Where it is meant for images, list it under added_tokens of tokenizer.json.':
    'Ist es für Bilder gemeint, unter added_tokens in tokenizer.json aufführen.',
  'The chat template does not write what users say.':
    'Die Chat-Vorlage schreibt nicht, was Nutzer sagen.',
  'The decoder {} is not known.': 'Der Decoder {1} ist nicht bekannt.',
  'The decoder nothing is not known.': 'Der Decoder ist nicht benannt.',
  'The decoder {} cannot be built.': 'Der Decoder {1} lässt sich nicht aufbauen.',
  'The decoder nothing cannot be built.': 'Der Decoder lässt sich nicht aufbauen.',
  'The image token of this model is not known.': 'Das Bildtoken dieses Modells ist nicht bekannt.',
  'config.json and tokenizer.json must come from the same vision-language model.':
    'config.json und tokenizer.json müssen aus demselben Vision-Language-Modell stammen.',
  '{} of config.json is not usable.': '{1} in config.json ist unbrauchbar.',
  'The vision tower is not known.': 'Der Bildencoder ist nicht bekannt.',
  'The prompt does not hold one placeholder for each image.':
    'Der Prompt enthält nicht einen Platzhalter je Bild.',
  'The chat template may not write images of this role; put images into user messages.':
    'Die Chat-Vorlage schreibt Bilder dieser Rolle vielleicht nicht; Bilder in Beiträge des Nutzers setzen.',
  'An image cannot have this many tokens.': 'Ein Bild kann nicht so viele Token haben.',
  'The download may be incomplete: fetch the file again.':
    'Das Herunterladen ist vielleicht unvollständig: die Datei erneut holen.',
  'The token {} has no valid id.': 'Das Token {1} hat keine gültige Nummer.',
  'An added token has no text.': 'Ein hinzugefügtes Token hat keinen Text.',
  'Added tokens that match whole words only are not supported.':
    'Hinzugefügte Token, die nur ganze Wörter treffen, werden nicht unterstützt.',
  'Two added tokens have the id {}.': 'Zwei hinzugefügte Token haben die Nummer {1}.',
  'tokenizer.json and its side files come from different models.':
    'tokenizer.json und seine Nebendateien stammen aus verschiedenen Modellen.',
  'added_tokens of tokenizer.json is not a list.':
    'added_tokens in tokenizer.json ist keine Liste.',
  'The chat template {} is too long.': 'Die Chat-Vorlage {1} ist zu lang.',
  'The chat template {} refuses this conversation.':
    'Die Chat-Vorlage {1} weist dieses Gespräch ab.',
  'The chat template {} cannot be used.': 'Die Chat-Vorlage {1} lässt sich nicht verwenden.',
  'The chat template in {} is malformed.': 'Die Chat-Vorlage in {1} ist fehlerhaft.',
  '{} has no chat template "{}".': '{1} hat keine Chat-Vorlage „{2}“.',
  '{} has no chat template "default".': '{1} hat keine Chat-Vorlage „default“.',
  'Choose one of the names that the file has.': 'Einen Namen aus der Datei wählen.',
  'There is no chat template in {}.': 'In {1} liegt keine Chat-Vorlage.',
  'Copy the chat template of the model that this one was made from into chat_template.jinja.':
    'Die Chat-Vorlage des Modells, aus dem dieses entstand, nach chat_template.jinja kopieren.',
  '{} took too long and was stopped.': '{1} dauerte zu lange und wurde beendet.',
  'The file may be damaged or made to hang programs. Take it from a source you trust.':
    'Die Datei ist vielleicht beschädigt oder soll Programme aufhängen. Aus vertrauter Quelle nehmen.',
  'Fetch tokenizer.json again, or write it anew with save_pretrained of a fast tokenizer.':
    'tokenizer.json erneut holen oder mit save_pretrained eines schnellen Tokenizers neu schreiben.',
  'The text cannot be written with this vocabulary.':
    'Der Text lässt sich mit diesem Vokabular nicht schreiben.',
  'tokenizer.json describes no usable tokenizer.':
    'tokenizer.json beschreibt keinen brauchbaren Tokenizer.',
  'There is no tokenizer.json in {}.': 'In {1} liegt kein tokenizer.json.',
  'Older folders hold only tokenizer.model or vocab.json: load the tokenizer once with transformers and save it with save_pretrained, which writes tokenizer.json.':
    'Ältere Ordner enthalten nur tokenizer.model oder vocab.json: den Tokenizer einmal mit transformers laden und mit save_pretrained speichern; das schreibt tokenizer.json.',
};
