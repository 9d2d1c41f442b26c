/**
 * vpcsim as a library.
 *
 *   const parsed = parseScenario(text, { file: 'shop.yaml' });
 *   if (!parsed.ok) throw new Error(parsed.diagnostics.map(formatDiagnostic).join('\n'));
 *   const result = simulate(parsed.scenario);
 *
 * `parseScenario` never throws: it returns a checked scenario or everything that is wrong with the text. `simulate`
 * throws only a `SimulationBug`. Times in results are ns from 0 s; docs/RESULTS.md defines every measure.
 */
export type {
  DeviceResult,
  EventResult,
  ExpectationResult,
  FlowResult,
  HopResult,
  LatencySummary,
  RunResult,
  ScopeResult,
  StateChange,
  Verdict,
} from './measure/result.ts';
export { formatReport } from './report/text.ts';
export { type Diagnostic, formatDiagnostic, type ParseResult, parseScenario } from './scenario/parse.ts';
export type { Scenario } from './scenario/scenario.ts';
export { exportJsonSchema } from './scenario/schema.ts';
export { type SimulateOptions, Simulation, SimulationBug, simulate } from './simulate.ts';
export { VERSION } from './version.ts';
