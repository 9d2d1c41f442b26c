/** Goal: a node pins, translates and forgets sessions as LVS does. Method: one node between a router and a switch. */
import { describe, expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import { ParameterValues } from '../../src/base/parameters.ts';
import { SECOND_NS } from '../../src/base/units.ts';
import { ClientAffinity } from '../../src/devices/clb-affinity.ts';
import { ClbNode, type ClbServer, type NodeListener } from '../../src/devices/clb-node.ts';
import type { IfaceId } from '../../src/network/ids.ts';
import { ICMP, TCP, UDP } from '../../src/network/packet-table.ts';
import { ECHO_REPLY, ECHO_REQUEST, FRAGMENTATION_NEEDED, PORT_UNREACHABLE } from '../../src/protocols/ip.ts';
import { PLAIN_PROBE } from '../../src/protocols/listener-probe.ts';
import { ACK, FIN, RST, SYN } from '../../src/protocols/tcp-segment.ts';
import { readTcpSettings } from '../../src/protocols/tcp-settings.ts';
import { endOfSameKey } from '../support/shared-key.ts';
import { type Header, Surrounded } from '../support/surrounded.ts';

const ROUTER = 0;
const CLIENT = 0xc6336401;
const SERVICE = 0x0a000164;
const NODE = 0x64400001;
const WEB_1 = 0x0a000101;
const WEB_2 = 0x0a000201;

const values = new ParameterValues();
const SETTINGS = {
  intervalNs: 2 * SECOND_NS,
  timeoutNs: 5 * SECOND_NS,
  unhealthyThreshold: 3,
  healthyThreshold: 3,
};

function makeListener(changes: Partial<NodeListener> = {}): NodeListener {
  return {
    name: 'web',
    protocol: 'tcp',
    frontendPort: 80,
    backendPort: 8080,
    scheduler: 'wrr',
    idleTimeoutNs: 900 * SECOND_NS,
    probe: PLAIN_PROBE,
    checkPort: 8080,
    settings: SETTINGS,
    servers: [],
    event: NONE,
    drains: false,
    drainNs: 300 * SECOND_NS,
    persistenceNs: 0,
    affinity: new ClientAffinity(),
    standby: null,
    ...changes,
  };
}

/** A node with two servers, both in the pool; probers run but nothing of this instant is theirs. */
function node(listener = makeListener()) {
  const bench = new Surrounded(2, (context) => {
    const timeouts = { halfOpenNs: 60 * SECOND_NS, closedNs: 5 * SECOND_NS, refreshNs: 60 * SECOND_NS };
    return new ClbNode(context, {
      serviceAddress: SERVICE,
      nodeAddress: NODE,
      managementAddress: NODE + 1,
      tcp: readTcpSettings(values),
      timeouts,
    });
  });
  const { device, ifaces } = bench;
  device.attach(ifaces[ROUTER] as IfaceId, ifaces[1] as IfaceId);
  device.addListener(listener);
  device.addServer(listener, 'web-1', WEB_1, 100, false);
  device.addServer(listener, 'web-2', WEB_2, 100, false);
  for (const server of listener.servers) device.setInPool(server, true, NONE);
  return { ...bench, bench: bench.start(), listener };
}

const fromClient = (tcpFlags: number, changes: Partial<Header> = {}): Partial<Header> => ({
  srcAddr: CLIENT,
  dstAddr: SERVICE,
  protocol: TCP,
  srcPort: 40_000,
  dstPort: 80,
  tcpFlags,
  ...changes,
});

const fromServer = (server: number, tcpFlags: number, changes: Partial<Header> = {}): Partial<Header> => ({
  srcAddr: server,
  dstAddr: CLIENT,
  protocol: TCP,
  srcPort: 8080,
  dstPort: 40_000,
  tcpFlags,
  outer: [server, NODE],
  ...changes,
});

/** What went to the router, but for probes. */
const taken = (net: ReturnType<typeof node>): Header[] =>
  net.bench.take(ROUTER).filter(({ srcAddr }) => srcAddr !== NODE);

describe('a session', () => {
  test('goes to its server encapsulated, with the client’s address kept, and back through the node', () => {
    const net = node();
    net.bench.send(ROUTER, fromClient(SYN));
    expect(taken(net)).toMatchObject([
      { srcAddr: CLIENT, srcPort: 40_000, dstAddr: WEB_1, dstPort: 8080, outer: [NODE, WEB_1] },
    ]);
    net.bench.send(ROUTER, fromServer(WEB_1, SYN | ACK));
    expect(taken(net)).toMatchObject([
      { srcAddr: SERVICE, srcPort: 80, dstAddr: CLIENT, dstPort: 40_000, outer: null },
    ]);
  });

  test('of a client whose address and port share the key of another’s is one of its own', () => {
    const net = node();
    const other = endOfSameKey(CLIENT, 40_000);
    net.bench.send(ROUTER, fromClient(SYN));
    net.bench.send(ROUTER, fromClient(SYN, { srcAddr: other.address, srcPort: other.port }));
    expect(taken(net).map(({ dstAddr }) => dstAddr)).toEqual([WEB_1, WEB_2]);
    net.bench.send(ROUTER, fromServer(WEB_1, SYN | ACK, { dstAddr: other.address, dstPort: other.port }));
    expect(taken(net)).toEqual([]);
  });

  test('stays with its server, and the next one goes to the next', () => {
    const net = node();
    const to = (srcPort: number, flags: number): number | undefined => {
      net.bench.send(ROUTER, fromClient(flags, { srcPort }));
      return taken(net)[0]?.dstAddr;
    };
    expect([to(1, SYN), to(2, SYN), to(1, ACK), to(2, ACK), to(1, SYN)]).toEqual([
      WEB_1,
      WEB_2,
      WEB_1,
      WEB_2,
      WEB_1,
    ]);
  });

  test('leaves a server that is out of the pool only with a repeated SYN', () => {
    const net = node();
    net.bench.send(ROUTER, fromClient(SYN));
    net.device.setInPool(net.listener.servers[0] as ClbServer, false, 3);
    net.bench.send(ROUTER, fromClient(ACK));
    net.bench.send(ROUTER, fromClient(SYN));
    net.bench.send(ROUTER, fromClient(ACK));
    expect(taken(net).map(({ dstAddr }) => dstAddr)).toEqual([WEB_1, WEB_1, WEB_2, WEB_2]);
  });

  test('that nobody knows is dropped, from either side', () => {
    const net = node();
    net.bench.send(ROUTER, fromClient(ACK));
    net.bench.send(ROUTER, fromServer(WEB_1, ACK));
    expect(net.drops.map(({ reason }) => reason)).toEqual(['no-session', 'no-session']);
  });

  test.each([
    ['half open, after a minute', [], 60],
    ['established, after its idle time-out', [ACK], 900],
    ['reset, after five seconds', [ACK, RST], 5],
  ] as const)('ends when idle: %s', (_name, flags, seconds) => {
    const net = node();
    net.bench.send(ROUTER, fromClient(SYN));
    for (const flag of flags) net.bench.send(ROUTER, fromClient(flag));
    net.bench.run(seconds * SECOND_NS - 1);
    expect(net.device.sessions.count).toBe(1);
    net.bench.run(seconds * SECOND_NS);
    expect(net.device.sessions.count).toBe(0);
  });

  test('ends five seconds after both sides have closed, not after one has', () => {
    const net = node();
    net.bench.send(ROUTER, fromClient(SYN));
    net.bench.send(ROUTER, fromClient(FIN | ACK));
    net.bench.run(6 * SECOND_NS);
    expect(net.device.sessions.count).toBe(1);
    net.bench.send(ROUTER, fromServer(WEB_1, FIN | ACK));
    net.bench.run(11 * SECOND_NS);
    expect(net.device.sessions.count).toBe(0);
  });

  test('is forgotten when the node loses power', () => {
    const net = node();
    net.bench.send(ROUTER, fromClient(SYN));
    net.network.setPower(net.id, false, 0);
    net.network.setPower(net.id, true, 1);
    expect(net.device.gauges()).toEqual({ sessions: 0, replicas: 0 });
    net.bench.send(ROUTER, fromClient(ACK));
    expect(net.drops.map(({ reason }) => reason)).toEqual(['no-session']);
  });
});

test('with no server in the pool a new connection is dropped, blamed on the event that emptied it', () => {
  const net = node();
  net.network.flows.eventHappens(3);
  net.network.flows.eventHappens(4);
  for (const { prober } of net.listener.servers) prober.state = 'down';
  net.device.setInPool(net.listener.servers[0] as ClbServer, false, 4);
  net.device.setInPool(net.listener.servers[1] as ClbServer, false, 3);
  net.bench.send(ROUTER, fromClient(SYN));
  expect(net.drops).toEqual([{ reason: 'no-healthy-backend', event: 4 }]);
});

test('a node that came back and has no verdicts yet drops new connections for the sake of its restart', () => {
  const net = node();
  net.network.setPower(net.id, false, 3);
  net.network.setPower(net.id, true, 4);
  net.bench.send(ROUTER, fromClient(SYN));
  expect(net.drops).toEqual([{ reason: 'no-healthy-backend', event: 4 }]);
});

test('a port without a listener, or of the other protocol, is not listening', () => {
  const net = node();
  net.bench.send(ROUTER, fromClient(SYN, { dstPort: 81 }));
  net.bench.send(ROUTER, fromClient(0, { protocol: UDP }));
  expect(net.drops.map(({ reason }) => reason)).toEqual(['not-listening', 'not-listening']);
});

test('answers pings once it has a listener, not before', () => {
  const net = node();
  const ping = { protocol: ICMP, dstPort: ECHO_REQUEST };
  net.bench.send(ROUTER, fromClient(0, ping));
  expect(taken(net)).toMatchObject([{ srcAddr: SERVICE, dstAddr: CLIENT, dstPort: ECHO_REPLY }]);
  net.device.listeners.length = 0;
  net.bench.send(ROUTER, fromClient(0, ping));
  expect(net.drops.map(({ reason }) => reason)).toEqual(['not-listening']);
});

test('translates an ICMP error of a server by the header it quotes', () => {
  const net = node(makeListener({ protocol: 'udp' }));
  net.bench.send(ROUTER, fromClient(0, { protocol: UDP }));
  taken(net);
  const quoted = { srcAddr: CLIENT, dstAddr: WEB_1, protocol: UDP, srcPort: 40_000, dstPort: 8080 };
  const error = { protocol: ICMP, srcPort: 0, dstPort: PORT_UNREACHABLE, content: quoted };
  net.bench.send(ROUTER, fromServer(WEB_1, 0, error));
  expect(taken(net)).toMatchObject([
    {
      srcAddr: SERVICE,
      dstAddr: CLIENT,
      content: { srcAddr: CLIENT, dstAddr: SERVICE, protocol: UDP, srcPort: 40_000, dstPort: 80 },
    },
  ]);
});

test('hands an ICMP error about what a server has sent to that server, in its own words', () => {
  const net = node();
  net.bench.send(ROUTER, fromClient(SYN));
  taken(net);
  const quoted = { srcAddr: SERVICE, dstAddr: CLIENT, protocol: TCP, srcPort: 80, dstPort: 40_000 };
  const error = {
    srcAddr: 0xc0000201,
    protocol: ICMP,
    srcPort: 0,
    dstPort: FRAGMENTATION_NEEDED,
    content: { ...quoted, nextHopMtu: 1400 },
  };
  net.bench.send(ROUTER, fromClient(0, error));
  expect(taken(net)).toMatchObject([
    {
      srcAddr: 0xc0000201,
      dstAddr: WEB_1,
      content: { ...quoted, srcAddr: WEB_1, srcPort: 8080, nextHopMtu: 1400 },
      outer: [NODE, WEB_1],
    },
  ]);
  net.bench.send(ROUTER, fromClient(0, { ...error, content: { ...quoted, dstPort: 9 } }));
  expect(net.drops.map(({ reason }) => reason)).toEqual(['no-session']);
});

test('a removed server is probed no more, also after the node has restarted', () => {
  const net = node();
  net.device.removeServer(net.listener, 'web-1', NONE);
  net.network.setPower(net.id, false, 0);
  net.network.setPower(net.id, true, 1);
  net.bench.run(30 * SECOND_NS);
  const probed = new Set(net.bench.take(ROUTER).map(({ dstAddr }) => dstAddr));
  expect(probed).toEqual(new Set([WEB_2]));
});

describe('what other nodes are told', () => {
  const changed = (net: ReturnType<typeof node>) =>
    net.device.sessions.takeChanges().map(({ clientPort, isClosed }) => [clientPort, isClosed]);

  test('is a completed handshake once, again when it is in use after a while, and its end', () => {
    const net = node();
    net.device.sessions.noteChanges();
    net.bench.send(ROUTER, fromClient(SYN));
    net.bench.send(ROUTER, fromServer(WEB_1, SYN | ACK));
    expect(changed(net)).toEqual([]);
    net.bench.send(ROUTER, fromClient(ACK));
    expect(changed(net)).toEqual([[40_000, false]]);
    net.bench.run(net.bench.engine.nowNs + 59 * SECOND_NS);
    net.bench.send(ROUTER, fromClient(ACK));
    expect(changed(net)).toEqual([]);
    net.bench.run(net.bench.engine.nowNs + SECOND_NS);
    net.bench.send(ROUTER, fromClient(ACK));
    expect(changed(net)).toEqual([[40_000, false]]);
    net.bench.send(ROUTER, fromClient(RST));
    expect(changed(net)).toEqual([[40_000, true]]);
  });

  test('is nothing of a connection that was over before they could be told', () => {
    const net = node();
    net.device.sessions.noteChanges();
    for (const flags of [SYN, ACK, FIN | ACK]) net.bench.send(ROUTER, fromClient(flags));
    changed(net);
    net.bench.send(ROUTER, fromClient(SYN, { srcPort: 40_001 }));
    net.bench.send(ROUTER, fromClient(RST, { srcPort: 40_001 }));
    expect(changed(net)).toEqual([]);
  });

  test('lets a node carry on a session that it has never seen, until the peer ends it or falls silent', () => {
    const net = node();
    const { sessions } = net.device;
    const [first, second] = net.listener.servers as [ClbServer, ClbServer];
    sessions.replicate(net.listener, CLIENT, 40_000, second);
    sessions.replicate(net.listener, CLIENT, 40_001, first);
    sessions.replicate(net.listener, CLIENT, 40_002, first);
    expect(net.device.gauges()).toEqual({ sessions: 0, replicas: 3 });
    net.bench.send(ROUTER, fromClient(ACK));
    expect(taken(net)).toMatchObject([{ dstAddr: WEB_2 }]);
    expect(net.device.gauges()).toEqual({ sessions: 1, replicas: 2 });
    for (const port of [40_000, 40_001]) {
      const session = sessions.findByClient(CLIENT, port, net.listener);
      if (session !== null) sessions.dropReplica(session);
    }
    expect(net.device.gauges()).toEqual({ sessions: 1, replicas: 1 });
    // Idle time-out and what passes until a peer would speak of it again.
    net.bench.run(net.bench.engine.nowNs + 959 * SECOND_NS);
    expect(net.device.gauges()).toEqual({ sessions: 0, replicas: 1 });
    net.bench.run(net.bench.engine.nowNs + SECOND_NS);
    expect(net.device.gauges()).toEqual({ sessions: 0, replicas: 0 });
  });
});

describe('a listener that keeps clients with their servers', () => {
  const second = (net: ReturnType<typeof node>, srcPort: number): number | undefined => {
    net.bench.send(ROUTER, fromClient(SYN, { srcPort }));
    return taken(net)[0]?.dstAddr;
  };

  test('gives a client the same one until it has opened nothing for the time-out', () => {
    const net = node(makeListener({ persistenceNs: 60 * SECOND_NS }));
    expect([second(net, 1), second(net, 2), second(net, 3)]).toEqual([WEB_1, WEB_1, WEB_1]);
    net.bench.run(net.bench.engine.nowNs + 59 * SECOND_NS);
    expect(second(net, 4)).toBe(WEB_1);
    net.bench.run(net.bench.engine.nowNs + 60 * SECOND_NS);
    expect(second(net, 5)).toBe(WEB_2);
  });

  test('does so at weight 0, but not once the server is out', () => {
    const net = node(makeListener({ persistenceNs: 60 * SECOND_NS }));
    expect(second(net, 1)).toBe(WEB_1);
    (net.listener.servers[0] as ClbServer).weight = 0;
    expect(second(net, 2)).toBe(WEB_1);
    net.device.setInPool(net.listener.servers[0] as ClbServer, false, 3);
    expect(second(net, 3)).toBe(WEB_2);
    net.device.setInPool(net.listener.servers[0] as ClbServer, true, 3);
    expect(second(net, 4)).toBe(WEB_2);
  });
});

describe('a listener that drains', () => {
  const open = (net: ReturnType<typeof node>) => {
    for (const flags of [SYN, ACK]) net.bench.send(ROUTER, fromClient(flags));
    taken(net);
  };

  test('ends connections of a server that left the pool after its time, and blames what took it out', () => {
    const net = node(makeListener({ drains: true, drainNs: 20 * SECOND_NS }));
    open(net);
    net.device.setInPool(net.listener.servers[0] as ClbServer, false, 3);
    net.bench.run(net.bench.engine.nowNs + 19 * SECOND_NS);
    net.bench.send(ROUTER, fromClient(ACK));
    expect(taken(net)).toMatchObject([{ dstAddr: WEB_1 }]);
    net.bench.run(net.bench.engine.nowNs + SECOND_NS);
    net.bench.send(ROUTER, fromClient(ACK));
    expect(net.drops).toEqual([{ reason: 'no-session', event: 3 }]);
  });

  test('lets them go on when the server is back in time', () => {
    const net = node(makeListener({ drains: true, drainNs: 20 * SECOND_NS }));
    open(net);
    net.device.setInPool(net.listener.servers[0] as ClbServer, false, 3);
    net.device.setInPool(net.listener.servers[0] as ClbServer, true, 4);
    net.bench.send(ROUTER, fromClient(ACK));
    net.bench.run(net.bench.engine.nowNs + 30 * SECOND_NS);
    net.bench.send(ROUTER, fromClient(ACK));
    expect(net.drops).toEqual([]);
  });
});

test('a node with as many connections as it may have takes none more, but goes on with those it has', () => {
  const net = node();
  const spec = { connections: 2, connectionsPerSecond: 1000 };
  net.device.limits.setSpecification(spec, 1000, net.bench.engine.nowNs, 3);
  for (const srcPort of [1, 2, 3]) net.bench.send(ROUTER, fromClient(SYN, { srcPort }));
  net.bench.send(ROUTER, fromClient(ACK, { srcPort: 2 }));
  expect(net.drops).toEqual([{ reason: 'conn-limit', event: 3 }]);
  expect(taken(net)).toHaveLength(3);
});

test('a node drops what servers send beyond its share of the bandwidth', () => {
  const net = node();
  net.device.limits.setBandwidth(1_000_000, 1500, net.bench.engine.nowNs, NONE);
  for (const flags of [SYN, ACK]) net.bench.send(ROUTER, fromClient(flags));
  for (let i = 0; i < 3; i++) net.bench.send(ROUTER, fromServer(WEB_1, ACK, { lengthBytes: 700 }));
  expect(net.drops.map(({ reason }) => reason)).toEqual(['rate-limit']);
});
