/**
 * The node from which the values of DNS records are probed.
 * Models: TCP probes of every value of a record with a health check, from one place, as packets; verdicts sent to the
 * authoritative server and repeated, so that a lost one heals.
 * Leaves out: several monitoring nodes and the share of them that must fail; ping and HTTP checks.
 * Source: Global Traffic Manager "TCP-based health check".
 */
import { NONE } from '../base/brand.ts';
import { Device, type DeviceContext, type DeviceTimer } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { FlowId, IfaceId, PacketId } from '../network/ids.ts';
import type { Cause } from '../network/observer.ts';
import { OUT, TCP } from '../network/packet-table.ts';
import { CONSUME, drop, type Verdict } from '../network/verdict.ts';
import { createDatagram } from '../protocols/dns-datagram.ts';
import { type DnsVerdict, VERDICT_BYTES, VERDICT_PORT } from '../protocols/dns-verdict.ts';
import { HealthProber, PORTS_PER_PROBER, type ProbeSettings } from '../protocols/health-prober.ts';

const NO_ROUTE = drop(dropReason('no-route'));
const FIRST_PROBE_PORT = 1024;
/** Timer tokens: probers from 0, the repetition of verdicts. */
const REFRESH = -1;

export interface DnsProbeOptions {
  readonly address: number;
  /** Of the authoritative server. */
  readonly authority: number;
  readonly refreshNs: number;
  readonly initialTtl: number;
}

interface Probed {
  readonly record: string;
  readonly value: string;
  readonly prober: HealthProber;
  /** Null before the first one. */
  verdict: DnsVerdict | null;
  isWanted: boolean;
}

export class DnsProbe extends Device {
  private readonly options: DnsProbeOptions;
  private readonly verdictFlow: FlowId;
  private readonly refresh: DeviceTimer;
  private readonly probed: Probed[] = [];
  private iface = NONE as IfaceId;
  private isOn = true;
  private isStarted = false;

  constructor(context: DeviceContext, options: DnsProbeOptions) {
    super(context);
    this.options = options;
    this.verdictFlow = context.flows.add(`verdicts/${context.name}`, false);
    this.refresh = context.newTimer(REFRESH);
  }

  attach(iface: IfaceId): void {
    this.iface = iface;
  }

  /** Probes begin with the node's start, or now when it runs (added by `event`). */
  addTarget(
    record: string,
    value: string,
    address: number,
    port: number,
    settings: ProbeSettings,
    event: number = NONE,
  ): void {
    const index = this.probed.length;
    const prober = new HealthProber({
      context: this.context,
      flow: this.context.flows.add(`probe/${record}/${value}`, false),
      source: this.options.address,
      firstPort: FIRST_PROBE_PORT + index * PORTS_PER_PROBER,
      target: { protocol: 'tcp', address, port },
      settings,
      addedBy: event,
      initialTtl: this.options.initialTtl,
      timerToken: index,
      emit: (packet) => this.context.send(packet, this.iface),
      onVerdict: (isUp, cause) => this.onVerdict(entry, isUp, cause),
    });
    const entry: Probed = { record, value, prober, verdict: null, isWanted: true };
    this.probed.push(entry);
    if (this.isStarted && this.isOn) prober.start();
  }

  removeTarget(record: string, value: string): void {
    const entry = this.probed.find((p) => p.isWanted && p.record === record && p.value === value);
    if (entry === undefined) return;
    entry.prober.stop();
    entry.isWanted = false;
    entry.verdict = null;
  }

  override start(): void {
    this.isStarted = true;
    for (const { prober, isWanted } of this.probed) if (isWanted) prober.start();
    this.context.arm(this.refresh, this.context.now() + this.options.refreshNs);
  }

  override onTimer(token: number): void {
    if (token !== REFRESH) {
      this.probed[token]?.prober.onTimer();
      return;
    }
    this.context.arm(this.refresh, this.context.now() + this.options.refreshNs);
    const verdicts = this.probed.flatMap(({ verdict }) => verdict ?? []);
    if (verdicts.length > 0) this.tell(verdicts);
  }

  /** Off: it forgets what it found; the authoritative server goes on by the last it was told. */
  override onPower(isOn: boolean): void {
    this.isOn = isOn;
    if (isOn) {
      this.start();
      return;
    }
    for (const entry of this.probed) {
      entry.prober.stop();
      entry.verdict = null;
    }
    this.context.disarm(this.refresh);
  }

  receive(packet: PacketId): Verdict {
    const { dstAddr, dstPort, protocol } = this.context.packets;
    if (dstAddr[packet] !== this.options.address) return NO_ROUTE;
    const index = Math.floor(((dstPort[packet] as number) - FIRST_PROBE_PORT) / PORTS_PER_PROBER);
    if (protocol[packet] === TCP) this.probed[index]?.prober.receive(packet);
    return CONSUME;
  }

  private onVerdict(entry: Probed, isUp: boolean, cause: Cause | null): void {
    const { record, value, verdict } = entry;
    const subject = `${this.name}/${record}/${value}`;
    const from = verdict === null ? 'checking' : verdict.isUp ? 'up' : 'down';
    const to = isUp ? 'up' : 'down';
    this.context.change({ kind: 'detection', subject, from, to, cause, detector: 'dns-probe' });
    const carried =
      cause === null ? null : { event: cause.event, chain: [...cause.chain, `${subject} ${to}`] };
    entry.verdict = { record, value, isUp, cause: carried };
    this.tell([entry.verdict]);
  }

  private tell(verdicts: readonly DnsVerdict[]): void {
    const billing = { flow: this.verdictFlow, unit: NONE, connection: NONE, direction: OUT };
    const packet = createDatagram(this.context, billing, {
      srcAddr: this.options.address,
      srcPort: VERDICT_PORT,
      dstAddr: this.options.authority,
      dstPort: VERDICT_PORT,
      ttl: this.options.initialTtl,
      payloadBytes: VERDICT_BYTES * verdicts.length,
      content: { kind: 'dns-verdicts', verdicts },
    });
    this.context.send(packet, this.iface);
  }
}
