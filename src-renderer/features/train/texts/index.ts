import { catalogue } from '../../../ui/catalogue.ts';
import { de } from './de.ts';
import { en } from './en.ts';

export const texts = catalogue({ en, de });
