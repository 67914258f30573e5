import type { Refusal } from '../../canvas/host.ts';
import { texts } from './texts/index.ts';

/** Why a gesture did nothing, and what would make it do something. */
export const refusalOf = (why: Refusal): string => texts().refusals[why];
