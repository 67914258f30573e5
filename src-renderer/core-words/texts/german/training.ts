/** Errors of training, and of the samples that it reads. */
import type { Phrases } from '../../phrase-book.ts';

export const training: Phrases = {
  'This run is no longer there.': 'Diesen Trainingslauf gibt es nicht mehr.',
  '{} cannot {} now.': 'Mit {1} geht das jetzt nicht: {2~}.',
  'go on': 'fortsetzen',
  'be stopped': 'beenden',
  'be deleted': 'löschen',
  'Another run is at work.': 'Ein anderer Trainingslauf ist im Gange.',
  'Pause it first: writing a result needs the memory that it uses.':
    'Diesen zuerst anhalten: Das Schreiben eines Ergebnisses braucht den Speicher, den er belegt.',
  'The program ended while this ran.': 'Das Programm endete, während das lief.',
  'An adapter is trained on as an adapter.': 'Ein Adapter wird als Adapter weitertrainiert.',
  'Choose LoRA, or the base model without the adapter.':
    'LoRA wählen, oder das Basismodell ohne den Adapter.',
  'The dataset has no sample to train on.': 'Der Datensatz hat kein Beispiel zum Trainieren.',
  'Widen its filter, let drafts count, or give training a share of the split.':
    'Seinen Filter weiten, Entwürfe zählen lassen oder dem Training einen Anteil geben.',
  'There is no checkpoint in {} to go on from: the run starts at its first step.':
    'In {1} liegt kein Checkpoint zum Fortsetzen: Der Lauf beginnt beim ersten Schritt.',
  '{} holds an earlier run.': '{1} enthält einen früheren Lauf.',
  'Add --resume to go on with it, --overwrite to replace it, or choose another --out.':
    'Diesen fortsetzen, ersetzen oder einen anderen Zielordner wählen.',
  'These settings need held-out samples: {}.':
    'Diese Einstellungen brauchen zurückgehaltene Beispiele: {1}.',
  'Add --eval-data FILE, or leave them out.':
    'Der Validierung einen Anteil geben oder sie weglassen.',
  'Add samples for validation FILE, or leave them out.':
    'Der Validierung einen Anteil geben oder sie weglassen.',
  '--lr-{} has nothing to set.': 'Die Lernrate für {1} hat nichts einzustellen.',
  '{} has nothing to set.': '{1~} hat nichts einzustellen.',
  'Add {} to --train, or leave --lr-{} out.':
    '{1} mittrainieren oder die Lernrate dafür weglassen.',
  'Add {} to Parts that train, or leave {} out.': '{1} mittrainieren oder {2~} weglassen.',
  'No sample has a picture, and the parts that train see nothing else.':
    'Kein Beispiel hat ein Bild, und die trainierten Teile sehen nichts anderes.',
  'Give data with images, or add llm to --train.':
    'Daten mit Bildern nehmen oder das Sprachmodell mittrainieren.',
  'Give data with images, or add llm to Parts that train.':
    'Daten mit Bildern nehmen oder das Sprachmodell mittrainieren.',
  '{} names what is not there.': '{1} nennt etwas, das es nicht gibt.',
  'Name modules of the parts that train by the last part of their path.':
    'Module der trainierten Teile mit dem letzten Teil ihres Pfades benennen.',
  'These settings do not go together: {}.': 'Diese Einstellungen gehen nicht zusammen: {1}.',
  '--{} cannot be used so.': '{1} lässt sich so nicht verwenden.',
  '{} cannot be used so.': '{1~} lässt sich so nicht verwenden.',
  'The target modules name no linear map.': 'Die Zielmodule benennen keine lineare Abbildung.',
  'Name modules by the last part of their path, or give a pattern.':
    'Module mit dem letzten Teil ihres Pfades benennen oder ein Muster angeben.',
  "The adapter's tensors do not fit the model.\n  {}":
    'Die Tensoren des Adapters passen nicht zum Modell.\n  {1}',
  'The adapter parts the output head from the token embedding, which are one in this model.':
    'Der Adapter trennt den Ausgabekopf von der Token-Einbettung; in diesem Modell sind beide eins.',
  '{} stands where modules train whole.':
    '{1} sitzt an Modulen, die im Ganzen trainiert werden sollen.',
  'Leave them out of the modules to save, or begin from another adapter.':
    'Sie aus den ganz gespeicherten Modulen nehmen oder mit einem anderen Adapter beginnen.',
  'The adapter stands at a part of the model that carries none here.':
    'Der Adapter sitzt an einem Teil des Modells, der hier keinen tragen kann.',
  'The adapter was trained on another model; give the one it belongs to.':
    'Der Adapter wurde auf einem anderen Modell trainiert; das zugehörige angeben.',
  'Remove {} to go on from the checkpoint before it.':
    '{1} entfernen, um vom Checkpoint davor aus fortzufahren.',
  'Training stopped in step {}: the gradient is no longer a number.':
    'Das Training endete in Schritt {1}: Der Gradient ist keine Zahl mehr.',
  'Training stopped in step {}: the loss is no longer a number.':
    'Das Training endete in Schritt {1}: Der Loss ist keine Zahl mehr.',
  'Look at the named samples; the weights were not changed by this step.':
    'Die genannten Beispiele ansehen; die Gewichte hat dieser Schritt nicht geändert.',
  'The model answers with what is no number.':
    'Das Modell antwortet mit etwas, das keine Zahl ist.',
  'Its weights hold values that are not finite, or f16 was too small for them: download the folder again, or take the checkpoint before.':
    'Seine Gewichte enthalten Werte, die nicht endlich sind, oder f16 war zu klein für sie: den Ordner erneut herunterladen oder den Checkpoint davor nehmen.',
  'Lower the learning rate or add warm-up steps; the weights were not changed by this step. When it is the first step, the model itself holds values that are not finite.':
    'Die Lernrate senken oder Warm-up-Schritte hinzufügen; die Gewichte hat dieser Schritt nicht geändert. Ist es der erste Schritt, enthält das Modell selbst Werte, die nicht endlich sind.',
  'Training stopped in step {}: the loss runs away.':
    'Das Training endete in Schritt {1}: Der Loss läuft davon.',
  'Lower the learning rate, add warm-up steps, or clip gradients with --max-grad-norm 1; resume from the last checkpoint.':
    'Die Lernrate senken, Warm-up-Schritte hinzufügen oder Gradienten bei 1 begrenzen; vom letzten Checkpoint aus fortsetzen.',
  'Lower the learning rate, add warm-up steps, or clip gradients with Gradient clipping 1; resume from the last checkpoint.':
    'Die Lernrate senken, Warm-up-Schritte hinzufügen oder Gradienten bei 1 begrenzen; vom letzten Checkpoint aus fortsetzen.',
  'This should fit, at about {}, with the same samples a step: Batch size {#} Gradient accumulation {#}':
    'Das sollte passen, mit etwa {1} und denselben Beispielen je Schritt: Batchgröße {2}, Gradientenakkumulation {3}.',
  'This should fit, at about {}, with the same samples a step: Batch size {#} Gradient accumulation {#} Recompute on':
    'Das sollte passen, mit etwa {1} und denselben Beispielen je Schritt: Batchgröße {2}, Gradientenakkumulation {3}, Neu berechnen ein.',
  'This should fit, at about {}, with the same samples a step: Batch size {#} Gradient accumulation {#} Optimiser adamw-8bit':
    'Das sollte passen, mit etwa {1} und denselben Beispielen je Schritt: Batchgröße {2}, Gradientenakkumulation {3}, Optimierer mit 8 Bit.',
  'This should fit, at about {}, with the same samples a step: Batch size {#} Gradient accumulation {#} Recompute on Optimiser adamw-8bit':
    'Das sollte passen, mit etwa {1} und denselben Beispielen je Schritt: Batchgröße {2}, Gradientenakkumulation {3}, Neu berechnen ein, Optimierer mit 8 Bit.',
  'There is no checkpoint yet: Resume starts it again.':
    'Noch gibt es keinen Checkpoint: „Fortsetzen“ beginnt von vorn.',
  '{} There is no checkpoint yet: Resume starts it again.':
    '{1~} Noch gibt es keinen Checkpoint: „Fortsetzen“ beginnt von vorn.',
  'Resume goes on after step {}.': '„Fortsetzen“ geht nach Schritt {1} weiter.',
  '{} Resume goes on after step {}.': '{1~} „Fortsetzen“ geht nach Schritt {2} weiter.',
  'The weights of the model do not fit.': 'Die Gewichte des Modells passen nicht.',
  'In NF4 they take about {}: quantise the model, or train it by QLoRA.':
    'In NF4 brauchen sie etwa {1}: das Modell quantisieren oder mit QLoRA trainieren.',
  'Use a smaller model, or compute on the processor if the machine has more memory.':
    'Ein kleineres Modell nehmen oder auf dem Prozessor rechnen, wenn der Rechner mehr Speicher hat.',
  'There is not enough memory for a training step.':
    'Der Speicher reicht nicht für einen Trainingsschritt.',
  'No batch size fits: train fewer parts or by --method qlora, load with --dtype bf16, or use a smaller model.':
    'Keine Batchgröße passt: weniger Teile trainieren oder QLoRA wählen, in bf16 laden oder ein kleineres Modell nehmen.',
  'No batch size fits: train fewer parts or by Method qlora, load with Precision bf16, or use a smaller model.':
    'Keine Batchgröße passt: weniger Teile trainieren oder QLoRA wählen, in bf16 laden oder ein kleineres Modell nehmen.',
  'These settings train nothing.': 'Mit diesen Einstellungen wird nichts trainiert.',
  'Name a part with --train, or target modules for the adapters.':
    'Einen Teil wählen, der trainiert, oder Zielmodule für die Adapter.',
  'Name a part with Parts that train, or target modules for the adapters.':
    'Einen Teil wählen, der trainiert, oder Zielmodule für die Adapter.',
  '{} belongs to another run.': '{1} gehört zu einem anderen Lauf.',
  'Give the settings of the run that is to go on, or start afresh in another folder.':
    'Die Einstellungen des fortzusetzenden Laufs angeben oder in einem anderen Ordner neu beginnen.',
  '{} cannot be trained on.': '{1} lässt sich nicht weitertrainieren.',
  'Give the adapter of this very model; modules saved whole must stand in modules_to_save.':
    'Den Adapter genau dieses Modells angeben; ganz gespeicherte Module müssen in modules_to_save stehen.',
  '{}: {} is not usable.': '{1}: {2} ist unbrauchbar.',
  'The sample {} ({}:{}): {}': 'Das Beispiel {1} ({2}:{3}): {4~}',
  'A sample is too long; nothing was trained.': 'Ein Beispiel ist zu lang; nichts wurde trainiert.',
  '{} samples are too long; nothing was trained.':
    '{1} Beispiele sind zu lang; nichts wurde trainiert.',
  'Shorten these conversations, use fewer images or video frames, or raise --max-length up to what the model was made for.':
    'Diese Gespräche kürzen, weniger Bilder oder Frames verwenden oder die größte Länge bis zu dem erhöhen, wofür das Modell gemacht ist.',
  'Shorten these conversations, use fewer images or video frames, or raise Longest sample up to what the model was made for.':
    'Diese Gespräche kürzen, weniger Bilder oder Frames verwenden oder die größte Länge bis zu dem erhöhen, wofür das Modell gemacht ist.',
  'There is nothing to train on.': 'Es gibt nichts, womit trainiert werden könnte.',
  'The sample {} is too long.': 'Das Beispiel {1} ist zu lang.',
  'Shorten the conversation, use fewer images or video frames, or raise the limit.':
    'Das Gespräch kürzen, weniger Bilder oder Frames verwenden oder die Grenze erhöhen.',
  'The place of the answer in message {} cannot be told from the chat template.':
    'Wo in Beitrag {1} die Antwort steht, lässt sich aus der Chat-Vorlage nicht ablesen.',
  'Use a plainer chat template for training, such as the one of the base model.':
    'Zum Trainieren eine schlichtere Chat-Vorlage verwenden, etwa die des Basismodells.',
  'Message {} spells the image placeholder in its text.':
    'Beitrag {1} enthält den Platzhalter für Bilder als Text.',
  'Remove {} from the text, or write it apart, as in "< image >".':
    '{1} aus dem Text nehmen oder auseinander schreiben, wie in "< image >".',

  // Settings, as the window names them.
  'Batch size': 'Batchgröße',
  'Gradient accumulation': 'Gradientenakkumulation',
  Recompute: 'Neuberechnung',
  Optimiser: 'Optimierer',
  'Evaluate every': 'Auswerten alle',
  'Answers shown': 'Gezeigte Antworten',
  'Early stopping': 'Frühes Ende',
  'Keep best': 'Bestes behalten',
  'Learning rate': 'Lernrate',
  'Learning rate of the vision tower': 'Lernrate des Bildencoders',
  'Learning rate of the projector': 'Lernrate des Projektors',
  'Longest sample': 'Größte Länge',
  Steps: 'Schritte',
  'Gradient clipping': 'Gradientenbegrenzung',
  'Warm-up': 'Warm-up',
  'Weight decay': 'Weight Decay',
  Epochs: 'Epochen',
  Rank: 'Rang',
  Alpha: 'Alpha',
  Dropout: 'Dropout',
  Seed: 'Seed',
  'Parts that train': 'Trainierte Teile',
  Method: 'Verfahren',
  Precision: 'Genauigkeit',
  Schedule: 'Verlauf der Lernrate',
  '{#} picture is of 16-bit grey: the model sees all values above 255 as white. Save such scans with 8 bits, in the window that shows what matters.':
    '{1} Bild hat 16-Bit-Graustufen: Das Modell sieht alle Werte über 255 weiß. Solche Aufnahmen mit 8 Bit speichern, in dem Fenster, das das Wichtige zeigt.',
  '{#} pictures are of 16-bit grey: the model sees all values above 255 as white. Save such scans with 8 bits, in the window that shows what matters.':
    '{1} Bilder haben 16-Bit-Graustufen: Das Modell sieht alle Werte über 255 weiß. Solche Aufnahmen mit 8 Bit speichern, in dem Fenster, das das Wichtige zeigt.',
};
