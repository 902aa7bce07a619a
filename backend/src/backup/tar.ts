/** Packs a folder into one compressed file and back, with the system's tar and Node's zstd. */
import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { BackupToolFailed } from './errors.ts';

const FILE_MODE = 0o600;

interface Tar {
  readonly input: Writable;
  readonly output: Readable;
  /** @throws BackupToolFailed */
  readonly done: Promise<void>;
}

function tar(args: readonly string[], task: string): Tar {
  const child = spawn('tar', args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text) => {
    complaint += text;
  });
  const done = new Promise<void>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(new BackupToolFailed(task, error.code === 'ENOENT' ? 'it is not installed' : error.message)),
    );
    child.once('close', (code) => {
      if (code === 0) resolve();
      else
        reject(new BackupToolFailed(task, complaint.trim().split('\n')[0] || `it ended with code ${code}`));
    });
  });
  return { input: child.stdin, output: child.stdout, done };
}

/** Packs a folder's content; the file is synced, and readable for its owner only. */
export async function pack(folder: string, file: string): Promise<void> {
  const { input, output, done } = tar(['-cf', '-', '-C', folder, '.'], 'pack the data');
  input.on('error', () => undefined).end();
  await Promise.all([
    done,
    pipeline(output, createZstdCompress(), createWriteStream(file, { mode: FILE_MODE, flags: 'wx' })),
  ]);
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @throws BackupToolFailed, and zlib's errors for a file that is no such backup */
export async function unpack(file: string, folder: string): Promise<void> {
  const { input, done } = tar(['-xpf', '-', '-C', folder], 'unpack the backup');
  const fed = pipeline(createReadStream(file), createZstdDecompress(), input);
  const [unpacked, read] = await Promise.allSettled([done, fed]);
  // What is wrong with the file says more than what tar makes of its end.
  if (read.status === 'rejected' && (read.reason as NodeJS.ErrnoException).code !== 'EPIPE')
    throw read.reason;
  if (unpacked.status === 'rejected') throw unpacked.reason;
}
