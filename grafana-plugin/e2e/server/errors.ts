/** An answer other than success, as Grafana's HTTP API words it: a status and `{message}`. */
export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
  }
}

/** Ends a command: what is wrong, and what to do about it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
