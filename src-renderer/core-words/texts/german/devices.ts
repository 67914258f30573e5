/** What the engine says of graphics devices and of memory. */
export const devices = {
  'There is no such device.': 'Dieses Gerät gibt es nicht.',
  'There is no such graphics device.': 'Diese Grafikkarte gibt es nicht.',
  'lensmith doctor lists the devices.': '`lensmith doctor` zählt die Geräte auf.',
  'This graphics device lacks what the kernels need.':
    'Dieser Grafikkarte fehlt etwas, das zum Rechnen nötig ist.',
  'A newer driver may bring it; the CPU works without it.':
    'Ein neuerer Treiber bringt es vielleicht mit; auf dem Prozessor geht es ohne.',
  'There is no working Vulkan loader on this machine.':
    'Auf diesem Rechner gibt es keinen Vulkan-Loader, der läuft.',
  'Install the driver of the graphics card; the CPU works without it.':
    'Den Treiber der Grafikkarte installieren; auf dem Prozessor geht es ohne.',
  'Vulkan finds no driver that works on this machine.':
    'Vulkan findet auf diesem Rechner keinen Treiber, der läuft.',
  'Install the driver of the graphics card, or repair it: one of its .json files (in a folder vulkan/icd.d) may be broken or name a library that is not there. The CPU works without it.':
    'Den Treiber der Grafikkarte installieren oder reparieren: Eine seiner .json-Dateien (in einem Ordner vulkan/icd.d) könnte beschädigt sein oder eine Bibliothek nennen, die es nicht gibt. Auf dem Prozessor geht es ohne.',
  'The validation layer is not installed.': 'Die Prüfschicht von Vulkan ist nicht installiert.',
  'The validation layer objects to how Vulkan is used.':
    'Die Prüfschicht beanstandet, wie Vulkan benutzt wird.',
  'The graphics driver failed.': 'Der Grafiktreiber hat versagt.',
  'The graphics device was lost.': 'Die Grafikkarte ging verloren.',
  'Its driver has reset it, or it is gone; work starts anew in a new process.':
    'Ihr Treiber hat sie zurückgesetzt, oder sie ist weg; die Arbeit beginnt in einem neuen Prozess neu.',
  'A tensor is too large for this device.': 'Ein Tensor ist zu groß für dieses Gerät.',
  'The device was closed.': 'Das Gerät wurde geschlossen.',
  'No device is open.': 'Kein Gerät ist offen.',
  'A device is already open in this thread.': 'In diesem Thread ist schon ein Gerät offen.',
  'There is not enough memory.': 'Der Speicher reicht nicht.',
  'There is not enough memory for the next tensor.':
    'Der Speicher reicht nicht für den nächsten Tensor.',
  'Use a smaller batch or a shorter sequence, recompute activations, or train fewer parts of the model.':
    'Einen kleineren Batch oder kürzere Folgen nehmen, Aktivierungen doppelt berechnen oder weniger Teile des Modells trainieren.',
  'Use a smaller batch or a shorter sequence, recompute activations, or train fewer parts of the model; the CPU may have more memory than this device.':
    'Einen kleineren Batch oder kürzere Folgen nehmen, Aktivierungen doppelt berechnen oder weniger Teile des Modells trainieren; der Prozessor hat vielleicht mehr Speicher als dieses Gerät.',
  "There is not enough memory for a kernel's workspace.":
    'Der Speicher reicht nicht für den Arbeitsbereich einer Berechnung.',
  'There is no memory to stage uploads and downloads in.':
    'Es gibt keinen Speicher, um Daten auf das Gerät und von ihm zu bringen.',
  'The graphics driver does not compile one of the kernels.':
    'Der Grafiktreiber übersetzt eines der Rechenprogramme nicht.',
  '--device vulkan:N:plain goes without such kernels; N as lensmith doctor says.':
    '`--device vulkan:N:plain` kommt ohne solche aus; N nennt `lensmith doctor`.',
  'A newer driver may; --device cpu does without.':
    'Ein neuerer Treiber tut es vielleicht; auf dem Prozessor geht es ohne.',
  "Use a smaller batch or a shorter sequence, or let more of the device's memory be used.":
    'Einen kleineren Batch oder kürzere Folgen nehmen oder mehr vom Speicher des Geräts freigeben.',
  'The graphics device has no memory left.': 'Die Grafikkarte hat keinen Speicher mehr.',
  'Close other programs that use the device, or use a smaller batch.':
    'Andere Programme schließen, die sie benutzen, oder einen kleineren Batch nehmen.',
  'There is no room on the card to merge.':
    'Auf der Grafikkarte ist kein Platz zum Zusammenführen.',
  'Merge on the processor, which has the memory of the machine: --device cpu, or the settings of the engine.':
    'Auf dem Prozessor zusammenführen, der den Speicher des Rechners hat: in den Einstellungen unter „Rechenkern“.',
};
