import { readFileSync } from 'node:fs';
import type { OtlpConfig } from '../config.ts';
import { TlsFileError } from '../errors.ts';

export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** @throws TlsFileError naming the file */
export function readTls(tls: OtlpConfig['tls']): TlsFiles | null {
  return tls === undefined ? null : { cert: read(tls.certFile), key: read(tls.keyFile) };
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new TlsFileError(file, reason);
  }
}
