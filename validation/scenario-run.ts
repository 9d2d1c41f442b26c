/** Runs a scenario given as text, as its users do. */
import { present } from '../src/base/assert.ts';
import type { FlowResult, RunResult } from '../src/measure/result.ts';
import { formatDiagnostic, parseScenario } from '../src/scenario/parse.ts';
import { type SimulateOptions, simulate } from '../src/simulate.ts';

export function runScenario(text: string, options: SimulateOptions = {}): RunResult {
  const parsed = parseScenario(text, { file: 'validation.yaml' });
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(formatDiagnostic).join('\n'));
  return simulate(parsed.scenario, options);
}

/** What became of the scenario's only flow in one of its replications. */
export function runFlow(text: string, replication: number): FlowResult {
  const [flow] = Object.values(runScenario(text, { replication }).flows);
  return present(flow, 'the scenario has a flow');
}
