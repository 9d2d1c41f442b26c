/**
 * Fills `bench/node_modules` from `bench/package-lock.json` when it is missing or made from another lock or another
 * Node. Nobody's `npm ci` does this: some of it is native, and who only simulates needs none of it.
 *
 * Scripts of packages do not run, but for the one native build. A file written last says what was installed, so what
 * was interrupted is done again. Failure is a sentence, never the end: every bench runs without alternatives.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BENCH_FOLDER } from './packages.ts';

/** Built by node-gyp, which needs a C++ compiler, make, Python and Node's headers. */
const NATIVE = 'arkime-iptrie';
/** Without a network npm tries for minutes. */
const PATIENCE_MS = 240_000;

export function installAlternatives(tell: (sentence: string) => void): void {
  const done = join(BENCH_FOLDER, 'node_modules', '.installed');
  // A native module fits one version of Node's binary interface.
  const wanted = `${process.versions.modules}\n${readFileSync(join(BENCH_FOLDER, 'package-lock.json'), 'utf8')}`;
  if (existsSync(done) && readFileSync(done, 'utf8') === wanted) return;
  tell('Installing what the benches measure against into bench/node_modules, once.');
  const failure = npm('ci', '--ignore-scripts');
  if (failure !== null) {
    tell(`That failed (${failure}), so the benches run without; the next run tries again.`);
    return;
  }
  const unbuilt = npm('rebuild', NATIVE);
  if (unbuilt !== null) {
    tell(
      `${NATIVE} did not build (${unbuilt}); it needs g++, make, python3 and Node's headers. Remove bench/node_modules to try again.`,
    );
  }
  writeFileSync(done, wanted);
}

/** Null when it went well, otherwise why not. */
function npm(...args: string[]): string | null {
  const { status, signal, error, stderr } = spawnSync(
    'npm',
    [...args, '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: BENCH_FOLDER,
      // Under `npm run`, npm tells its children in which project they are: the wrong one.
      env: Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !/^npm_config_local_prefix$/i.test(name)),
      ),
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: PATIENCE_MS,
      shell: process.platform === 'win32',
    },
  );
  if (status === 0) return null;
  if (error !== undefined) return error.message;
  if (signal !== null) return `stopped by ${signal}`;
  return reasonOf(stderr) ?? `npm ended with ${status}`;
}

/** The one telling line among the many that npm and node-gyp write. */
function reasonOf(stderr: string): string | undefined {
  for (const telling of [
    /gyp ERR! stack Error: (.+)/,
    /npm error code (E\w+)/,
    /npm error (?!code|path)(.+)/,
  ]) {
    const match = telling.exec(stderr);
    if (match !== null) return match[1];
  }
  return undefined;
}
