export const en = {
  close: 'Close',
  dismiss: 'Dismiss',
  messages: 'Messages',
  undo: 'Undo',
  remove: (what: string) => `Remove ${what}`,
  sizeOf: (what: string) => `Size of ${what}`,

  newOption: (name: string) => `New “${name}”`,
  noOption: 'Nothing of that name',

  details: 'Details',
  expected: 'Expected',
  got: 'Got',
  code: 'Code',

  notANumber: (typed: string) => `“${typed}” is not a number.`,
  atLeast: (number: string) => `At least ${number}.`,
  atMost: (number: string) => `At most ${number}.`,
  noRating: 'No rating',
  rating: (stars: number) => `${stars} of 5`,

  /** Caps of the keyboard that are named otherwise than on a US board. */
  keyNames: {} as Readonly<Record<string, string>>,

  used: (used: string, total: string) => `${used} of ${total}`,
  fewSecondsLeft: 'a few seconds left',
  left: (span: string) => `${span} left`,
  days: 'd',
  justNow: 'just now',
  minutesAgo: (minutes: number) => `${minutes} min ago`,
  hoursAgo: (hours: number) => `${hours} h ago`,
  yesterday: 'yesterday',
  daysAgo: (days: number) => `${days} days ago`,
  months: ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
  day: (day: number, month: string) => `${day} ${month}`,
};

export type UiTexts = typeof en;
