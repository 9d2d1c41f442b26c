/** A client, its resolver and the authoritative server in a row: what tests of names begin with. 1 ms a link. */
import { ParameterValues } from '../../src/base/parameters.ts';
import { RandomStreams } from '../../src/base/random.ts';
import { SECOND_NS } from '../../src/base/units.ts';
import { DnsResolver, type DnsResolverOptions } from '../../src/devices/dns-resolver.ts';
import { Host } from '../../src/devices/host.ts';
import { NameServer } from '../../src/devices/name-server.ts';
import { CalendarQueue } from '../../src/engine/calendar-queue.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { FlowId } from '../../src/network/ids.ts';
import { Network } from '../../src/network/network.ts';
import { OUT } from '../../src/network/packet-table.ts';
import type { DnsAnswer, DnsQuery } from '../../src/protocols/dns-message.ts';
import { DnsZone, type ZoneRecord } from '../../src/protocols/dns-zone.ts';
import { readTcpSettings } from '../../src/protocols/tcp-settings.ts';
import { DnsStub } from '../../src/traffic/dns-stub.ts';
import { linkOptions } from './fixtures.ts';

export const NAME = 'www.example';
const CLIENT = 0x0a000001;
const RESOLVER = 0x0a000002;
const AUTHORITY = 0x0a000003;

export interface NamesOptions {
  readonly ttlSeconds?: number;
  readonly resolver?: Partial<DnsResolverOptions>;
}

export interface Names {
  readonly engine: Engine;
  readonly network: Network;
  readonly client: Host;
  readonly stub: DnsStub;
  readonly record: ZoneRecord;
  readonly flow: FlowId;
  /** Questions that reached the authoritative server, in ns. */
  readonly questionsNs: number[];
  readonly ids: Readonly<Record<'client' | 'resolver' | 'authority', number>>;
  billing(unit?: number): { flow: number; unit: number; connection: number; direction: number };
  /** The answer that the stub gets when it looks the name up now, once there is one. */
  lookUp(): { answer: DnsAnswer | null | undefined; atNs: number };
  /** Asks the resolver past the stub's cache. */
  query(): { answer: DnsAnswer | null | undefined; atNs: number };
  setPower(device: number, isOn: boolean, event?: number): void;
  run(untilNs: number): void;
}

export function names(options: NamesOptions = {}): Names {
  const engine = new Engine(new CalendarQueue());
  const network = new Network(engine, new RandomStreams('names', 0));
  const flow = network.flows.add('test', true);
  const settings = readTcpSettings(new ParameterValues());
  const zone = new DnsZone();
  const record: ZoneRecord = {
    name: 'www',
    domain: NAME,
    ttlSeconds: options.ttlSeconds ?? 60,
    policy: 'weighted',
    values: [{ name: 'value', address: 100, weight: 1, isUp: true, isOffered: true }],
    draws: new RandomStreams('names', 0).stream('dns', 'answers'),
    turn: 0,
  };
  zone.add(record);
  const client = network.addDevice('client', (context) => new Host(context, settings, CLIENT));
  const resolver = network.addDevice(
    'resolver',
    (context) =>
      new DnsResolver(context, {
        serviceAddress: RESOLVER,
        publicAddress: RESOLVER,
        authority: AUTHORITY,
        minTtlSeconds: 0,
        maxTtlSeconds: 86_400,
        timeoutNs: 2 * SECOND_NS,
        attempts: 2,
        initialTtl: 64,
        ...options.resolver,
      }),
  );
  const authority = network.addDevice('authority', (context) => new NameServer(context, zone, AUTHORITY, 64));
  const inner = network.connect('client~resolver/link-1', client.id, resolver.id, linkOptions());
  const outer = network.connect('resolver~authority/link-1', resolver.id, authority.id, linkOptions());
  client.device.attach(inner.ifaceA);
  resolver.device.attach(outer.ifaceA);
  authority.device.attach(outer.ifaceB);
  const questionsNs: number[] = [];
  network.addObserver({
    onConsume: (device, packet) => {
      const content = network.packets.content[packet] as DnsQuery | null;
      if (device === authority.id && content?.kind === 'dns-query') questionsNs.push(engine.nowNs);
    },
  });
  network.start();
  network.startMeasuring();
  const stub = new DnsStub(engine, client.device.stack, {
    resolver: RESOLVER,
    localPort: 60_999,
    timeoutNs: 5 * SECOND_NS,
    attempts: 2,
  });
  const billing = (unit = 0) => ({ flow: flow as number, unit, connection: 0, direction: OUT });
  const noted = (how: 'lookUp' | 'query') => () => {
    const note: { answer: DnsAnswer | null | undefined; atNs: number } = { answer: undefined, atNs: -1 };
    stub[how](NAME, billing(), (answer) => {
      note.answer = answer;
      note.atNs = engine.nowNs;
    });
    return note;
  };
  return {
    engine,
    network,
    client: client.device,
    stub,
    record,
    flow,
    questionsNs,
    ids: { client: client.id, resolver: resolver.id, authority: authority.id },
    billing,
    lookUp: noted('lookUp'),
    query: noted('query'),
    setPower: (device, isOn, event = 0) => {
      network.flows.eventHappens(event);
      network.setPower(device as never, isOn, event);
    },
    run: (untilNs) => {
      while (engine.run(untilNs, Number.MAX_SAFE_INTEGER) !== 'time');
    },
  };
}
