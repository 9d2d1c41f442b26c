/**
 * A network of any number of devices for the benches of size, built from the devices themselves: no product, no
 * recorder, no control plane.
 *
 *   a -- core-0 -- core-1 -- ... -- core-7 -- b        ten devices, of every size
 *          |         |                |
 *        edge-0    edge-1    ...    edge-7             every further ten: an edge router, nine hosts, and a /24 that
 *        / | \     / | \            / | \              all core routers know
 *
 * The core's devices are made between the others, so that their rows lie as far apart as in a network that grew.
 */
import { ParameterValues } from '../src/base/parameters.ts';
import { RandomStreams } from '../src/base/random.ts';
import { Host } from '../src/devices/host.ts';
import { InternetRouter } from '../src/devices/internet-router.ts';
import { CalendarQueue } from '../src/engine/calendar-queue.ts';
import { Engine } from '../src/engine/engine.ts';
import type { DeviceId, FlowId, IfaceId } from '../src/network/ids.ts';
import { Network } from '../src/network/network.ts';
import { OUT } from '../src/network/packet-table.ts';
import { readTcpSettings } from '../src/protocols/tcp-settings.ts';
import type { NextHop } from '../src/routing/fib.ts';

const CORES = 8;
export const HOSTS_OF_EDGE = 9;
const EDGE_DEVICES = HOSTS_OF_EDGE + 1;
/** a, b and the core. */
export const FEWEST_DEVICES = CORES + 2;
const ADDRESS_A = 0xc0a80001;
const ADDRESS_B = 0xc0a80002;
const EDGES_BASE = 0x0a000000;
const PORT = 7;
const DATAGRAM_BYTES = 200;

interface Built<T> {
  readonly id: DeviceId;
  readonly device: T;
}

/** By core router. */
interface Ways {
  readonly towardsA: NextHop[];
  readonly towardsB: NextHop[];
}

export class Campus {
  readonly engine = new Engine(new CalendarQueue());
  readonly network = new Network(this.engine, new RandomStreams('bench', 0));
  /** At the edges, by edge. */
  readonly hosts: Host[] = [];
  readonly a: Host;
  readonly b: Host;
  private readonly flow: FlowId = this.network.flows.add('talk', true);
  private readonly settings = readTcpSettings(new ParameterValues());

  constructor(devices: number) {
    const edges = Math.floor((devices - FEWEST_DEVICES) / EDGE_DEVICES);
    const cores: Built<InternetRouter>[] = [];
    const edgeRouters: Built<InternetRouter>[] = [];
    const a = this.addHost('a', ADDRESS_A);
    for (let core = 0; core < CORES; core++) {
      const untilEdge = Math.floor(((core + 1) * edges) / CORES);
      while (edgeRouters.length < untilEdge) edgeRouters.push(this.addEdge(edgeRouters.length));
      cores.push(this.addRouter(`core-${core}`));
    }
    const b = this.addHost('b', ADDRESS_B);
    this.a = a.device;
    this.b = b.device;
    const ways = this.joinCore(a, cores, b);
    edgeRouters.forEach((edge, number) => {
      this.joinEdge(cores, ways, edge, number);
    });
    for (const host of [this.a, this.b, ...this.hosts]) this.answerAndAskAgain(host);
    this.network.start();
    this.network.startMeasuring();
  }

  /** Opens a connection: one datagram under way from now on, there and back without end. */
  talk(from: Host, to: Host, localPort: number): void {
    const { stack } = from;
    stack.bindUdp(localPort, (reply) => this.send(from, to, localPort, this.network.packets.unit[reply] + 1));
    this.send(from, to, localPort, 0);
  }

  private send(from: Host, to: Host, localPort: number, unit: number): void {
    const billing = { flow: this.flow, unit, connection: localPort, direction: OUT };
    from.stack.sendDatagram(billing, localPort, to.stack.address, PORT, DATAGRAM_BYTES, null);
  }

  private answerAndAskAgain({ stack }: Host): void {
    const { packets } = this.network;
    stack.bindUdp(PORT, (packet) => {
      const billing = { flow: this.flow, unit: packets.unit[packet], connection: 0, direction: OUT };
      const [address, port] = [packets.srcAddr[packet], packets.srcPort[packet]];
      stack.sendDatagram(billing, PORT, address, port, DATAGRAM_BYTES, null);
    });
  }

  private addHost(name: string, address: number): Built<Host> {
    return this.network.addDevice(name, (context) => new Host(context, this.settings, address));
  }

  private addRouter(name: string): Built<InternetRouter> {
    return this.network.addDevice(name, (context) => new InternetRouter(context, 1, 64));
  }

  private addEdge(number: number): Built<InternetRouter> {
    const router = this.addRouter(`edge-${number}`);
    for (let i = 1; i <= HOSTS_OF_EDGE; i++) {
      const host = this.addHost(`edge-${number}/host-${i}`, edgeBase(number) + i);
      this.hosts.push(host.device);
      const ends = this.join(router.id, host.id, i);
      host.device.attach(ends.ifaceB);
      routeTo(router.device, edgeBase(number) + i, 32, ends.ifaceA);
    }
    return router;
  }

  /** Answers by which next hop each core router sends towards a and towards b. */
  private joinCore(a: Built<Host>, cores: readonly Built<InternetRouter>[], b: Built<Host>): Ways {
    const row: readonly Built<Host | InternetRouter>[] = [a, ...cores, b];
    const ways: Ways = { towardsA: [], towardsB: [] };
    for (let i = 0; i + 1 < row.length; i++) {
      const [left, right] = [row[i], row[i + 1]];
      const { ifaceA, ifaceB } = this.join(left.id, right.id, i);
      if (left.device instanceof Host) left.device.attach(ifaceA);
      else ways.towardsB.push(routeTo(left.device, ADDRESS_B, 32, ifaceA));
      if (right.device instanceof Host) right.device.attach(ifaceB);
      else ways.towardsA.push(routeTo(right.device, ADDRESS_A, 32, ifaceB));
    }
    return ways;
  }

  /** The core routers on both sides send the edge's addresses towards the one it hangs on. */
  private joinEdge(
    cores: readonly Built<InternetRouter>[],
    { towardsA, towardsB }: Ways,
    edge: Built<InternetRouter>,
    number: number,
  ): void {
    const at = number % CORES;
    const base = edgeBase(number);
    const { ifaceA, ifaceB } = this.join(cores[at].id, edge.id, number);
    routeTo(edge.device, 0, 0, ifaceB);
    cores.forEach(({ device }, core) => {
      if (core === at) routeTo(device, base, 24, ifaceA);
      else device.fib.set({ base, length: 24 }, (core < at ? towardsB : towardsA)[core]);
    });
  }

  /** Latencies differ a little, so that packets do not march in step. */
  private join(a: DeviceId, b: DeviceId, number: number): { ifaceA: IfaceId; ifaceB: IfaceId } {
    const options = { rateBps: 100e9, latencyNs: 10_000 + number, queueNs: 1e9, mtuBytes: 1500 };
    return this.network.connect(`${a}~${b}`, a, b, options);
  }
}

function edgeBase(number: number): number {
  return EDGES_BASE + number * 256;
}

function routeTo(router: InternetRouter, base: number, length: number, iface: IfaceId): NextHop {
  const nextHop = router.nextHops.create();
  router.forwarder.setIface(nextHop, iface);
  router.fib.set({ base, length }, nextHop);
  return nextHop;
}
