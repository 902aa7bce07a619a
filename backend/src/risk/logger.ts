import type { Logger } from 'pino';

/** The part of a pino logger this stage uses. */
export type RiskLogger = Pick<Logger, 'info' | 'warn' | 'error'>;
