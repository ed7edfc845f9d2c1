// The table of strategies: one line each.
import type { StrategyDefinition } from '../types.ts';
import { bandit } from './bandit.ts';
import { cascade } from './cascade.ts';
import { cheapest } from './cheapest.ts';
import { fastest } from './fastest.ts';
import { fixed } from './fixed.ts';
import { semantic } from './semantic.ts';
import { weighted } from './weighted.ts';

export const STRATEGIES: Readonly<Record<string, StrategyDefinition>> = {
  fixed,
  weighted,
  cheapest,
  fastest,
  semantic,
  bandit,
  cascade,
};
