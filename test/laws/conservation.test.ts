/**
 * Goal: nothing is lost from the books, whatever happens. Method: random scenarios with random faults and traffic; the
 * seed of a failing one is printed with its text.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { present } from '../../src/base/assert.ts';
import type { RunResult } from '../../src/measure/result.ts';
import { DROP_REASONS } from '../../src/network/drop-reason.ts';
import { simulate } from '../../src/simulate.ts';
import { FAILURES } from '../../src/traffic/ledger.ts';
import { randomScenario } from '../support/random-scenarios.ts';
import { scenarioOf } from '../support/scenario-texts.ts';

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, n) => sum + n, 0);

/** What flows, devices and series say of the same segments and bytes. */
function checkTcpBooks(
  flows: RunResult['flows'],
  devices: RunResult['devices'],
  { stepNs, flows: series }: RunResult['series'],
  simulatedNs: number,
): void {
  const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0);
  let retransmitted = 0;
  for (const [name, { tcp, goodputBps }] of Object.entries(flows)) {
    const steps = present(series[name], `the flow ${name} has a series`);
    const bits = steps.goodputBps.map((bps, i) => (bps * Math.min(stepNs, simulatedNs - i * stepNs)) / 1e9);
    // Every step is rounded to a bit per second.
    expect(Math.abs(sum(bits) - ((goodputBps ?? 0) * simulatedNs) / 1e9)).toBeLessThanOrEqual(bits.length);
    if (tcp === null) continue;
    const { in: inward, out } = tcp.byDirection;
    expect(tcp.segments).toBe(inward.segments + out.segments);
    expect(tcp.retransmitted).toBe(inward.retransmitted + out.retransmitted);
    expect(inward.retransmitted).toBeLessThanOrEqual(inward.segments);
    expect(out.retransmitted).toBeLessThanOrEqual(out.segments);
    expect(sum(steps.retransmitted)).toBe(tcp.retransmitted);
    retransmitted += tcp.retransmitted;
  }
  // The rest answered health probes.
  const byDevices = sum(Object.values(devices).map((device) => device.retransmitted));
  expect(byDevices).toBeGreaterThanOrEqual(retransmitted);
}

function checkBooks({ packets, flows, devices, events, stateChanges, simulatedNs, series }: RunResult): void {
  expect(packets.created).toBe(packets.delivered + packets.consumed + packets.dropped + packets.inFlight);
  expect(packets.dropped).toBe(total(packets.droppedByReason));
  for (const reason of Object.keys(packets.droppedByReason)) expect(DROP_REASONS).toContain(reason);

  const sums = { delivered: 0, consumed: 0, dropped: 0 };
  for (const device of Object.values(devices)) {
    expect(device.dropped).toBe(total(device.droppedByReason));
    sums.delivered += device.delivered;
    sums.consumed += device.consumed;
    sums.dropped += device.dropped;
  }
  expect(sums.delivered).toBe(packets.delivered);
  expect(sums.consumed).toBe(packets.consumed);
  // The rest was dropped by links.
  expect(sums.dropped).toBeLessThanOrEqual(packets.dropped);

  for (const flow of Object.values(flows)) {
    expect(flow.sent).toBe(flow.delivered + flow.lost + flow.pending);
    expect(flow.lost).toBe(total(flow.lostByReason));
    for (const reason of Object.keys(flow.lostByReason))
      expect([...DROP_REASONS, ...FAILURES]).toContain(reason);
    expect(flow.requests.ok + flow.requests.failed).toBeLessThanOrEqual(flow.sent);
    const { opened, completed, broken, alive, survived } = flow.sessions;
    expect(opened).toBe(completed + broken + alive);
    expect(Math.min(opened, completed, broken, alive, survived)).toBeGreaterThanOrEqual(0);
    expect(opened).toBeLessThanOrEqual(flow.connections.opened);
    expect(survived).toBeLessThanOrEqual(completed + alive);
    for (const { startNs, endNs, lost } of flow.outages) {
      expect(lost).toBeGreaterThanOrEqual(3);
      expect(endNs ?? simulatedNs).toBeGreaterThan(startNs);
    }
    if (flow.latencyNs !== null) expect(flow.latencyNs.min).toBeGreaterThan(0);
  }
  for (const [name, event] of Object.entries(events)) {
    const losses = Object.entries(event.flows);
    for (const [flow, { lost, sessionsBroken }] of losses) {
      expect(lost, `${name} cost ${flow}`).toBeLessThanOrEqual(flows[flow]?.lost ?? 0);
      expect(sessionsBroken).toBeLessThanOrEqual(flows[flow]?.sessions.broken ?? 0);
    }
  }
  checkTcpBooks(flows, devices, series, simulatedNs);
  const times = stateChanges.map(({ atNs }) => atNs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
}

test('packets, units and losses add up in every run', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(randomScenario, (text) => {
      const result = simulate(scenarioOf(text));
      expect(result.complete).toBe(true);
      checkBooks(result);
      for (const reason of Object.keys(result.packets.droppedByReason)) seen.add(reason);
    }),
    { seed: 2_024, numRuns: 30 },
  );
  // The law would hold trivially if nothing ever went wrong.
  for (const reason of ['device-down', 'link-down', 'queue-full', 'random-loss', 'nat-ports-exhausted']) {
    expect(seen).toContain(reason);
  }
});
