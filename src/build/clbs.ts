/** Third pass: listeners and servers of CLBs, the agents of their nodes, and who answers for the admin verbs. */
import { present } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import type { ParameterValues } from '../base/parameters.ts';
import { ClbAdmin } from '../control/clb-admin.ts';
import { ClbAgent, readClbAgentSettings } from '../control/clb-agent.ts';
import { ClbView } from '../control/clb-view.ts';
import type { NodeListener } from '../devices/clb-node.ts';
import type { ProbeSettings } from '../protocols/health-prober.ts';
import type { Clb, ClbListener } from '../scenario/scenario.ts';
import type { Plant } from './plant.ts';
import { nodesOf } from './routes.ts';

export function buildClbs(plant: Plant): Map<string, ClbAdmin> {
  const admins = new Map<string, ClbAdmin>();
  for (const clb of plant.scenario.clbs) admins.set(clb.name, buildClb(plant, clb));
  return admins;
}

function buildClb(plant: Plant, clb: Clb): ClbAdmin {
  const settings = readClbAgentSettings(plant.values);
  const view = new ClbView(clb.name, plant.network);
  const admin = new ClbAdmin(view);
  for (const { name, backends } of clb.listeners)
    for (const { instance } of backends) view.begin(name, instance);
  const nodes = nodesOf(plant, clb);
  for (const { built } of nodes) {
    const peers = nodes
      .filter((other) => other.built !== built)
      .map((other) => other.built.managementAddress);
    const agent = new ClbAgent(built.node, built.context, settings, peers, view);
    view.watch(built.id, built.node);
    admin.manage(built.node, agent);
    for (const listener of clb.listeners) {
      const entry = nodeListener(listener, plant.values);
      built.node.addListener(entry);
      for (const { instance, weight } of listener.backends) {
        built.node.addServer(entry, instance, privateAddress(plant, instance), weight, false);
      }
    }
  }
  return admin;
}

export function privateAddress(plant: Plant, instance: string): number {
  const found = plant.scenario.instances.find(({ name }) => name === instance);
  return present(found, `no instance ${instance} was built`).privateAddress;
}

function nodeListener(listener: ClbListener, values: ParameterValues): NodeListener {
  const isTcp = listener.protocol === 'tcp';
  const idleTimeoutNs =
    listener.establishedTimeoutNs ??
    values.get(isTcp ? `${listener.product ?? 'clb'}.tcp_idle_timeout` : 'clb.udp_idle_timeout');
  return {
    name: listener.name,
    protocol: listener.protocol,
    frontendPort: listener.frontendPort,
    backendPort: listener.backendPort,
    scheduler: listener.scheduler,
    idleTimeoutNs,
    checkPort: listener.healthCheck.port ?? listener.backendPort,
    settings: probeSettings(listener, values),
    servers: [],
    event: NONE,
  };
}

function probeSettings(
  { protocol, healthCheck, product: ofNlb }: ClbListener,
  values: ParameterValues,
): ProbeSettings {
  const isTcp = protocol === 'tcp';
  const product = ofNlb ?? 'clb';
  return {
    intervalNs:
      healthCheck.intervalNs ??
      values.get(isTcp ? `${product}.health_check_interval` : 'clb.udp_health_check_interval'),
    timeoutNs:
      healthCheck.timeoutNs ??
      values.get(isTcp ? `${product}.health_check_timeout` : 'clb.udp_health_check_timeout'),
    unhealthyThreshold: healthCheck.unhealthyThreshold ?? values.get(`${product}.unhealthy_threshold`),
    healthyThreshold: healthCheck.healthyThreshold ?? values.get(`${product}.healthy_threshold`),
  };
}
