/**
 * The command line as users have it: the sources compiled, each call a process of its own. The build is kept under
 * node_modules/.cache, where dependencies resolve, in a folder named after the sources, so it is made once per change.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

export const PROJECT = join(import.meta.dirname, '..', '..');
const CACHE = join(PROJECT, 'node_modules', '.cache', 'vpcsim-cli');
const HOUR_MS = 3_600_000;

export interface Outcome {
  /** Null when a signal ended the process. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let built: Promise<string> | undefined;

/** The folder that a release calls `dist`. */
export function buildDist(): Promise<string> {
  built ??= buildOnce();
  return built;
}

async function buildOnce(): Promise<string> {
  const folder = join(CACHE, hashSources());
  if (!existsSync(folder)) {
    const staging = join(CACHE, `staging-${randomUUID()}`);
    mkdirSync(staging, { recursive: true });
    writeFileSync(join(staging, 'package.json'), '{ "type": "module" }\n');
    const compiler = join(PROJECT, 'node_modules', 'typescript', 'bin', 'tsc');
    const args = [compiler, '-p', 'tsconfig.build.json', '--outDir', join(staging, 'dist')];
    const { code, stdout } = await runProcess(process.execPath, args, { cwd: PROJECT });
    if (code !== 0) throw new Error(`the sources do not compile:\n${stdout}`);
    // Another worker may have built the same: either will do.
    if (existsSync(folder)) rmSync(staging, { recursive: true });
    else renameSync(staging, folder);
    removeOldBuilds();
  }
  // In use, so not old.
  utimesSync(folder, new Date(), new Date());
  return join(folder, 'dist');
}

function hashSources(): string {
  const hash = createHash('sha256');
  const sources = readdirSync(join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => join('src', name));
  for (const name of [...sources, 'tsconfig.json', 'tsconfig.build.json']) {
    hash.update(`${name}\n`).update(readFileSync(join(PROJECT, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

function removeOldBuilds(): void {
  for (const name of readdirSync(CACHE)) {
    const folder = join(CACHE, name);
    const isOld = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > HOUR_MS;
    if (isOld) rmSync(folder, { recursive: true, force: true });
  }
}

export interface CallOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A module that Node loads ahead of the command, to play the user or the terminal. */
  readonly preload?: string;
  /** Given the process as soon as it was started. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** `vpcsim ARGS...` in a process of its own, standard input closed, both outputs piped. */
export async function runCli(args: readonly string[], options: CallOptions = {}): Promise<Outcome> {
  const main = join(await buildDist(), 'cli', 'main.js');
  const preload = options.preload === undefined ? [] : ['--import', options.preload];
  return runProcess(process.execPath, [...preload, main, ...args], options);
}

export function runProcess(
  command: string,
  args: readonly string[],
  { cwd = PROJECT, env = {}, onStart }: CallOptions = {},
): Promise<Outcome> {
  // Whoever runs the tests may have opinions on colours.
  const { NO_COLOR, FORCE_COLOR, NODE_OPTIONS, ...inherited } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...inherited, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
    onStart?.(child);
  });
}

export interface Folder {
  readonly path: string;
  /** Writes a file, and the folders above it; gives back its full path. */
  write(name: string, content: string | Uint8Array): string;
  read(name: string): string;
}

/** An empty folder that is removed after the tests of this file. */
export function temporaryFolder(): Folder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'vpcsim-')));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    write(name, content) {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    read: (name) => readFileSync(join(path, name), 'utf8'),
  };
}
