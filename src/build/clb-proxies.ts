/** CLBs at layer 7: what their proxy nodes know of listeners and servers, their agents, and who answers for the admin verbs. */
import { present } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import type { ClbAdmin, ListenerAdmin } from '../control/clb-admin.ts';
import { ClbAgent, readClbAgentSettings } from '../control/clb-agent.ts';
import { ClbHttpAdmin, HTTP_SCHEDULERS, withRaisedTimeout } from '../control/clb-http-admin.ts';
import { ClbView } from '../control/clb-view.ts';
import type { ServerGroup } from '../devices/alb-servers.ts';
import type { ClbProxy } from '../devices/clb-proxy.ts';
import { ForwardingRules } from '../policy/forwarding-rules.ts';
import type { Clb, ClbListener, HttpListener } from '../scenario/scenario.ts';
import { serverHandler } from './balanced-servers.ts';
import { proxiesOf } from './clb-proxy-nodes.ts';
import { httpCheckOf, privateAddress, probeSettings } from './clbs.ts';
import type { Plant } from './plant.ts';

/** By CLB, then by listener: who answers for it. */
export type ListenerAdmins = ReadonlyMap<string, ReadonlyMap<string, ListenerAdmin>>;

/** `layer4`: who answers for the listeners of layer 4, by CLB. */
export function buildLayer7(plant: Plant, layer4: ReadonlyMap<string, ClbAdmin>): ListenerAdmins {
  return new Map(
    plant.scenario.clbs.map((clb) => {
      const forLayer4 = present(layer4.get(clb.name), `no CLB ${clb.name} was built`);
      return [clb.name, adminsOf(clb, forLayer4, buildProxies(plant, clb))];
    }),
  );
}

function adminsOf({ listeners }: Clb, layer4: ListenerAdmin, layer7: ListenerAdmin) {
  return new Map(
    listeners.map(({ name, protocol }) => [name, protocol === 'http' ? layer7 : layer4] as const),
  );
}

function buildProxies(plant: Plant, clb: Clb): ClbHttpAdmin {
  const view = new ClbView(clb.name, plant.network);
  const layer7 = new ClbHttpAdmin(view);
  const places = proxiesOf(plant, clb);
  const listeners = clb.listeners.filter(({ protocol }) => protocol === 'http');
  layer7.onServer = serverHandler(plant);
  for (const { name, backends } of listeners) {
    for (const { instance } of backends) {
      view.begin(name, instance);
      layer7.onServer(instance, true);
    }
  }
  for (const { built } of places) {
    const { node, context, id } = built;
    const peers = places
      .filter((other) => other.built !== built)
      .map((other) => other.built.managementAddress);
    layer7.manageProxy(node, new ClbAgent(node, context, readClbAgentSettings(plant.values), peers, view));
    view.watch(id, node);
    for (const listener of listeners) addListener(plant, node, listener);
  }
  return layer7;
}

function addListener(plant: Plant, node: ClbProxy, listener: ClbListener): void {
  const { name, frontendPort, backendPort, scheduler, backends } = listener;
  const http = present(listener.http, `${name} is no listener of layer 7`);
  const group: ServerGroup = {
    name,
    port: backendPort,
    scheduler: scheduler === 'rr' ? HTTP_SCHEDULERS.rr : HTTP_SCHEDULERS.wrr,
    check: checkOf(plant, listener, http),
    cookieLifeNs: http.cookieTimeoutNs,
    servers: [],
    event: NONE,
  };
  node.groups.push(group);
  for (const { instance, weight } of backends)
    node.addServer(group, instance, privateAddress(plant, instance), weight, false);
  node.addListener({
    name,
    port: frontendPort,
    rules: new ForwardingRules([], group),
    idleTimeoutNs: http.idleTimeoutNs ?? plant.values.get('clb.http_idle_timeout'),
    requestTimeoutNs: http.requestTimeoutNs ?? plant.values.get('clb.http_request_timeout'),
  });
}

function checkOf(
  { values }: Plant,
  listener: ClbListener,
  { isChecked }: HttpListener,
): ServerGroup['check'] {
  if (!isChecked) return null;
  const { healthCheck, backendPort } = listener;
  const http = healthCheck.http === undefined ? undefined : httpCheckOf(healthCheck.http, values);
  return {
    port: healthCheck.port ?? backendPort,
    settings: withRaisedTimeout(probeSettings(listener, values)),
    ...(http === undefined ? {} : { http }),
  };
}
