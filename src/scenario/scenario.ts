/**
 * The checked scenario: what `parseScenario` returns and `buildNetwork` lowers. Plain, read-only, JSON-safe data in
 * base units (ns, bit/s, bytes, shares 0 to 1; addresses as unsigned 32-bit integers). Ranges, variables, defaults
 * of the language and references are resolved; defaults of products stay absent and come from the registry.
 */
import type { ClbSpecName } from '../base/clb-specs.ts';
import type { Distribution } from '../base/distribution.ts';
import type { ForwardRule } from '../base/forward-rules.ts';
import type { Cidr } from '../base/ipv4.ts';
import type { TcpProfileName } from '../base/tcp-profiles.ts';
import type { NetworkAcl } from './access-types.ts';
import type { Alb } from './alb-types.ts';
import type { TimeSeries } from './data-files.ts';
import type { NameService } from './dns-types.ts';
import type { ScenarioEvent } from './event-types.ts';
import type { Expectation } from './expectation-types.ts';
import type { TrafficFlow } from './flows/flow-types.ts';
import type { Havip } from './havip-types.ts';
import type { Ipv4Gateway, RouteEntry, RouteTable } from './route-types.ts';

export type { AccessAddition, AccessSettings, NetworkAcl, NetworkAclEntry } from './access-types.ts';
export type { Alb } from './alb-types.ts';
export type { DnsRecord, DnsValue, NameService, Resolver } from './dns-types.ts';
export type {
  Action,
  Degradation,
  Direction,
  EventTime,
  FaultTarget,
  LinkFault,
  MachineFault,
  ScenarioEvent,
  SetAttributes,
} from './event-types.ts';
export type {
  Bound,
  BoundValue,
  Expectation,
  Measure,
  Scope,
  ScopeTime,
  SubjectKind,
} from './expectation-types.ts';
export type {
  BulkFlow,
  ClosedHttpFlow,
  DnsFlow,
  HttpFlow,
  HttpPool,
  HttpRetries,
  Keepalive,
  OpenHttpFlow,
  OpenLoop,
  PingFlow,
  Reconnect,
  SessionsFlow,
  TracerouteFlow,
  TrafficFlow,
  UdpFlow,
} from './flows/flow-types.ts';
export type { Havip, HavipMember } from './havip-types.ts';

export type { NextHopType, RouteEntry, RouteTable } from './route-types.ts';

export interface Scenario {
  /** As named on the command line. */
  readonly file: string;
  /** SHA-256 of the text in hex. */
  readonly sha256: string;
  readonly title: string;
  readonly covers: readonly string[];
  readonly description: string;
  readonly seed: string;
  readonly durationNs: number;
  readonly settleNs: number;
  /** Runs that `vpcsim test` judges; 1 unless set. */
  readonly replications: number;
  /** Of hosts that name none of their own. */
  readonly tcpProfile: TcpProfileName;
  /** Parameter id to value. */
  readonly assume: Readonly<Record<string, number>>;
  readonly regions: readonly Region[];
  readonly vpcs: readonly Vpc[];
  readonly vswitches: readonly VSwitch[];
  readonly securityGroups: readonly SecurityGroup[];
  readonly networkAcls: readonly NetworkAcl[];
  readonly ipv4Gateways: readonly Ipv4Gateway[];
  readonly routeTables: readonly RouteTable[];
  /** Of all tables; system routes are not among them. */
  readonly routeEntries: readonly RouteEntry[];
  readonly instances: readonly Instance[];
  /** Private addresses that move between instances. */
  readonly havips: readonly Havip[];
  /** And NLBs: one a zone of each, `front/cn-hangzhou-h`. */
  readonly clbs: readonly Clb[];
  readonly albs: readonly Alb[];
  readonly natGateways: readonly NatGateway[];
  /** Bandwidth that EIPs share. */
  readonly bandwidthPlans: readonly BandwidthPlan[];
  readonly eips: readonly Eip[];
  /** Prepaid data, by the month. */
  readonly dataTransferPlans: readonly DataTransferPlan[];
  /** By kind (`eip/traffic`) or item (`front-ip/traffic`, which wins); null: unknown. Null: the file has no prices. */
  readonly prices: Readonly<Record<string, number | null>> | null;
  /** By flow: bytes a month that leave for the Internet. */
  readonly usage: Readonly<Record<string, number>>;
  /** `clients` and `internet_hosts`: hosts with a public address in a city. */
  readonly internetHosts: readonly InternetHost[];
  /** Of pairs of places of which more is known than their distance. */
  readonly internetPaths: readonly InternetPath[];
  /** Null: the scenario has neither names nor resolvers. */
  readonly nameService: NameService | null;
  readonly traffic: readonly TrafficFlow[];
  readonly events: readonly ScenarioEvent[];
  readonly expectations: readonly Expectation[];
  /** Remarks of the checker that do not stop a run. */
  readonly warnings: readonly string[];
}

/** Regions in use, built in or declared. */
export interface Region {
  readonly name: string;
  readonly place: Place;
}

export interface Place {
  readonly city: string;
  /** Degrees, north and east positive. */
  readonly latitude: number;
  readonly longitude: number;
}

export interface Vpc {
  readonly name: string;
  readonly region: string;
  readonly cidr: Cidr;
}

export interface VSwitch {
  readonly name: string;
  readonly vpc: string;
  readonly zone: string;
  readonly cidr: Cidr;
  readonly risks: readonly string[];
}

export interface SecurityGroup {
  readonly name: string;
  readonly vpc: string;
  readonly type: 'normal' | 'enterprise';
  /** Among its members; of an enterprise group always Drop. */
  readonly innerAccessPolicy: 'Accept' | 'Drop';
  readonly rules: readonly SecurityGroupRule[];
}

export interface SecurityGroupRule {
  readonly name: string;
  readonly type: 'ingress' | 'egress';
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'all';
  /** Destination ports; 0 to 65535 for icmp and all. */
  readonly firstPort: number;
  readonly lastPort: number;
  readonly policy: 'accept' | 'drop';
  readonly priority: number;
  /** Source of ingress, destination of egress. */
  readonly peer:
    | { readonly kind: 'cidr'; readonly cidr: Cidr }
    | { readonly kind: 'group'; readonly group: string };
}

export interface Listen {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** What the flows that go there ask of it; null: none does. */
  readonly service: 'http' | 'datagram' | 'messages' | 'stream' | null;
  /** Of a stream: what its flows set for the receiving end. */
  readonly receiveBufferBytes?: number;
}

/** An HTTP service that a host declares: how its answers come about. Null: without limit. */
export interface HttpService {
  readonly name: string;
  readonly port: number;
  /** Work of one request. */
  readonly serviceTime: Distribution;
  /** Requests worked on at a time. */
  readonly concurrency: number | null;
  /** Requests that may wait. */
  readonly queue: number | null;
  readonly queueTimeoutNs: number | null;
  /** Connections without a request for so long are closed. */
  readonly idleTimeoutNs: number | null;
}

/** An instance, or a secondary ENI of one, which has a host stack of its own. */
export interface Instance {
  readonly name: string;
  readonly vswitch: string;
  /** Of a secondary ENI: the instance it is attached to. */
  readonly eniOf?: string;
  /** Of one with a cut-through EIP: the EIP's address, which it has in place of its private one. */
  readonly boundAddress?: number;
  /** Of one with EIPs that it has itself besides its private address: their addresses. */
  readonly visibleAddresses?: readonly number[];
  readonly privateAddress: number;
  /** By name; none: not filtered. */
  readonly securityGroups: readonly string[];
  readonly forwarding: Forwarding;
  readonly limits: InstanceLimits;
  /** Ports it serves: those of `listen`, of listeners that name it, and of flows that go to it. */
  readonly listen: readonly Listen[];
  readonly tcp: HostTcp;
  readonly services: readonly HttpService[];
  readonly risks: readonly string[];
}

/** Of what an instance carries either way, and of the connections it tracks; null: no limit. */
export interface InstanceLimits {
  readonly bandwidthBps: number | null;
  readonly packetsPerSecond: number | null;
  readonly connections: number | null;
}

/** What an instance does with packets that are not its own. */
export interface Forwarding {
  readonly forwards: boolean;
  /** The check of its ENI, which drops them in either direction. */
  readonly checksAddresses: boolean;
}

/** What is a host's own in TCP; null: as the scenario's parameters have it. */
export interface HostTcp {
  readonly profile: TcpProfileName | null;
  /** Ports that its connections leave from, both ends included. */
  readonly localPorts: { readonly first: number; readonly last: number } | null;
}

export interface Clb {
  readonly name: string;
  readonly addressType: 'internet' | 'intranet';
  /** Of an NLB's zone: it gives connections to servers in it alone. */
  readonly isZonal?: true;
  readonly region: string;
  /** The VPC whose instances it serves. */
  readonly vpc: string;
  /** Private address in the vSwitch (intranet) or public one (internet). */
  readonly address: number;
  readonly masterZone: string;
  /** Null: one zone only. */
  readonly slaveZone: string | null;
  readonly capacity: ClbCapacity;
  readonly listeners: readonly ClbListener[];
  readonly risks: readonly string[];
}

/** What is absent has no limit of its own, or stays as it was. */
export interface ClbCapacity {
  /** Of an internet CLB, both ways. */
  readonly bandwidthBps?: number;
  readonly spec?: ClbSpecName;
}

export interface HealthCheck {
  readonly intervalNs?: number;
  readonly timeoutNs?: number;
  readonly unhealthyThreshold?: number;
  readonly healthyThreshold?: number;
  /** Port to probe; the backend port unless set. */
  readonly port?: number;
  /** Of a CLB's TCP listener whose probes speak HTTP. */
  readonly http?: HttpCheckSettings;
  /** Of a CLB's UDP listener: what probes say, and what they must be answered. */
  readonly strings?: { readonly request: string; readonly response: string };
}

export interface HttpCheckSettings {
  readonly method: 'head' | 'get';
  readonly path: string;
  /** Host header; absent: the address of the server. */
  readonly domain?: string;
  /** Classes of status that are a success: 2 for 2xx. */
  readonly statusClasses: readonly number[];
}

export type Scheduler = 'wrr' | 'rr' | 'wlc' | 'sch' | 'tch';

export interface ClbListener {
  readonly name: string;
  /** Whose defaults it has; absent: those of CLB. */
  readonly product?: 'nlb';
  /** Of an NLB: the group that its backends are. */
  readonly serverGroup?: string;
  readonly protocol: 'tcp' | 'udp' | 'http';
  readonly frontendPort: number;
  readonly backendPort: number;
  readonly scheduler: Scheduler;
  readonly healthCheck: HealthCheck;
  /** Overrides `clb.tcp_idle_timeout`. */
  readonly establishedTimeoutNs?: number;
  readonly options: ListenerOptions;
  readonly backends: readonly ClbBackend[];
  /** Of a primary/standby pair: who serves while the one backend is down. */
  readonly standby?: string;
  /** Of `http` alone. */
  readonly http?: HttpListener;
}

/** What a listener at layer 7 has besides; defaults are the registry's. */
export interface HttpListener {
  readonly isChecked: boolean;
  readonly idleTimeoutNs?: number;
  readonly requestTimeoutNs?: number;
  /** How long the cookie lasts that keeps a client at its server; null: there is none. */
  readonly cookieTimeoutNs: number | null;
  readonly rules: readonly HttpRule[];
  /** Those that the rules lead to; what no rule takes goes to the listener's own servers. */
  readonly groups: readonly HttpServerGroup[];
}

/** At least one of the two conditions is there. */
export interface HttpRule {
  readonly name: string;
  /** A host, or `*.` and what hosts end with. */
  readonly domain?: string;
  /** What paths begin with. */
  readonly url?: string;
  readonly group: string;
}

export interface HttpServerGroup {
  readonly name: string;
  readonly port: number;
  readonly backends: readonly ClbBackend[];
}

/** Those that are absent are off, or as they were. */
export interface ListenerOptions {
  /** Whether connections of a server that is removed, or found down, end after a while. */
  readonly drains?: boolean;
  /** Overrides `clb.connection_drain_timeout`. */
  readonly drainNs?: number;
  /** How long a client's address stays with its server; 0: not at all. */
  readonly persistenceNs?: number;
  /** Reserved from the bandwidth of the instance. */
  readonly bandwidthBps?: number;
}

export interface ClbBackend {
  readonly instance: string;
  readonly weight: number;
}

/** An Internet NAT gateway. */
export interface NatGateway {
  readonly name: string;
  readonly region: string;
  readonly vpc: string;
  readonly vswitch: string;
  /** That of its vSwitch. */
  readonly zone: string;
  /** Whether another one stands by in another zone of the VPC, if there is one. */
  readonly availabilityMode: 'CrossAZ' | 'SingleAZ';
  readonly eipBindType: 'MULTI_BINDED' | 'NAT';
  /** Whether its EIPs answer ICMP echo. */
  readonly answersEcho: boolean;
  /** A fixed size; null: elastic. */
  readonly specification: NatSpecification | null;
  readonly snatEntries: readonly SnatEntry[];
  readonly forwardEntries: readonly ForwardRule[];
  readonly risks: readonly string[];
}

export type NatSpecification = 'Small' | 'Middle' | 'Large';

export interface SnatEntry {
  readonly name: string;
  /** That of its vSwitch, or as written. The longest one that holds a sender's address wins. */
  readonly source: Cidr;
  /** Names of EIPs. */
  readonly eips: readonly string[];
  /** Whether a client keeps to one EIP. */
  readonly hasAffinity: boolean;
}

export interface BandwidthPlan {
  readonly name: string;
  readonly region: string;
  /** Each way. */
  readonly bandwidthBps: number;
}

export interface Eip {
  readonly name: string;
  readonly region: string;
  readonly address: number;
  readonly bandwidthBps?: number;
  /** Name of the instance, CLB or NAT gateway it starts associated with. */
  readonly target: string | null;
  /** The static public IP of an instance, `web-1/public-ip`: stays there until it is converted. */
  readonly isStatic?: boolean;
  /** Cut-through, on a secondary ENI: the ENI itself has the address, and keeps it throughout the run. */
  readonly isCutThrough?: boolean;
  /** One of several on a secondary ENI, which has them all besides its private address, throughout the run. */
  readonly isVisible?: boolean;
  /** The bandwidth plan it starts in, and what it may use of it. */
  readonly plan?: string;
  readonly planCapBps?: number;
  /** What is paid for: what leaves for the Internet, or what could. */
  readonly chargeType: 'traffic' | 'bandwidth';
}

/** Traffic paid for in advance, in one region. */
export interface DataTransferPlan {
  readonly name: string;
  readonly region: string;
  /** By the month. */
  readonly sizeBytes: number;
}

export interface InternetHost {
  readonly name: string;
  readonly place: Place;
  readonly address: number;
  readonly listen: readonly Listen[];
  readonly tcp: HostTcp;
  readonly services: readonly HttpService[];
  readonly risks: readonly string[];
}

/** The Internet between two cities; absent settings are those of any other pair. */
export interface InternetPath {
  readonly name: string;
  readonly between: readonly [string, string];
  readonly oneWayNs?: number;
  /** Measured round trips over the run; half of one is the latency of either way. */
  readonly roundTrips?: TimeSeries;
  readonly rateBps?: number;
  readonly mtuBytes?: number;
  /** Share of packets lost, each way. */
  readonly loss?: number;
}
