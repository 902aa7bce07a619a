/** How long before its time a kept forecast was made. */
import { HORIZONS, type HorizonName, STEP_SECONDS } from '../catalog/time.ts';

export function leadSteps(lead: HorizonName): number {
  return HORIZONS.find(({ name }) => name === lead)?.steps ?? 0;
}

export function leadSeconds(lead: HorizonName): number {
  return leadSteps(lead) * STEP_SECONDS;
}
