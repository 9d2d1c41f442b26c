/** `vpcsim run FILE`: one run, a report for people or the result as JSON, and files of both when asked for. */
import { ParameterValues } from '../base/parameters.ts';
import { type CaptureOptions, MAX_SNAP_BYTES } from '../capture/capture.ts';
import type { RunResult } from '../measure/result.ts';
import type { Network } from '../network/network.ts';
import type { NetworkObserver } from '../network/observer.ts';
import { formatReport, formatSpeed } from '../report/text.ts';
import { listParts } from '../scenario/parts.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { SimulateOptions } from '../simulate.ts';
import { VERSION } from '../version.ts';
import { print, printError, wantsColour } from './console.ts';
import { drive, Interrupt } from './drive.ts';
import { EXIT, type ExitCode, exitOfVerdict } from './exit-codes.ts';
import { loadScenario } from './files.ts';
import { chooseInterfaces, interfaceNames } from './interfaces.ts';
import { RunOutput } from './run-output.ts';
import { tracer } from './trace.ts';

export interface RunOptions {
  readonly seed?: string;
  readonly json?: boolean;
  readonly trace?: boolean;
  readonly out?: string;
  readonly pcap?: readonly string[];
  readonly snaplen?: string;
}

export async function runCommand(file: string, options: RunOptions): Promise<ExitCode> {
  const loaded = loadScenario(file);
  if (!loaded.ok) return refuse(loaded.problems);
  const { scenario } = loaded;
  const opened = openOutput(scenario, options);
  if (!opened.ok) return refuse(opened.problems);
  // The report has a section for them.
  if (options.json) for (const warning of loaded.warnings) printError(warning);
  if (scenario.replications > 1) {
    printError(`one run of ${scenario.replications} replications; vpcsim test ${file} judges them all`);
  }
  return runTo(scenario, options, opened.output);
}

function refuse(problems: readonly string[]): ExitCode {
  for (const problem of problems) printError(problem);
  return EXIT.usage;
}

async function runTo(scenario: Scenario, options: RunOptions, output: RunOutput | null): Promise<ExitCode> {
  const interrupt = new Interrupt();
  const stop = {
    get isRequested(): boolean {
      return interrupt.isRequested || (output?.problem ?? null) !== null;
    },
  };
  let result: RunResult | null = null;
  try {
    result = await drive(scenario, simulateOptions(options, output), stop);
  } finally {
    interrupt.release();
    output?.finish(result);
  }
  printResult(result, scenario, options);
  if (output !== null) printError(output.problem ?? output.describe());
  if ((output?.problem ?? null) !== null) return EXIT.usage;
  return interrupt.isRequested ? EXIT.interrupted : exitOfVerdict(result.verdict);
}

function simulateOptions({ seed, trace, json }: RunOptions, output: RunOutput | null): SimulateOptions {
  const makeObserver = (network: Network): NetworkObserver[] => {
    // Standard output belongs to the result alone when it is for machines.
    const observers = trace ? [tracer(json ? printError : print)(network)] : [];
    const capture = output?.observe(network) ?? null;
    return capture === null ? observers : [...observers, capture];
  };
  return { ...(seed === undefined ? {} : { seed }), makeObserver };
}

function printResult(result: RunResult, scenario: Scenario, options: RunOptions): void {
  if (options.json) print(JSON.stringify(result, null, 2));
  else {
    print(formatReport(result, scenario, { colour: wantsColour() }));
    printError(formatSpeed(result));
  }
}

type Opened =
  | { readonly ok: true; readonly output: RunOutput | null }
  | { readonly ok: false; readonly problems: readonly string[] };

/** The files of the run, or what is wrong with the options that ask for them. */
function openOutput(scenario: Scenario, options: RunOptions): Opened {
  const capture = readCapture(scenario, options);
  if (capture !== null && 'problems' in capture) return { ok: false, problems: capture.problems };
  if (options.out === undefined) return { ok: true, output: null };
  const output = RunOutput.open(options.out, capture);
  return 'problem' in output && !(output instanceof RunOutput)
    ? { ok: false, problems: [output.problem] }
    : { ok: true, output: output as RunOutput };
}

function readCapture(
  scenario: Scenario,
  { out, pcap, snaplen }: RunOptions,
): CaptureOptions | { readonly problems: readonly string[] } | null {
  const problems: string[] = [];
  if (pcap === undefined && snaplen !== undefined)
    problems.push('error[bad-option]: --snaplen is about captures; name interfaces with --pcap');
  if (pcap !== undefined && out === undefined)
    problems.push('error[bad-option]: --pcap needs a folder to write into; name one with --out DIR');
  const snapBytes = readSnapBytes(snaplen);
  if (snapBytes === null)
    problems.push(
      `error[bad-option]: --snaplen '${snaplen}' is no whole number of bytes from 1 to ${MAX_SNAP_BYTES}`,
    );
  const { links } = listParts(scenario, new ParameterValues(scenario.assume));
  const chosen = chooseInterfaces(pcap ?? [], interfaceNames(links));
  if (!chosen.ok) problems.push(...chosen.problems);
  if (problems.length > 0 || !chosen.ok || snapBytes === null) return { problems };
  return pcap === undefined ? null : { ifaces: chosen.names, snapBytes, application: `vpcsim ${VERSION}` };
}

function readSnapBytes(text: string | undefined): number | null {
  if (text === undefined) return MAX_SNAP_BYTES;
  const bytes = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return bytes >= 1 && bytes <= MAX_SNAP_BYTES ? bytes : null;
}
