/** Third pass: listeners and servers of CLBs, the agents of their nodes, and who answers for the admin verbs. */

import { present } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import type { ParameterValues } from '../base/parameters.ts';
import { SERVERS_PER_CLB } from '../base/quotas.ts';
import { ClbAdmin } from '../control/clb-admin.ts';
import { ClbAgent, readClbAgentSettings } from '../control/clb-agent.ts';
import { ClbSessionSync } from '../control/clb-session-sync.ts';
import { ClbView } from '../control/clb-view.ts';
import { ClientAffinity } from '../devices/clb-affinity.ts';
import type { NodeListener } from '../devices/clb-node.ts';
import type { ProbeSettings } from '../protocols/health-prober.ts';
import type { HttpCheck } from '../protocols/http-prober.ts';
import { type ListenerProbe, PLAIN_PROBE } from '../protocols/listener-probe.ts';
import type { Clb, ClbListener, HttpCheckSettings } from '../scenario/scenario.ts';
import { serverHandler } from './balanced-servers.ts';
import { controlClb } from './clb-failover.ts';
import { proxiesOf } from './clb-proxy-nodes.ts';
import type { BuiltNode, Plant } from './plant.ts';
import { nodesOf } from './routes.ts';

/** By CLB: who answers for its listeners at layer 4. */
export function buildClbs(plant: Plant): Map<string, ClbAdmin> {
  const admins = new Map<string, ClbAdmin>();
  for (const clb of plant.scenario.clbs) admins.set(clb.name, buildClb(plant, clb));
  return admins;
}

function buildClb(plant: Plant, clb: Clb): ClbAdmin {
  const settings = readClbAgentSettings(plant.values);
  const view = new ClbView(clb.name, plant.network);
  // That UDP listeners take their time is documented of CLBs alone.
  const isNlb = clb.listeners.some(({ product }) => product === 'nlb');
  const udpDelayNs = isNlb ? 0 : plant.values.get('clb.udp_removal_delay');
  const admin = new ClbAdmin(view, udpDelayNs, (delayNs, act) =>
    plant.engine.call(plant.engine.nowNs + delayNs, act),
  );
  if (!isNlb) admin.limitServers(SERVERS_PER_CLB);
  admin.onServer = serverHandler(plant);
  for (const { name, protocol, backends, standby } of clb.listeners) {
    if (protocol === 'http') continue;
    const own = backends.filter(({ instance }) => serves(plant, clb, instance));
    for (const { instance } of own) view.begin(name, instance);
    const servers = [...own.map(({ instance }) => instance), ...(standby === undefined ? [] : [standby])];
    for (const instance of servers) admin.onServer(instance, true);
  }
  const nodes = nodesOf(plant, clb);
  controlClb(plant, clb, nodes);
  for (const { built, zone } of nodes) {
    const peers = nodes
      .filter((other) => other.built !== built)
      .map((other) => other.built.managementAddress);
    const agent = new ClbAgent(built.node, built.context, settings, peers, view);
    syncSessions(plant, nodes, built);
    view.watch(built.id, built.node);
    admin.manage(built.node, agent);
    for (const listener of clb.listeners) {
      if (listener.protocol === 'http') {
        addProxies(plant, clb, zone, built, listener);
        continue;
      }
      const entry = nodeListener({ ...listener, protocol: listener.protocol }, plant.values);
      built.node.addListener(entry);
      for (const { instance, weight } of listener.backends) {
        if (serves(plant, clb, instance))
          built.node.addServer(entry, instance, privateAddress(plant, instance), weight, false);
      }
      if (listener.standby !== undefined)
        built.node.setStandby(entry, listener.standby, privateAddress(plant, listener.standby));
    }
  }
  return admin;
}

/** A listener at layer 7 is one of layer 4 here whose servers are the proxy nodes of the zone. */
function addProxies(plant: Plant, clb: Clb, zone: string, { node }: BuiltNode, listener: ClbListener): void {
  const { values } = plant;
  const threshold = values.get('clb.proxy_check_threshold');
  const entry: NodeListener = {
    name: listener.name,
    protocol: 'tcp',
    frontendPort: listener.frontendPort,
    backendPort: listener.frontendPort,
    scheduler: 'wrr',
    idleTimeoutNs: values.get('clb.tcp_idle_timeout'),
    probe: PLAIN_PROBE,
    checkPort: listener.frontendPort,
    settings: {
      intervalNs: values.get('clb.proxy_check_interval'),
      timeoutNs: values.get('clb.proxy_check_timeout'),
      unhealthyThreshold: threshold,
      healthyThreshold: threshold,
    },
    servers: [],
    event: NONE,
    drains: false,
    drainNs: 0,
    persistenceNs: 0,
    affinity: new ClientAffinity(),
    standby: null,
    actsAlone: true,
  };
  node.addListener(entry);
  for (const proxy of proxiesOf(plant, clb).filter((place) => place.zone === zone))
    node.addServer(entry, proxy.name.slice(clb.name.length + 1), proxy.built.nodeAddress, 1, false);
}

/** With the other nodes of its zone. */
function syncSessions(plant: Plant, nodes: ReturnType<typeof nodesOf>, built: BuiltNode): void {
  const zone = nodes.find((node) => node.built === built)?.zone;
  const peers = nodes.filter((other) => other.built !== built && other.zone === zone);
  if (peers.length === 0) return;
  const addresses = peers.map((peer) => peer.built.managementAddress);
  const intervalNs = plant.values.get('clb.session_sync_interval');
  new ClbSessionSync(built.node, built.context, addresses, intervalNs);
}

export function zoneOf({ scenario }: Plant, instance: string): string {
  const home = scenario.instances.find(({ name }) => name === instance)?.vswitch;
  return present(
    scenario.vswitches.find(({ name }) => name === home),
    `no instance ${instance} was built`,
  ).zone;
}

/** Whether an instance serves a CLB at all: those of an NLB's zone may have to be in it. */
export function serves(plant: Plant, { isZonal, masterZone }: Clb, instance: string): boolean {
  return isZonal !== true || zoneOf(plant, instance) === masterZone;
}

export function privateAddress(plant: Plant, instance: string): number {
  const found = plant.scenario.instances.find(({ name }) => name === instance);
  return present(found, `no instance ${instance} was built`).privateAddress;
}

type Layer4Listener = ClbListener & { readonly protocol: 'tcp' | 'udp' };

function nodeListener(listener: Layer4Listener, values: ParameterValues): NodeListener {
  const idleTimeoutNs =
    listener.establishedTimeoutNs ??
    values.get(`${listener.product ?? 'clb'}.${listener.protocol}_idle_timeout`);
  return {
    name: listener.name,
    protocol: listener.protocol,
    frontendPort: listener.frontendPort,
    backendPort: listener.backendPort,
    scheduler: listener.scheduler,
    idleTimeoutNs,
    probe: probeOf(listener, values),
    checkPort: listener.healthCheck.port ?? listener.backendPort,
    settings: probeSettings(listener, values),
    servers: [],
    event: NONE,
    ...drainingOf(listener, values),
    persistenceNs: listener.options.persistenceNs ?? values.get('clb.persistence_timeout'),
    affinity: new ClientAffinity(),
    standby: null,
    isBestEffort: listener.product === 'nlb',
  };
}

function probeOf({ healthCheck: { http, strings } }: ClbListener, values: ParameterValues): ListenerProbe {
  if (strings !== undefined) return { kind: 'strings', strings };
  if (http === undefined) return PLAIN_PROBE;
  return { kind: 'http', check: httpCheckOf(http, values) };
}

export function httpCheckOf(settings: HttpCheckSettings, values: ParameterValues): HttpCheck {
  const { method, path, domain, statusClasses } = settings;
  const bodyBytes = method === 'head' ? 0 : values.get('clb.health_check_page');
  return { path, statusClasses, bodyBytes, ...(domain === undefined ? {} : { host: domain }) };
}

/** The default is in play only where something drains. */
function drainingOf(
  { options, product }: ClbListener,
  values: ParameterValues,
): { drains: boolean; drainNs: number } {
  const { drains = false, drainNs } = options;
  return {
    drains,
    drainNs: drainNs ?? (drains ? values.get(`${product ?? 'clb'}.connection_drain_timeout`) : 0),
  };
}

export function probeSettings(
  { protocol, healthCheck, product: ofNlb }: ClbListener,
  values: ParameterValues,
): ProbeSettings {
  const product = ofNlb ?? 'clb';
  // An NLB asks all alike.
  const ofUdp = protocol === 'udp' && product === 'clb';
  return {
    intervalNs:
      healthCheck.intervalNs ??
      values.get(ofUdp ? 'clb.udp_health_check_interval' : `${product}.health_check_interval`),
    timeoutNs:
      healthCheck.timeoutNs ??
      values.get(ofUdp ? 'clb.udp_health_check_timeout' : `${product}.health_check_timeout`),
    unhealthyThreshold: healthCheck.unhealthyThreshold ?? values.get(`${product}.unhealthy_threshold`),
    healthyThreshold: healthCheck.healthyThreshold ?? values.get(`${product}.healthy_threshold`),
  };
}
