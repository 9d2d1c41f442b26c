/** Reads what the user named. Problems are sentences, never stack traces. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { formatDiagnostic, parseScenario, type ReadFile } from '../scenario/parse.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { whyUnreadable } from './reason.ts';

/** Larger files are refused before they are read. */
const MAX_BYTES = 4 * 1024 * 1024;

export type Loaded =
  | { readonly ok: true; readonly scenario: Scenario; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** The checked scenario of a file, or everything that is wrong with it. */
export function loadScenario(file: string): Loaded {
  const read = readText(file, SCENARIO);
  if (!read.ok) return { ok: false, problems: [read.problem] };
  const readFile: ReadFile = (path) => {
    const data = readText(isAbsolute(path) ? path : join(dirname(file), path), DATA);
    return data.ok ? { text: data.text } : { problem: data.sentence };
  };
  const parsed = parseScenario(read.text, { file, readFile });
  if (!parsed.ok) return { ok: false, problems: parsed.diagnostics.map(formatDiagnostic) };
  return { ok: true, scenario: parsed.scenario, warnings: parsed.warnings.map(formatDiagnostic) };
}

/** What is said of a file that cannot be what it was named as. */
interface Wording {
  readonly folder: string;
  readonly size: string;
  readonly binary: string;
}

const SCENARIO: Wording = {
  folder: 'this is a folder; name a scenario file in it',
  size: 'a scenario has at most 4 MiB, and ranges such as web-1..500 keep it short',
  binary: 'this is no text; a scenario is a YAML file, saved as UTF-8',
};

const DATA: Wording = {
  folder: 'this is a folder; name a file in it',
  size: 'a file of measured values has at most 4 MiB',
  binary: 'this is no text; save it as UTF-8, a time and a value a line',
};

type TextRead =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string; readonly sentence: string };

function readText(file: string, wording: Wording): TextRead {
  const refuse = (code: string, sentence: string): TextRead => ({
    ok: false,
    problem: `${file}: error[${code}]: ${sentence}`,
    sentence,
  });
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) return refuse('is-directory', wording.folder);
    // A scenario may come through a pipe; devices never end, and a pipe among data waits for nobody knows whom.
    if (!stats.isFile() && !(stats.isFIFO() && wording === SCENARIO))
      return refuse('unreadable-file', 'this is no regular file');
    if (stats.size > MAX_BYTES) return refuse('file-too-large', `${stats.size} bytes; ${wording.size}`);
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)) };
  } catch (error) {
    if (error instanceof TypeError) return refuse('binary-file', wording.binary);
    return refuse('unreadable-file', whyUnreadable(error));
  }
}

export type FilesFound =
  | { readonly ok: true; readonly files: readonly string[] }
  | { readonly ok: false; readonly problem: string };

/** Files as named, folders as every `*.yaml` in them and below, sorted. */
export function scenarioFiles(path: string): FilesFound {
  const refuse = (sentence: string): FilesFound => ({
    ok: false,
    problem: `${path}: error[unreadable-file]: ${sentence}`,
  });
  try {
    if (!statSync(path).isDirectory()) return { ok: true, files: [path] };
    const files = readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.name.endsWith('.yaml') && !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    return files.length > 0 ? { ok: true, files } : refuse('there is no *.yaml file in this folder or below');
  } catch (error) {
    return refuse(whyUnreadable(error));
  }
}
