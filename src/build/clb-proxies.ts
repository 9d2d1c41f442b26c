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
import { groupsOf, poolsOf } from '../scenario/clb-pools.ts';
import type { Clb, ClbListener, HttpListener, HttpRule } from '../scenario/scenario.ts';
import { serverHandler } from './balanced-servers.ts';
import { proxiesOf } from './clb-proxy-nodes.ts';
import { httpCheckOf, privateAddress, probeSettings } from './clbs.ts';
import type { Plant } from './plant.ts';

/** By CLB, then by listener or server group: who answers for it. */
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

function adminsOf(clb: Clb, layer4: ListenerAdmin, layer7: ListenerAdmin) {
  return new Map(
    poolsOf(clb).map(({ name, protocol }) => [name, protocol === 'http' ? layer7 : layer4] as const),
  );
}

function buildProxies(plant: Plant, clb: Clb): ClbHttpAdmin {
  const view = new ClbView(clb.name, plant.network);
  const places = proxiesOf(plant, clb);
  const listeners = clb.listeners.filter(({ protocol }) => protocol === 'http');
  const synced = listeners.map(
    (listener) => [listener.name, groupsOf(listener).map(({ name }) => name)] as const,
  );
  const layer7 = new ClbHttpAdmin(view, new Map(synced));
  layer7.onServer = serverHandler(plant);
  for (const { name, backends } of poolsOf({ listeners })) {
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
  const { name, frontendPort } = listener;
  const http = present(listener.http, `${name} is no listener of layer 7`);
  const fallback = addGroup(plant, node, listener, http);
  const groups = new Map(groupsOf(listener).map((pool) => [pool.name, addGroup(plant, node, pool, http)]));
  const targetOf = (group: string) => present(groups.get(group), `no server group ${group} was built`);
  node.addListener({
    name,
    port: frontendPort,
    rules: new ForwardingRules(
      [...http.rules].sort(comparePrecision).map(({ domain, url, group }, priority) => ({
        priority,
        hosts: domain === undefined ? [] : [domain],
        paths: url === undefined ? [] : [`${url}*`],
        target: targetOf(group),
      })),
      fallback,
    ),
    idleTimeoutNs: http.idleTimeoutNs ?? plant.values.get('clb.http_idle_timeout'),
    requestTimeoutNs: http.requestTimeoutNs ?? plant.values.get('clb.http_request_timeout'),
  });
}

/**
 * What is more precise comes first: a whole domain, then the longest `*.`, then none; at the same domain the longest
 * url. Source: CLB "Forward requests based on domain names or URLs"; that a domain outweighs a url is assumed.
 */
function comparePrecision(a: HttpRule, b: HttpRule): number {
  return precisionOf(b) - precisionOf(a) || (b.url ?? '').length - (a.url ?? '').length;
}

function precisionOf({ domain }: HttpRule): number {
  if (domain === undefined) return 0;
  return domain.startsWith('*') ? domain.length : Number.MAX_SAFE_INTEGER;
}

function addGroup(plant: Plant, node: ClbProxy, pool: ClbListener, http: HttpListener): ServerGroup {
  const { name, backendPort, scheduler, backends } = pool;
  const group: ServerGroup = {
    name,
    port: backendPort,
    scheduler: scheduler === 'rr' ? HTTP_SCHEDULERS.rr : HTTP_SCHEDULERS.wrr,
    check: checkOf(plant, pool, http),
    cookieLifeNs: http.cookieTimeoutNs,
    servers: [],
    event: NONE,
  };
  node.groups.push(group);
  for (const { instance, weight } of backends)
    node.addServer(group, instance, privateAddress(plant, instance), weight, false);
  return group;
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
