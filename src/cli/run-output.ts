/**
 * `--out DIR`: the files of a run. All are created before the run starts, so that what cannot be written is known at
 * once. When the disk fills up later the capture is cut after its last whole block, the run stops, and `problem` says
 * why.
 */
import {
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Capture, type CaptureOptions } from '../capture/capture.ts';
import type { RunResult } from '../measure/result.ts';
import type { Network } from '../network/network.ts';
import { formatPlural } from '../report/table.ts';
import { whyUnwritable } from './reason.ts';

export class RunOutput {
  /** What went wrong with a file; null while all is well. */
  problem: string | null = null;
  private readonly result: OutputFile;
  private readonly captureFile: OutputFile | null;
  private readonly captureOptions: CaptureOptions | null;
  private capture: Capture | null = null;

  private constructor(result: OutputFile, captureFile: OutputFile | null, options: CaptureOptions | null) {
    this.result = result;
    this.captureFile = captureFile;
    this.captureOptions = options;
  }

  /** Creates folder and files, or says in a sentence why not. */
  static open(folder: string, capture: CaptureOptions | null): RunOutput | { readonly problem: string } {
    let path = folder;
    try {
      makeFolder(folder);
      path = join(folder, 'result.json');
      const result = new OutputFile(path);
      if (capture === null) return new RunOutput(result, null, null);
      path = join(folder, 'capture.pcapng');
      return new RunOutput(result, new OutputFile(path), capture);
    } catch (error) {
      return { problem: unwritable(path, error) };
    }
  }

  /** The observer that captures, for a run with captures. */
  observe(network: Network): Capture | null {
    const { captureFile, captureOptions } = this;
    if (captureFile === null || captureOptions === null) return null;
    this.capture = new Capture(network, captureOptions, (bytes) => this.write(captureFile, bytes));
    return this.capture;
  }

  /** Writes the result and closes everything; null when the run came to none. */
  finish(result: RunResult | null): void {
    this.capture?.flush();
    if (result !== null) this.write(this.result, Buffer.from(`${JSON.stringify(result, null, 2)}\n`));
    this.result.close();
    this.captureFile?.close();
  }

  /** What was written, in words. */
  describe(): string {
    if (this.captureFile === null || this.capture === null) return `wrote ${this.result.path}`;
    const frames = formatPlural(this.capture.frameCount, 'frame');
    return `wrote ${this.result.path} and ${this.captureFile.path} (${frames})`;
  }

  private write(file: OutputFile, bytes: Uint8Array): void {
    if (file.isBroken) return;
    try {
      file.write(bytes);
    } catch (error) {
      this.problem ??= unwritable(file.path, error);
    }
  }
}

/** A file that grows by whole pieces. */
class OutputFile {
  readonly path: string;
  isBroken = false;
  private readonly descriptor: number;
  private writtenBytes = 0;

  constructor(path: string) {
    this.path = path;
    letGo(path);
    this.descriptor = openSync(path, 'w');
  }

  /** Writes all of it, or leaves the file as it was and throws. */
  write(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.descriptor, bytes, at);
      this.writtenBytes += bytes.length;
    } catch (error) {
      this.isBroken = true;
      this.cut();
      throw error;
    }
  }

  /** A device or a pipe cannot be cut, and need not be. */
  private cut(): void {
    try {
      ftruncateSync(this.descriptor, this.writtenBytes);
    } catch {}
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** Folder by folder, since `recursive` never returns where the system refuses with ENOENT, as in /proc. */
function makeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another run may have made it meanwhile.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** The file of another run, which may still be writing it, is not written into but replaced. */
function letGo(path: string): void {
  try {
    if (lstatSync(path).isFile()) unlinkSync(path);
  } catch {}
}

function unwritable(path: string, error: unknown): string {
  return `${path}: error[unwritable-output]: ${whyUnwritable(error)}`;
}
