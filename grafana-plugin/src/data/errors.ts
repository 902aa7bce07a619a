/** Why a request for data failed, as far as a person can do something about it. */
export type ArgusErrorKind =
  | 'not_configured'
  | 'unreachable'
  | 'timeout'
  | 'certificate'
  | 'key_missing'
  | 'key_refused'
  | 'role'
  | 'not_found'
  /** The backend runs but does not have this route: it is older than the plugin, or the part is switched off. */
  | 'unsupported'
  | 'not_ready'
  | 'busy'
  | 'wrong_service'
  | 'malformed'
  | 'refused'
  | 'failed';

/** Kinds where a second attempt right away makes sense; waiting longer is left to the next interval. */
const PASSING: readonly ArgusErrorKind[] = ['unreachable', 'failed'];
const LASTING: readonly ArgusErrorKind[] = ['not_configured', 'role', 'wrong_service', 'unsupported'];

export interface ArgusErrorDetails {
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  /** The backend's own name of the error: ARGUS_SERVER_UNKNOWN. */
  readonly code?: string;
}

/** An error that a page can show as it is: what happened, and what to do about it. */
export class ArgusError extends Error {
  readonly kind: ArgusErrorKind;
  /** What to do, a sentence. */
  readonly remedy: string;
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly code: string | undefined;

  constructor(kind: ArgusErrorKind, message: string, remedy: string, details: ArgusErrorDetails = {}) {
    super(message);
    this.name = 'ArgusError';
    this.kind = kind;
    this.remedy = remedy;
    this.status = details.status;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.code = details.code;
  }

  /** Whether asking again without changing anything may help. */
  get canRetry(): boolean {
    return !LASTING.includes(this.kind);
  }

  /** Whether it is worth asking again at once, unasked. */
  get isPassing(): boolean {
    return PASSING.includes(this.kind);
  }

  /** Message and remedy as one text, for places that show a single line. */
  get sentence(): string {
    return this.remedy === '' ? this.message : `${this.message} ${this.remedy}`;
  }
}

/** Anything thrown, as an error that can be shown. */
export function asArgusError(thrown: unknown): ArgusError {
  if (thrown instanceof ArgusError) return thrown;
  const message = thrown instanceof Error && thrown.message !== '' ? thrown.message : 'Something went wrong.';
  return new ArgusError('failed', message, 'Try again; if it stays, look into the browser’s console.');
}
