/** `vpcsim run FILE`: one run, a report for people or the result as JSON. */
import { formatReport, formatSpeed } from '../report/text.ts';
import type { SimulateOptions } from '../simulate.ts';
import { print, printError, wantsColour } from './console.ts';
import { drive, Interrupt } from './drive.ts';
import { EXIT, type ExitCode, exitOfVerdict } from './exit-codes.ts';
import { loadScenario } from './files.ts';
import { tracer } from './trace.ts';

export interface RunOptions {
  readonly seed?: string;
  readonly json?: boolean;
  readonly trace?: boolean;
}

export async function runCommand(file: string, options: RunOptions): Promise<ExitCode> {
  const loaded = loadScenario(file);
  if (!loaded.ok) {
    for (const problem of loaded.problems) printError(problem);
    return EXIT.usage;
  }
  // The report has a section for them.
  if (options.json) for (const warning of loaded.warnings) printError(warning);
  const { scenario } = loaded;
  if (scenario.replications > 1) {
    printError(`one run of ${scenario.replications} replications; vpcsim test ${file} judges them all`);
  }
  // Standard output belongs to the result alone when it is for machines.
  const simulateOptions: SimulateOptions = {
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.trace ? { makeObserver: tracer(options.json ? printError : print) } : {}),
  };
  const interrupt = new Interrupt();
  const result = await drive(scenario, simulateOptions, interrupt);
  interrupt.release();
  if (options.json) print(JSON.stringify(result, null, 2));
  else {
    print(formatReport(result, scenario, { colour: wantsColour() }));
    printError(formatSpeed(result));
  }
  return interrupt.isRequested ? EXIT.interrupted : exitOfVerdict(result.verdict);
}
