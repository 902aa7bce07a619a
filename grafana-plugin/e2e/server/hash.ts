import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** SHA-256 (first 16 digits) of files by their paths and content; folders count with everything below them. */
export function contentHash(root: string, paths: readonly string[]): string {
  const files = paths.flatMap((path) =>
    statSync(join(root, path)).isDirectory()
      ? globSync(`${path}/**/*`, { cwd: root }).filter((file) => statSync(join(root, file)).isFile())
      : [path],
  );
  const hash = createHash('sha256');
  for (const file of files.sort())
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  return hash.digest('hex').slice(0, 16);
}
