/** What the passes of the build share: the network so far, by name. */
import { present } from '../base/assert.ts';
import type { ParameterValues } from '../base/parameters.ts';
import type { RandomStreams } from '../base/random.ts';
import { TCP_PROFILES } from '../base/tcp-profiles.ts';
import type { NatFailover } from '../control/nat-failover.ts';
import { SecurityAdmin } from '../control/security-admin.ts';
import type { ClbController } from '../devices/clb-controller.ts';
import type { ClbNode } from '../devices/clb-node.ts';
import type { DnsProbe } from '../devices/dns-probe.ts';
import type { DnsResolver } from '../devices/dns-resolver.ts';
import type { Host } from '../devices/host.ts';
import type { InstanceLimits } from '../devices/instance-limits.ts';
import type { InternetGateway } from '../devices/internet-gateway.ts';
import type { InternetRouter } from '../devices/internet-router.ts';
import type { ManagementSwitch } from '../devices/management-switch.ts';
import type { NameServer } from '../devices/name-server.ts';
import type { NatController } from '../devices/nat-controller.ts';
import type { NatGateway } from '../devices/nat-gateway.ts';
import type { RouteFibs, VpcRouter, VpcTables } from '../devices/vpc-router.ts';
import type { Engine } from '../engine/engine.ts';
import type { DeviceContext } from '../network/device.ts';
import type { DeviceId, IfaceId } from '../network/ids.ts';
import type { LinkEnds, Network } from '../network/network.ts';
import { DnsZone } from '../protocols/dns-zone.ts';
import type { LearntRoute, RouteLearner } from '../protocols/route-learner.ts';
import { readTcpSettings, type TcpSettings } from '../protocols/tcp-settings.ts';
import type { NextHop } from '../routing/fib.ts';
import { linkName, type Parts } from '../scenario/parts.ts';
import type { HostTcp, Instance, Scenario } from '../scenario/scenario.ts';
import type { DnsStub } from '../traffic/dns-stub.ts';
import type { BuiltAlbNode } from './albs.ts';
import type { BuiltProxy } from './clb-proxy-nodes.ts';

export interface BuiltLink {
  readonly a: string;
  readonly b: string;
  readonly ends: LinkEnds;
}

/** A VPC while it is built. */
export interface BuiltVpc {
  readonly number: number;
  readonly tables: VpcTables;
  /** Custom route tables by name. */
  readonly custom: ReadonlyMap<string, RouteFibs>;
}

export interface BuiltNode {
  readonly id: DeviceId;
  readonly node: ClbNode;
  readonly context: DeviceContext;
  readonly managementAddress: number;
  readonly nodeAddress: number;
}

export interface BuiltController {
  readonly controller: ClbController;
  readonly managementAddress: number;
}

export class Plant {
  readonly scenario: Scenario;
  readonly values: ParameterValues;
  readonly engine: Engine;
  readonly streams: RandomStreams;
  readonly network: Network;
  readonly parts: Parts;
  readonly tcp: TcpSettings;
  /** Of the scenario, by name. */
  readonly instances: ReadonlyMap<string, Instance>;
  readonly ids = new Map<string, DeviceId>();
  readonly links = new Map<string, BuiltLink>();
  readonly internetRouters = new Map<string, InternetRouter>();
  readonly gateways = new Map<string, InternetGateway>();
  readonly managements = new Map<string, ManagementSwitch>();
  readonly vpcs = new Map<string, BuiltVpc>();
  readonly vpcRouters = new Map<string, VpcRouter>();
  readonly hosts = new Map<string, Host>();
  /** Of what an instance carries, over all its ENIs; those that have any. */
  readonly instanceLimits = new Map<string, InstanceLimits>();
  readonly nodes = new Map<string, BuiltNode>();
  /** By region. */
  readonly clbControllers = new Map<string, BuiltController>();
  readonly clbProxies = new Map<string, BuiltProxy>();
  readonly albNodes = new Map<string, BuiltAlbNode>();
  readonly security: SecurityAdmin;
  /** By router: how it learns who has the addresses of CLBs. */
  readonly learners = new Map<string, RouteLearner>();
  /** By CLB: what the Internet gateway has learnt of it. */
  readonly clbRoutes = new Map<string, LearntRoute>();
  readonly natGateways = new Map<string, NatGateway>();
  readonly natControllers = new Map<string, NatController>();
  /** By instance: the next hop by which route tables lead to it. */
  readonly instanceNextHops = new Map<string, NextHop>();
  readonly havipNextHops = new Map<string, NextHop>();
  /** By IPv4 gateway. */
  readonly ipv4NextHops = new Map<string, NextHop>();
  /** By gateway: the next hop by which route tables lead to it, wherever it works. */
  readonly natNextHops = new Map<string, NextHop>();
  /** Of gateways that stand in two zones. */
  readonly natFailovers = new Map<string, NatFailover>();
  /** What the authoritative server answers. */
  readonly zone = new DnsZone();
  /** The authoritative server, the probe node and the resolvers. */
  readonly nameDevices = new Map<string, NameServer | DnsProbe | DnsResolver>();
  /** By host, made when a flow of the host first goes to a name. */
  readonly stubs = new Map<string, DnsStub>();
  private readonly hostTcp = new Map<string, TcpSettings>();
  /** Ports that the UDP flows built so far take of every sender. */
  udpPortsInUse = 0;

  constructor(
    scenario: Scenario,
    values: ParameterValues,
    engine: Engine,
    streams: RandomStreams,
    network: Network,
    parts: Parts,
    tcp: TcpSettings,
  ) {
    this.scenario = scenario;
    this.values = values;
    this.engine = engine;
    this.streams = streams;
    this.network = network;
    this.parts = parts;
    this.tcp = tcp;
    this.security = new SecurityAdmin(network);
    this.instances = new Map(scenario.instances.map((instance) => [instance.name, instance]));
  }

  get udpPorts(): { first: number; last: number } {
    return { first: this.tcp.ephemeralFirst, last: this.tcp.ephemeralLast };
  }

  /** What TCP of a host is set to; those alike share one object. */
  tcpOf({ tcp }: { readonly tcp: HostTcp }): TcpSettings {
    if (tcp.profile === null && tcp.localPorts === null) return this.tcp;
    const key = `${tcp.profile} ${tcp.localPorts?.first} ${tcp.localPorts?.last}`;
    let settings = this.hostTcp.get(key);
    if (settings === undefined) {
      const base = tcp.profile === null ? this.tcp : readTcpSettings(this.values, TCP_PROFILES[tcp.profile]);
      const ports = tcp.localPorts ?? { first: base.ephemeralFirst, last: base.ephemeralLast };
      settings = { ...base, ephemeralFirst: ports.first, ephemeralLast: ports.last };
      this.hostTcp.set(key, settings);
    }
    return settings;
  }

  /** The interface of `device` on its link with `peer`. */
  ifaceBetween(device: string, peer: string): IfaceId {
    const out = this.links.get(linkName(device, peer));
    if (out !== undefined) return out.ends.ifaceA;
    return present(this.links.get(linkName(peer, device)), `${device} and ${peer} are not joined`).ends
      .ifaceB;
  }

  vpcRouter(name: string): VpcRouter {
    return present(this.vpcRouters.get(name), `no router ${name} was built`);
  }

  vpc(name: string): BuiltVpc {
    return present(this.vpcs.get(name), `no VPC ${name} was built`);
  }

  gateway(name: string): InternetGateway {
    return present(this.gateways.get(name), `no gateway ${name} was built`);
  }

  natGateway(name: string): NatGateway {
    return present(this.natGateways.get(name), `no NAT gateway ${name} was built`);
  }

  host(name: string): Host {
    return present(this.hosts.get(name), `no host ${name} was built`);
  }
}
