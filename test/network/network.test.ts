/**
 * Goal: the network carries verdicts out, counts every packet once and passes blame on. Method: two hosts, observers.
 */
import { describe, expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import { ADDRESS_B, type TwoHosts, twoHosts } from '../support/fixtures.ts';

const MS = MILLISECOND_NS;

/** `count` datagrams from a to a port of b, one a millisecond from now on. */
function sendDatagrams(net: TwoHosts, count: number, port = 53): void {
  for (let i = 0; i < count; i++) {
    net.engine.call(net.engine.nowNs + i * MS, () =>
      net.a.stack.sendDatagram({ ...net.billing(), unit: i }, 4_000, ADDRESS_B, port, 1_000, null),
    );
  }
}

function serving(options: Parameters<typeof twoHosts>[0] = {}): TwoHosts {
  const net = twoHosts(options);
  net.b.stack.serveUdp(53, () => {});
  return net;
}

test('created is delivered, consumed, dropped or in flight at any moment, whatever fails', () => {
  const net = serving({
    latencyNs: 20 * MS,
    rateBps: 6_000_000,
    queueNs: 5 * MS,
    impairment: { loss: 0.1, reorder: 0.2 },
  });
  sendDatagrams(net, 300);
  sendDatagrams(net, 50, 54);
  net.engine.call(100 * MS, () => net.network.layer.fail(net.link.out, 0));
  net.engine.call(130 * MS, () => net.network.layer.restore(net.link.out, 1));
  net.engine.call(150 * MS, () => net.network.setPower(net.idB, false, 2));
  net.engine.call(170 * MS, () => net.network.setPower(net.idB, true, 3));
  let mostInFlight = 0;
  for (let ms = 0; ms <= 600; ms += 7) {
    net.run(ms * MS);
    const { created, delivered, consumed, dropped, inFlight } = net.network.describePackets();
    expect(created).toBe(delivered + consumed + dropped + inFlight);
    mostInFlight = Math.max(mostInFlight, inFlight);
  }
  const { droppedByReason, inFlight } = net.network.describePackets();
  expect(mostInFlight).toBeGreaterThan(5);
  expect(inFlight).toBe(0);
  expect(Object.keys(droppedByReason).sort()).toEqual(
    ['device-down', 'link-down', 'not-listening', 'queue-full', 'random-loss'].sort(),
  );
});

test('counts by device and reason add up to the counts of the whole, links apart', () => {
  const net = serving({ impairment: { corrupt: 0.2 } });
  sendDatagrams(net, 100);
  sendDatagrams(net, 20, 54);
  net.run(SECOND_NS);
  const whole = net.network.describePackets();
  const [a, b] = [net.network.describeDevice('a'), net.network.describeDevice('b')];
  expect(a.delivered + b.delivered).toBe(whole.delivered);
  expect(b.droppedByReason).toEqual({ 'not-listening': whole.droppedByReason['not-listening'] });
  expect(a.dropped + b.dropped + (whole.droppedByReason.corrupt ?? 0)).toBe(whole.dropped);
});

test('counting starts over at 0 s, with what is under way counted as created', () => {
  const net = serving({ latencyNs: 50 * MS });
  sendDatagrams(net, 10);
  net.run(20 * MS);
  net.network.startMeasuring();
  expect(net.network.describePackets()).toMatchObject({ created: 10, delivered: 0, inFlight: 10 });
  net.run(SECOND_NS);
  expect(net.network.describePackets()).toMatchObject({ created: 10, delivered: 10, inFlight: 0 });
});

test('packets of detectors are consumed, those of traffic delivered', () => {
  const net = serving();
  const detector = net.network.flows.add('probe', false);
  net.a.stack.sendDatagram({ ...net.billing(), flow: detector }, 4_000, ADDRESS_B, 53, 100, null);
  sendDatagrams(net, 1);
  net.run(SECOND_NS);
  expect(net.network.describePackets()).toMatchObject({ created: 2, delivered: 1, consumed: 1 });
});

test('the fingerprint knows names and times, not the order in which devices were added', () => {
  const print = (startNs: number, port = 53): string => {
    const net = serving();
    net.run(startNs);
    sendDatagrams(net, 5, port);
    net.run(SECOND_NS);
    return net.network.fingerprint.toString();
  };
  expect(print(0)).toBe(print(0));
  expect(new Set([print(0), print(1), print(0, 54)]).size).toBe(3);
});

describe('power', () => {
  test('off: what reaches the machine, and what it would send, ends as device-down', () => {
    const net = serving();
    net.network.setPower(net.idB, false, 2);
    sendDatagrams(net, 1);
    net.run(10 * MS);
    net.network.setPower(net.idA, false, 3);
    sendDatagrams(net, 1);
    net.run(20 * MS);
    expect(net.drops).toMatchObject([
      { reason: 'device-down', device: net.idB, event: 2, link: NONE },
      { reason: 'device-down', device: net.idA, event: 3, link: NONE },
    ]);
  });

  test('switched to what it is already changes nothing and tells nobody', () => {
    const net = serving();
    net.network.setPower(net.idB, true, 2);
    expect(net.changes).toEqual([]);
    sendDatagrams(net, 1);
    net.run(SECOND_NS);
    expect(net.network.flows.answerOf(0 as never)).toBe(NONE);
  });

  test('back on: what the machine receives carries the event that brought it back', () => {
    const net = serving();
    net.network.setPower(net.idB, false, 2);
    net.network.setPower(net.idB, true, 3);
    sendDatagrams(net, 1);
    net.run(SECOND_NS);
    expect(net.network.flows.answerOf(0 as never)).toBe(3);
  });
});

describe('marks of a flow', () => {
  test('are those of the latest event, by when it happened', () => {
    const { flows } = twoHosts().network;
    const flow = flows.add('probe', false);
    flows.eventHappens(7);
    flows.eventHappens(2);
    flows.markMiss(flow, 2);
    flows.markMiss(flow, 7);
    expect(flows.missOf(flow)).toBe(2);
    flows.clearMarks(flow);
    flows.markMiss(flow, 7);
    expect([flows.missOf(flow), flows.answerOf(flow)]).toEqual([7, NONE]);
  });
});

test('states from before 0 s are told at 0 s, without a cause', () => {
  const net = twoHosts();
  net.network.zeroNs = Number.NaN;
  net.network.change({ kind: 'state', subject: 'x', from: null, to: 'up', cause: null });
  expect(net.changes).toEqual([]);
  net.network.startMeasuring();
  expect(net.changes).toEqual([{ kind: 'state', subject: 'x', from: null, to: 'up', cause: null }]);
});
