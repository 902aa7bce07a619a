import { createReadStream, statSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { HttpError } from './errors.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.md': 'text/markdown; charset=utf-8',
};

function fileBelow(folder: string, path: string): string {
  const file = normalize(join(folder, path));
  if (!file.startsWith(folder + sep)) throw new HttpError(404, 'Not found');
  try {
    if (statSync(file).isFile()) return file;
  } catch {
    // answered as not found below
  }
  throw new HttpError(404, 'Not found');
}

/**
 * Answers with a file of a folder.
 * @param path as in the URL, decoded
 * @param immutable whether the name changes with the content, so that a browser may keep it
 */
export function sendFile(response: ServerResponse, folder: string, path: string, immutable = false): void {
  const file = fileBelow(folder, path);
  response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
  response.setHeader('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  createReadStream(file).pipe(response);
}
