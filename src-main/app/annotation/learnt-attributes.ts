/** Attributes that marks of a file bear, and the label's own. */
import type { AttributeValues, LabelAttribute } from '../../ipc/contract/shapes.ts';

type Value = AttributeValues[string];

/** What a label has to know so that the person sees and may change every value. */
export class LearntAttributes {
  readonly #known: Map<string, LabelAttribute>;
  readonly #learnt = new Map<string, LabelAttribute>();

  constructor(known: readonly LabelAttribute[]) {
    this.#known = new Map(known.map((attribute) => [attribute.name, attribute]));
  }

  get learnt(): readonly LabelAttribute[] {
    return [...this.#learnt.values()];
  }

  learn(values: AttributeValues): void {
    for (const [name, value] of Object.entries(values)) {
      const attribute = this.#learnt.get(name) ?? this.#known.get(name);
      const wanted =
        attribute === undefined ? newAttribute(name, value) : widened(attribute, value);
      if (wanted !== attribute) this.#learnt.set(name, wanted);
    }
  }

  /** As the label's attributes hold them. */
  fitted(values: AttributeValues): AttributeValues {
    const fitted = Object.entries(values).map(([name, value]): [string, Value] => {
      const kind = (this.#learnt.get(name) ?? this.#known.get(name))?.kind;
      return [name, kind === 'text' || kind === 'choice' ? String(value) : value];
    });
    return Object.fromEntries(fitted);
  }
}

const kindOf = (value: Value): LabelAttribute['kind'] =>
  typeof value === 'boolean' ? 'flag' : typeof value === 'number' ? 'number' : 'text';

const newAttribute = (name: string, value: Value): LabelAttribute => ({
  ...{ name, kind: kindOf(value), options: [] },
});

/** A choice gets one more; what held flags or numbers alone holds words from the first other value on. */
function widened(attribute: LabelAttribute, value: Value): LabelAttribute {
  const { kind, options } = attribute;
  if (kind === 'text' || kind === kindOf(value)) return attribute;
  if (kind !== 'choice') return { ...attribute, kind: 'text' };
  const text = String(value);
  return options.includes(text) ? attribute : { ...attribute, options: [...options, text] };
}
