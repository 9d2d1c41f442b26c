/**
 * The pipeline on one page:
 *
 *   scenario text -> Scenario -> Network -> RunResult -> report
 *      parseScenario    buildNetwork    advance      formatReport
 *
 * One of the two readers of the wall clock: for `wallMs` alone.
 */
import { assert } from './base/assert.ts';
import { ParameterValues } from './base/parameters.ts';
import { RandomStreams } from './base/random.ts';
import { TCP_PROFILES } from './base/tcp-profiles.ts';
import { formatDuration, SECOND_NS } from './base/units.ts';
import { type BuiltNetwork, buildNetwork } from './build/build.ts';
import { modelWarnings } from './build/warnings.ts';
import { CalendarQueue } from './engine/calendar-queue.ts';
import { Engine } from './engine/engine.ts';
import { HeapQueue } from './engine/heap-queue.ts';
import { holdsOn, isScoped, judge, overallVerdict } from './judge/judge.ts';
import { RESULT_VERSION, type RunResult } from './measure/result.ts';
import type { Network } from './network/network.ts';
import type { NetworkObserver } from './network/observer.ts';
import type { Scenario } from './scenario/scenario.ts';
import { VERSION } from './version.ts';

export interface SimulateOptions {
  /** Overrides the scenario's seed. */
  readonly seed?: string;
  /** 0 unless the scenario is run several times. */
  readonly replication?: number;
  /** Both give the same fingerprint; `heap` is the plain reference. */
  readonly eventQueue?: 'calendar' | 'heap';
  /** Told of every verdict; `makeObserver` is given the network to read names from, and answers one or several. */
  readonly makeObserver?: (network: Network) => NetworkObserver | readonly NetworkObserver[];
}

/** A bug of vpcsim itself, with what is needed to repeat it. */
export class SimulationBug extends Error {}

/** 0 s lies on this grid of the engine's clock, so that it does not follow from any prober's phase. */
const ZERO_GRID_NS = 10 * SECOND_NS;
/** Events per slice while the caller does not look at the clock. */
const WHOLE_RUN = Number.MAX_SAFE_INTEGER;

/** One run, advanced in slices so that the caller can answer signals and draw progress. */
export class Simulation {
  readonly scenario: Scenario;
  private readonly seed: string;
  private readonly replication: number;
  private readonly values: ParameterValues;
  private readonly engine: Engine;
  private readonly built: BuiltNetwork;
  private readonly warnings: string[];
  private phase: 'settling' | 'waiting for 0 s' | 'running' | 'done' = 'settling';
  private endNs = 0;
  private wallMs = 0;

  constructor(scenario: Scenario, options: SimulateOptions = {}) {
    this.scenario = scenario;
    this.seed = options.seed ?? scenario.seed;
    this.replication = options.replication ?? 0;
    this.warnings = [...scenario.warnings];
    this.values = new ParameterValues(scenario.assume, TCP_PROFILES[scenario.tcpProfile]);
    this.engine = new Engine(options.eventQueue === 'heap' ? new HeapQueue() : new CalendarQueue());
    this.built = this.guard(() => this.build(options));
    this.warnings.push(...modelWarnings(scenario));
  }

  private build(options: SimulateOptions): BuiltNetwork {
    const streams = new RandomStreams(this.seed, this.replication);
    const lowering = { isScoped, holdsOn };
    const built = buildNetwork(this.scenario, this.values, streams, this.engine, lowering);
    const { network } = built.plant;
    for (const observer of [options.makeObserver?.(network) ?? []].flat()) network.addObserver(observer);
    network.start();
    return built;
  }

  /** Simulated time from 0 s; negative while the control plane still settles. */
  get simulatedNs(): number {
    const zeroNs = this.built?.plant.network.zeroNs ?? Number.NaN;
    return Number.isNaN(zeroNs) ? this.engine.nowNs - this.scenario.settleNs : this.engine.nowNs - zeroNs;
  }

  /** Handles up to `budget` events; true when the run has reached its end. */
  advance(budget: number): boolean {
    const startedMs = performance.now();
    this.guard(() => this.advancePhases(budget));
    this.wallMs += performance.now() - startedMs;
    return this.phase === 'done';
  }

  private advancePhases(budget: number): void {
    let left = budget;
    while (left > 0 && this.phase !== 'done') {
      const before = this.engine.eventsProcessed;
      const end = this.engine.run(this.phaseEndNs(), left);
      left -= this.engine.eventsProcessed - before;
      const isSettled = this.phase === 'settling' && this.built.plant.network.isSettled;
      if (end === 'time' || isSettled) this.nextPhase();
    }
  }

  private phaseEndNs(): number {
    const { settleNs, durationNs } = this.scenario;
    switch (this.phase) {
      case 'settling':
        return this.built.plant.network.isSettled ? this.engine.nowNs : settleNs;
      case 'waiting for 0 s':
        return this.endNs;
      default:
        return this.built.plant.network.zeroNs + durationNs;
    }
  }

  private nextPhase(): void {
    const { network } = this.built.plant;
    if (this.phase === 'settling') {
      if (!network.isSettled) this.warnUnsettled();
      this.endNs = Math.min(
        this.scenario.settleNs,
        Math.ceil(this.engine.nowNs / ZERO_GRID_NS) * ZERO_GRID_NS,
      );
      this.phase = 'waiting for 0 s';
    } else if (this.phase === 'waiting for 0 s') {
      this.phase = 'running';
      this.built.begin();
    } else {
      this.phase = 'done';
    }
  }

  private warnUnsettled(): void {
    const { settleNs } = this.scenario;
    const late = [...this.built.plant.network.states]
      .filter(([, state]) => state === 'checking')
      .map(([name]) => name);
    const what = late.length === 0 ? 'part of the control plane' : late.join(', ');
    this.warnings.push(`not up within settle (${formatDuration(settleNs)}): ${what}`);
  }

  /** The result of what has been simulated; ends the run. */
  finish(): RunResult {
    return this.guard(() => this.collect());
  }

  private collect(): RunResult {
    const { scenario, built, engine } = this;
    const { plant, recorder } = built;
    const { network, parts } = plant;
    const complete = this.phase === 'done';
    if (Number.isNaN(network.zeroNs)) network.startMeasuring();
    const simulatedNs = engine.nowNs - network.zeroNs;
    recorder.finish(simulatedNs);
    const packets = network.describePackets();
    this.assertConserved(packets);
    const measured = {
      resultVersion: RESULT_VERSION,
      vpcsim: VERSION,
      scenario: scenario.file,
      scenarioSha256: scenario.sha256,
      title: scenario.title,
      seed: this.seed,
      replication: this.replication,
      verdict: 'none' as const,
      complete,
      simulatedNs,
      eventsProcessed: engine.eventsProcessed,
      wallMs: Math.round(this.wallMs * 1000) / 1000,
      fingerprint: network.fingerprint.toString(),
      packets,
      flows: recorder.flowResults(),
      events: recorder.eventResults(),
      devices: Object.fromEntries(network.deviceNames.map((name) => [name, network.describeDevice(name)])),
      stateChanges: recorder.stateChanges,
      convergence: [],
      hops: built.hops(),
      series: recorder.seriesResult(),
      topology: {
        nodes: parts.devices.map(({ name, kind, zone, region }) => ({ name, kind, zone, region })),
        links: parts.links.map(({ name, a, b }) => ({ name, a, b, ...network.describeLink(name) })),
      },
      cost: built.account(),
      parameters: this.values.describe(),
      warnings: this.warnings,
      scopes: recorder.scopeResults(),
      expectations: [],
    };
    return judged(measured, scenario);
  }

  private assertConserved(packets: RunResult['packets']): void {
    const { created, delivered, consumed, dropped, inFlight } = packets;
    const ended = delivered + consumed + dropped + inFlight;
    assert(created === ended, `packets are not conserved: ${JSON.stringify(packets)}`);
  }

  /** Whatever fails in here is a bug of ours, told with what is needed to repeat it. */
  private guard<T>(step: () => T): T {
    try {
      return step();
    } catch (error) {
      throw this.describeBug(error);
    }
  }

  private describeBug(error: unknown): SimulationBug {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    const at = `at ${formatDuration(this.simulatedNs)}, event ${this.engine.eventsProcessed}`;
    const run = `scenario ${this.scenario.file}, seed ${this.seed}, replication ${this.replication}`;
    const bug = new SimulationBug(`${message}\n  ${run}, ${at}, vpcsim ${VERSION}`);
    if (stack !== undefined) bug.stack = `${bug.message}\n${stack}`;
    return bug;
  }
}

/** The result with the verdicts of the scenario's expectations on this one run. */
function judged(result: RunResult, scenario: Scenario): RunResult {
  const expectations = judge(scenario.expectations, [result]);
  return { ...result, expectations, verdict: overallVerdict(expectations) };
}

/**
 * Runs a scenario from start to end.
 *
 * @returns the result, times in ns from 0 s; a function of scenario, seed and version but for `wallMs`
 * @throws SimulationBug when vpcsim itself is wrong; never because of the scenario, which has been checked
 */
export function simulate(scenario: Scenario, options: SimulateOptions = {}): RunResult {
  const simulation = new Simulation(scenario, options);
  simulation.advance(WHOLE_RUN);
  return simulation.finish();
}
