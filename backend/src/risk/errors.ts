import createError from '@fastify/error';

/** A bundle's calibration.json is not what docs/risk.md describes. */
export const CalibrationInvalidError = createError(
  'ARGUS_CALIBRATION_INVALID',
  '%s Make the bundle again, or remove the file to run with the uncalibrated default.',
  500,
);
