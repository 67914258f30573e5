export const en = {
  connectionLost: 'The connection to the core was lost.',
  connectionLostHint:
    'It is tried again by itself; what was saved is safe. Repeat the last step once it is back.',
  cancelled: 'Cancelled.',
};

export type ApiTexts = typeof en;
