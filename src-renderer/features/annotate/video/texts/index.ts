import { catalogue } from '../../../../ui/catalogue.ts';
import { de } from './de.ts';
import { en } from './en.ts';

/** What the screen says around videos. */
export const texts = catalogue({ en, de });
