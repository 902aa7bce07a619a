/** npm run soak: runs it, writes the report, and says which promises were not kept. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { claimsOf } from './claims.ts';
import { findingsOf } from './findings.ts';
import { readOptions, SoakOptionError, type SoakOptions } from './options.ts';
import { picturesOf } from './pictures.ts';
import { RECORD_FILE, RecordFile, type SoakRecord } from './record.ts';
import { renderReport } from './report.ts';
import { Soak } from './run.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const EXIT_BROKEN_PROMISE = 1;
const EXIT_USAGE = 2;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes the page and its pictures. @returns the promises that were not kept */
function report(record: SoakRecord, { report: page }: SoakOptions): readonly string[] {
  const findings = findingsOf(record);
  const claims = claimsOf(record, findings);
  const pictures = basename(page).replace(/\.md$/, '');
  const folder = join(dirname(page), pictures);
  mkdirSync(folder, { recursive: true });
  for (const { file, text } of picturesOf(record, findings)) writeFileSync(join(folder, file), text);
  writeFileSync(page, renderReport({ record, findings, claims, pictures }));
  print(page);
  return claims.filter(({ holds }) => !holds).map(({ text, found }) => `not held: ${text}; found: ${found}`);
}

function recordIn(out: string): SoakRecord {
  const record = new RecordFile(join(out, RECORD_FILE)).read();
  if (record === undefined)
    throw new SoakOptionError(`There is no record of a run in ${out}; name its folder with --out.`);
  return record;
}

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args, ROOT);
  const out = resolve(options.out);
  const record = options.onlyReport ? recordIn(out) : await Soak.run({ ...options, out }, print);
  const broken = report(record, options);
  for (const line of broken) print(line);
  print(`${RECORD_FILE} lies in ${options.out}`);
  return options.check && broken.length > 0 ? EXIT_BROKEN_PROMISE : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  const isUsage =
    error instanceof SoakOptionError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  process.exitCode = isUsage === true ? EXIT_USAGE : EXIT_BROKEN_PROMISE;
}
