/** Hand-made results: a quiet run of one flow and one event, of which tests say what is different. */
import type { EventResult, FlowResult, PacketCounts, RunResult } from '../../src/measure/result.ts';

export const SECOND = 1_000_000_000;

/** 100 units, 10/s, all delivered. */
export function flowResult(changes: Partial<FlowResult> = {}): FlowResult {
  return {
    sent: 100,
    delivered: 100,
    lost: 0,
    pending: 0,
    lostByReason: {},
    strayLost: 0,
    latencyKind: 'response',
    latencyNs: { min: 1e6, p50: 2e6, p90: 3e6, p99: 4e6, p999: 5e6, max: 6e6, mean: 2e6 },
    outages: [],
    impairments: [],
    resolutionNs: SECOND / 10,
    lossDerivedNs: 0,
    connections: {
      opened: 100,
      affected: 0,
      moved: 0,
      outageNs: { p50: 0, p99: 0, max: 0 },
      byDirection: { in: { affected: 0, moved: 0 }, out: { affected: 0, moved: 0 } },
    },
    requests: { ok: 100, failed: 0, byOutcome: { ok: 100 }, retried: 0, retries: 0 },
    sessions: { opened: 0, completed: 0, survived: 0, broken: 0, alive: 0 },
    goodputBps: 8e6,
    tcp: null,
    ...changes,
  };
}

export function eventResult(changes: Partial<EventResult> = {}): EventResult {
  return {
    atNs: SECOND,
    what: 'fail web-1',
    refused: null,
    detectedAfterNs: 2 * SECOND,
    detectedBy: 'health-check',
    switchedAfterNs: 2 * SECOND,
    healedAfterNs: 0,
    flows: {},
    ...changes,
  };
}

export const PACKETS: PacketCounts = {
  created: 1000,
  delivered: 900,
  consumed: 90,
  dropped: 10,
  inFlight: 0,
  droppedByReason: { 'device-down': 10 },
};

export function runResult(changes: Partial<RunResult> = {}): RunResult {
  return {
    resultVersion: 1,
    vpcsim: '0.1.0',
    scenario: 'scenarios/sample.yaml',
    scenarioSha256: 'ab'.repeat(32),
    title: 'A sample',
    seed: '7',
    replication: 0,
    verdict: 'none',
    complete: true,
    simulatedNs: 10 * SECOND,
    eventsProcessed: 12345,
    wallMs: 42,
    fingerprint: '0123456789abcdef',
    packets: PACKETS,
    flows: { browse: flowResult() },
    events: { dies: eventResult() },
    devices: {},
    stateChanges: [],
    convergence: [],
    hops: {},
    series: { stepNs: 0, flows: {} },
    topology: { nodes: [], links: [] },
    cost: [],
    parameters: [],
    warnings: [],
    scopes: [],
    expectations: [],
    ...changes,
  };
}
