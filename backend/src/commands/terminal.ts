/** Small things every command needs to talk to a person. */

const EXIT_FAILED = 1;
const EXIT_CALLED_WRONGLY = 2;

/** True where parseArgs refused an option: the caller made the mistake, not the program. */
function isArgumentError(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS');
}

/**
 * Prints an error as one line (its code and message), the stack only when ARGUS_DEBUG is set.
 * @returns the exit code
 */
export function reportFailure(error: unknown): number {
  const { message, code } =
    error instanceof Error ? (error as Error & { code?: string }) : { message: String(error) };
  const prefix = typeof code === 'string' && code.startsWith('ARGUS_') ? `${code}: ` : '';
  process.stderr.write(`argus: ${prefix}${message}\n`);
  if (process.env.ARGUS_DEBUG !== undefined && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  return isArgumentError(error) ? EXIT_CALLED_WRONGLY : EXIT_FAILED;
}

/** Resolves with the signal's name when the process is asked to end. */
export function untilAskedToStop(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
}

/** The command was called in a way it cannot work with; the message says how to call it. */
export class UsageError extends Error {
  readonly code = 'ERR_PARSE_ARGS_USAGE';
}

/** Reads a number option; throws naming the option where it is none or too small. */
export function numberOption(name: string, text: string | undefined, fallback: number, min = 0): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < min) {
    throw new UsageError(`--${name} must be a number of at least ${min}; "${text}" is not.`);
  }
  return value;
}

/** Reads a whole number option; throws naming the option where it is none or too small. */
export function integerOption(name: string, text: string | undefined, fallback: number, min = 0): number {
  const value = numberOption(name, text, fallback, min);
  if (!Number.isInteger(value)) throw new UsageError(`--${name} must be a whole number; "${text}" is not.`);
  return value;
}

/** Reads an option that has to be one of a few words. */
export function choiceOption<Choice extends string>(
  name: string,
  text: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((known) => known === text);
  if (choice === undefined)
    throw new UsageError(`--${name} is one of ${choices.join(', ')}; "${text}" is not.`);
  return choice;
}

/** Reads an ISO 8601 time, UTC where it names no zone; ms since the epoch. */
export function timeOption(name: string, text: string): number {
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text);
  const timeMs = Date.parse(hasZone || !text.includes('T') ? text : `${text}Z`);
  if (Number.isNaN(timeMs)) {
    throw new UsageError(`--${name} must be a time such as 2026-06-01T00:00:00Z; "${text}" is not.`);
  }
  return timeMs;
}

const SECONDS_PER_UNIT: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Reads a duration such as 24h or 15m; seconds. */
export function durationOption(name: string, text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  if (unit === undefined)
    throw new UsageError(`--${name} must be a duration such as 24h or 15m; "${text}" is not.`);
  return Number(amount) * SECONDS_PER_UNIT[unit];
}
