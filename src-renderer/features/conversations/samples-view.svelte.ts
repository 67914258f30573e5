/** What of the samples' screen is opened from elsewhere: by a job's link, by the palette. */
class SamplesView {
  isImportOpen = $state(false);
  /** The import whose end the dialog shows. */
  importJobId: string | null = $state(null);
}

export const samplesView = new SamplesView();
