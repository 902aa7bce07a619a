import { boostedTrees } from './boostedTrees.ts';
import { predictLinear } from './predictLinear.ts';
import type { LearntScorer, Scorer } from './scorer.ts';
import { threshold } from './threshold.ts';

/** What Argus stands beside: rules that people have without it. */
export const RIVALS: readonly Scorer[] = [threshold, predictLinear];

/** Rivals that learn from the validation span. */
export const LEARNT_RIVALS: readonly LearntScorer[] = [boostedTrees];
