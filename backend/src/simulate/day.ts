import { STEP_SECONDS } from '../catalog/time.ts';

const SECONDS_PER_DAY = 86_400;

export const STEPS_PER_DAY = SECONDS_PER_DAY / STEP_SECONDS;
