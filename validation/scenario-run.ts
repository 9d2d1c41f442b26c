/** Runs a scenario given as text, as its users do. */
import type { RunResult } from '../src/measure/result.ts';
import { formatDiagnostic, parseScenario } from '../src/scenario/parse.ts';
import { type SimulateOptions, simulate } from '../src/simulate.ts';

export function runScenario(text: string, options: SimulateOptions = {}): RunResult {
  const parsed = parseScenario(text, { file: 'validation.yaml' });
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(formatDiagnostic).join('\n'));
  return simulate(parsed.scenario, options);
}
