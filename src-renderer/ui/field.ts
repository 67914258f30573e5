/** What every field takes. */
export interface FieldProps {
  label: string;
  /** The label is read aloud only; for fields whose place says what they are. */
  hideLabel?: boolean;
  /** The label above, to the left in a column of its own, or right before the control. */
  layout?: 'column' | 'row' | 'inline';
  hint?: string | undefined;
  error?: string | undefined;
}
