/** The part of a pino logger that the receiver uses. */
export interface IngestLogger {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
