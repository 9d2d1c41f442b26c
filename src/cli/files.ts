/** Reads what the user named. Problems are sentences, never stack traces. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { formatDiagnostic, parseScenario } from '../scenario/parse.ts';
import type { Scenario } from '../scenario/scenario.ts';

/** Larger files are refused before they are read. */
const MAX_BYTES = 4 * 1024 * 1024;

export type Loaded =
  | { readonly ok: true; readonly scenario: Scenario; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** The checked scenario of a file, or everything that is wrong with it. */
export function loadScenario(file: string): Loaded {
  const read = readText(file);
  if (!read.ok) return { ok: false, problems: [read.problem] };
  const parsed = parseScenario(read.text, { file });
  if (!parsed.ok) return { ok: false, problems: parsed.diagnostics.map(formatDiagnostic) };
  return { ok: true, scenario: parsed.scenario, warnings: parsed.warnings.map(formatDiagnostic) };
}

type TextRead =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string };

function readText(file: string): TextRead {
  const refuse = (code: string, sentence: string): TextRead => ({
    ok: false,
    problem: `${file}: error[${code}]: ${sentence}`,
  });
  try {
    const { size } = statSync(file);
    if (statSync(file).isDirectory())
      return refuse('is-directory', 'this is a folder; name a scenario file in it');
    if (size > MAX_BYTES) return refuse('file-too-large', `${size} bytes; a scenario has at most 4 MiB`);
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)) };
  } catch (error) {
    if (error instanceof TypeError) return refuse('binary-file', 'this is not UTF-8 text');
    return refuse('unreadable-file', reasonOf(error));
  }
}

/** The operating system's reason in words. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  const words: Record<string, string> = {
    ENOENT: 'there is no such file',
    EACCES: 'permission to read it is missing',
    EISDIR: 'this is a folder',
    ENOTDIR: 'part of its path is no folder',
    EEXIST: 'it exists already',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
  };
  return (code !== undefined ? words[code] : undefined) ?? message ?? String(error);
}

/** Files as named, folders as every `*.yaml` in them and below, sorted. Null: nothing of that name. */
export function scenarioFiles(path: string): string[] | null {
  try {
    if (!statSync(path).isDirectory()) return [path];
  } catch {
    return null;
  }
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => join(path, name));
}
