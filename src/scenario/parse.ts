/**
 * Text to `Scenario`, or to everything that is wrong with it. Stages: YAML to a tree with positions, variables and
 * ranges, shape, meaning. All of them report into one list; a stage goes on with what the one before left intact, and
 * stays silent about what was reported already.
 *
 * Never throws, whatever the text.
 */
import { createHash } from 'node:crypto';
import { ParameterValues } from '../base/parameters.ts';
import type { Check } from './check.ts';
import { DataFiles, type ReadFile } from './data-files.ts';
import type { Diagnostic } from './diagnostic.ts';
import { Diagnostics } from './diagnostic.ts';
import { expand, RangeBudget } from './expansion.ts';
import { lowerScenario } from './lower.ts';
import { lowerAssume, lowerSettings } from './lower-settings.ts';
import { Names } from './names.ts';
import type { Scenario } from './scenario.ts';
import { checkShape } from './shape.ts';
import type { Tree } from './tree.ts';
import { readYaml } from './yaml-tree.ts';

export type { ReadFile } from './data-files.ts';
export type { Diagnostic } from './diagnostic.ts';
export { formatDiagnostic } from './diagnostic.ts';

export type ParseResult =
  | { readonly ok: true; readonly scenario: Scenario; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export interface ParseOptions {
  /** Name of the scenario file; paths inside it are relative to its folder. */
  readonly file: string;
  /** Reads the data files that the scenario names; without it a scenario that names one is refused. */
  readonly readFile?: ReadFile;
}

export function parseScenario(text: string, options: ParseOptions): ParseResult {
  const { file } = options;
  const diagnostics = new Diagnostics(file, text);
  const tree = readYaml(text, diagnostics);
  const scenario = tree === null ? null : checkTree(tree, options, text, diagnostics);
  const found = diagnostics.list();
  if (scenario === null || diagnostics.hasErrors) return { ok: false, diagnostics: found };
  const warnings = found.map(({ line, message }) => `line ${line}: ${message}`);
  return { ok: true, scenario: { ...scenario, warnings }, warnings: found };
}

/** Null after errors, though errors do not always lead to null. */
function checkTree(
  tree: Tree,
  { file, readFile }: ParseOptions,
  text: string,
  diagnostics: Diagnostics,
): Scenario | null {
  const budget = new RangeBudget(diagnostics);
  const root = expand(tree, diagnostics, budget);
  checkShape(root, diagnostics);
  if (root.kind !== 'map') return null;
  const settings = lowerSettings(root, diagnostics);
  const assume = lowerAssume(root, diagnostics);
  const names = new Names(root, diagnostics);
  const dataFiles = new DataFiles(diagnostics, readFile ?? null);
  const parameters = new ParameterValues(assume);
  const check: Check = { root, diagnostics, names, budget, parameters, dataFiles };
  const resources = lowerScenario(check, settings);
  if (diagnostics.hasErrors || settings.durationNs === undefined) return null;
  const sha256 = dataFiles.addTo(createHash('sha256').update(text)).digest('hex');
  return { file, sha256, ...settings, durationNs: settings.durationNs, assume, ...resources, warnings: [] };
}
