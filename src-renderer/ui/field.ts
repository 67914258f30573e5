/** What every field takes. */
export interface FieldProps {
  label: string;
  /** The label is read aloud only; for fields whose place says what they are. */
  hideLabel?: boolean;
  layout?: 'column' | 'row';
  hint?: string | undefined;
  error?: string | undefined;
}
