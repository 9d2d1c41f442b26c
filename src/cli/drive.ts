/**
 * Drives a simulation in slices of about 50 ms, so that Ctrl-C is heard and progress shows on a terminal. The first
 * Ctrl-C ends the run with what was simulated so far; a second one ends the process at once.
 */
import { formatDuration } from '../base/units.ts';
import type { RunResult } from '../measure/result.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { type SimulateOptions, Simulation } from '../simulate.ts';

const SLICE_MS = 50;
const FIRST_BUDGET = 5_000;

/** Remembers that the user wants to stop. */
export class Interrupt {
  isRequested = false;
  private readonly listener = (): void => {
    if (this.isRequested) process.exit(130);
    this.isRequested = true;
  };

  constructor() {
    process.on('SIGINT', this.listener);
    process.on('SIGTERM', this.listener);
  }

  release(): void {
    process.off('SIGINT', this.listener);
    process.off('SIGTERM', this.listener);
  }
}

/** Runs to the end, or until `stop` is requested. */
export async function drive(
  scenario: Scenario,
  options: SimulateOptions,
  stop: { readonly isRequested: boolean },
): Promise<RunResult> {
  const simulation = new Simulation(scenario, options);
  let budget = FIRST_BUDGET;
  let isDone = false;
  while (!isDone && !stop.isRequested) {
    const startedMs = performance.now();
    isDone = simulation.advance(budget);
    const spentMs = performance.now() - startedMs;
    budget = Math.max(1_000, Math.round(budget * Math.min(4, SLICE_MS / Math.max(spentMs, 1))));
    showProgress(scenario, simulation.simulatedNs);
    await new Promise<void>((resume) => setImmediate(resume));
  }
  clearProgress();
  return simulation.finish();
}

function showProgress({ title, durationNs }: Scenario, simulatedNs: number): void {
  if (!process.stderr.isTTY) return;
  const share = Math.max(0, simulatedNs) / durationNs;
  const at =
    simulatedNs < 0 ? 'settling' : `${formatDuration(simulatedNs, 3)} of ${formatDuration(durationNs)}`;
  process.stderr.write(
    `\r\u001b[K${String(Math.floor(share * 100)).padStart(3)}%  ${at}  ${title.slice(0, 50)}`,
  );
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}
