/**
 * Packets on their way through a cloud: out by security group, VPC router, SNAT, EIP and Internet, and back the same
 * way. A thousand connections at once, each with one packet that goes to and fro for ever; every fifth hop or so is a
 * far end that only turns it round. Two sessions a round are looked up and touched at the ENI, two at the gateway, two
 * token buckets asked.
 *
 *   desk (ENI filter) --- VPC router --- NAT gateway --- Internet gateway --- Internet router --- far end
 */
import { NONE } from '../src/base/brand.ts';
import { parseCidr } from '../src/base/ipv4.ts';
import { RandomStreams } from '../src/base/random.ts';
import { EniFilter } from '../src/devices/eni-filter.ts';
import { NextHopSpace } from '../src/devices/forwarder.ts';
import { InternetGateway } from '../src/devices/internet-gateway.ts';
import { InternetRouter } from '../src/devices/internet-router.ts';
import { NatGateway } from '../src/devices/nat-gateway.ts';
import { VpcRouter, type VpcTables } from '../src/devices/vpc-router.ts';
import { CalendarQueue } from '../src/engine/calendar-queue.ts';
import { Engine } from '../src/engine/engine.ts';
import { Device, type DeviceContext } from '../src/network/device.ts';
import { dropReason } from '../src/network/drop-reason.ts';
import type { IfaceId, PacketId } from '../src/network/ids.ts';
import { Network } from '../src/network/network.ts';
import { OUT, UDP } from '../src/network/packet-table.ts';
import { drop, forward, type Verdict } from '../src/network/verdict.ts';
import { compileSecurityPolicy } from '../src/policy/security-group.ts';
import { Fib } from '../src/routing/fib.ts';
import type { Side } from './harness.ts';

const CONNECTIONS = 1_000;
const DESK = 0x0a000105;
const FAR = 0xcb00710a;
const EIP = 0xcb007201;
const PORT = 443;
const FIRST_PORT = 20_000;
const VPC = parseCidr('10.0.0.0/16') as { base: number; length: number };
const NAT_SIDE = 1;
const LINK = { rateBps: 100e9, latencyNs: 10_000, queueNs: 1e9, mtuBytes: 1500 };
const SECOND_NS = 1e9;
const TIMEOUTS = {
  halfOpenNs: 30 * SECOND_NS,
  establishedNs: 900 * SECOND_NS,
  closedNs: 5 * SECOND_NS,
  udpNs: 60 * SECOND_NS,
  icmpNs: 30 * SECOND_NS,
};
const FILTERED = drop(dropReason('security-group'));
const LIMIT = { outboundBps: 1e12, inboundBps: 1e12, outboundBurstBytes: 1e9, inboundBurstBytes: 1e9 };

/** Sends what arrives back to where it came from. */
class FarEnd extends Device {
  override receive(packet: PacketId, iface: IfaceId): Verdict {
    turnRound(this.context, packet);
    return forward(iface);
  }
}

/** An instance's ENI, with nothing behind it but the same. */
class Desk extends Device {
  private readonly filter: EniFilter;

  constructor(context: DeviceContext) {
    super(context);
    const rules = { isEnterprise: false, isInnerAccepted: true, members: [DESK], rules: [] };
    const timeouts = { direct: TIMEOUTS, balanced: TIMEOUTS, fragmentsNs: 30e9 };
    this.filter = new EniFilter(context, compileSecurityPolicy([rules]), timeouts);
  }

  launch(iface: IfaceId): void {
    const flow = this.context.flows.add('rounds', true);
    for (let i = 0; i < CONNECTIONS; i++) {
      const packet = this.context.create(flow, i, NONE, OUT);
      const { packets } = this.context;
      packets.srcAddr[packet] = DESK;
      packets.dstAddr[packet] = FAR;
      packets.srcPort[packet] = FIRST_PORT + i;
      packets.dstPort[packet] = PORT;
      packets.protocol[packet] = UDP;
      packets.lengthBytes[packet] = 100 + (i % 1400);
      packets.ttl[packet] = 64;
      this.filter.admits(packet, false, false);
      this.context.send(packet, iface);
    }
  }

  override receive(packet: PacketId, iface: IfaceId): Verdict {
    if (!this.filter.admits(packet, true, false)) return FILTERED;
    turnRound(this.context, packet);
    return this.filter.admits(packet, false, false) ? forward(iface) : FILTERED;
  }
}

function turnRound({ packets }: DeviceContext, packet: PacketId): void {
  const { srcAddr, dstAddr, srcPort, dstPort, ttl } = packets;
  const addr = srcAddr[packet];
  const port = srcPort[packet];
  srcAddr[packet] = dstAddr[packet];
  srcPort[packet] = dstPort[packet];
  dstAddr[packet] = addr;
  dstPort[packet] = port;
  ttl[packet] = 64;
}

export function natSide(hops: number): Side {
  const engine = new Engine(new CalendarQueue());
  const network = new Network(engine, new RandomStreams('bench', 0));
  const fibs = { inside: new Fib(), withInternet: new Fib(), fromInternet: new Fib(), changes: [] };
  const tables: VpcTables = { cidr: VPC, nextHops: new NextHopSpace(), ...fibs };
  const desk = network.addDevice('desk', (context) => new Desk(context));
  const router = network.addDevice('router', (context) => new VpcRouter(context, tables));
  const nat = network.addDevice('nat', (context) => new NatGateway(context, natOptions()));
  const gateway = network.addDevice('gateway', (context) => new InternetGateway(context));
  const internet = network.addDevice('internet', (context) => new InternetRouter(context, 1, 64));
  const far = network.addDevice('far', (context) => new FarEnd(context));

  const inside = network.connect('desk~router', desk.id, router.id, LINK);
  const toNat = network.connect('router~nat', router.id, nat.id, LINK);
  const toGateway = network.connect('nat~gateway', nat.id, gateway.id, LINK);
  const toInternet = network.connect('gateway~internet', gateway.id, internet.id, LINK);
  const toFar = network.connect('internet~far', internet.id, far.id, LINK);

  const [deskHop, natHop] = [tables.nextHops.create(), tables.nextHops.create()];
  router.device.forwarder.setIface(deskHop, inside.ifaceB);
  router.device.forwarder.setIface(natHop, toNat.ifaceA);
  router.device.attachGateway(toNat.ifaceA);
  tables.inside.set({ base: 0, length: 0 }, natHop);
  for (const fib of [tables.inside, tables.fromInternet]) fib.set({ base: DESK, length: 32 }, deskHop);
  nat.device.attach(toNat.ifaceB, toGateway.ifaceA);
  nat.device.hold(EIP, 'eip');
  nat.device.addEntry(VPC, [EIP], false);
  gateway.device.attachInternet(toInternet.ifaceA);
  gateway.device.attachVpc(toGateway.ifaceB, NAT_SIDE);
  gateway.device.hold(EIP, LIMIT);
  gateway.device.bind(EIP, { vpc: NAT_SIDE, address: EIP, iface: toGateway.ifaceB }, NONE);
  const [farHop, cloudHop] = [internet.device.nextHops.create(), internet.device.nextHops.create()];
  internet.device.forwarder.setIface(farHop, toFar.ifaceA);
  internet.device.forwarder.setIface(cloudHop, toInternet.ifaceB);
  internet.device.fib.set({ base: FAR, length: 32 }, farHop);
  internet.device.fib.set({ base: EIP, length: 32 }, cloudHop);

  network.start();
  network.startMeasuring();
  desk.device.launch(inside.ifaceA);
  return {
    run: () => {
      engine.run(Number.MAX_SAFE_INTEGER, hops);
      if (network.packets.live !== CONNECTIONS) throw new Error('packets were lost on the way');
      return hops;
    },
    hash: () => network.fingerprint.toString(),
  };
}

const BOUNDLESS = {
  connections: 10_000_000,
  connectionsPerSecond: 10_000_000,
  packetsPerSecond: 10_000_000,
  bandwidthBps: 1e12,
};

function natOptions() {
  return {
    timeouts: TIMEOUTS,
    ports: { first: 1025, last: 65535, perDestination: 55_000 },
    skipsFull: true,
    answersEcho: true,
    allowsHairpin: false,
    doorAddress: 0,
    capacity: { ...BOUNDLESS, countsDnat: true, ceiling: BOUNDLESS },
    burstNs: 1e9,
    growthDelayNs: 60e9,
    takesFragments: true,
    fragmentLifetimeNs: 30e9,
    initialTtl: 64,
  };
}
