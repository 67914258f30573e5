import type { ApiTexts } from './en.ts';

export const de: ApiTexts = {
  connectionLost: 'Die Verbindung zum Kern ist abgerissen.',
  connectionLostHint:
    'Sie wird von selbst neu aufgebaut; Gespeichertes ist sicher. Den letzten Schritt wiederholen, sobald sie steht.',
  cancelled: 'Abgebrochen.',
};
