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
  | 'not_ready'
  | 'busy'
  | 'wrong_service'
  | 'malformed'
  | 'refused'
  | 'failed';

/** An error that a page can show as it is: what happened, and what to do about it. */
export class ArgusError extends Error {
  readonly kind: ArgusErrorKind;
  /** What to do, a sentence. */
  readonly remedy: string;
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    kind: ArgusErrorKind,
    message: string,
    remedy: string,
    details: { readonly status?: number; readonly retryAfterSeconds?: number } = {},
  ) {
    super(message);
    this.name = 'ArgusError';
    this.kind = kind;
    this.remedy = remedy;
    this.status = details.status;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }

  /** Whether asking again without changing anything may help. */
  get canRetry(): boolean {
    return !['not_configured', 'role', 'wrong_service'].includes(this.kind);
  }
}
