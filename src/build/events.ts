/** Sixth pass: what each event of the scenario does when its time comes. */
import { assert, present } from '../base/assert.ts';
import type { AclAdmin } from '../control/acl-admin.ts';
import type { ClbAdmin } from '../control/clb-admin.ts';
import type { DnsAdmin } from '../control/dns-admin.ts';
import type { EipAdmin } from '../control/eip-admin.ts';
import type { NatAdmin } from '../control/nat-admin.ts';
import type { Refusal } from '../control/refusal.ts';
import type { RouteAdmin } from '../control/route-admin.ts';
import type { FaultInjector } from '../faults/injector.ts';
import type { ProbeSettings } from '../protocols/health-prober.ts';
import type { Action, HealthCheck, ScenarioEvent, SetAttributes } from '../scenario/scenario.ts';
import { addAccess, removeAccess, setAccess } from './access-changes.ts';
import { addressOf } from './addresses.ts';
import { privateAddress } from './clbs.ts';
import { recordChange, recordOf } from './dns.ts';
import type { Plant } from './plant.ts';
import { userRoute } from './route-tables.ts';
import type { Timeline } from './timeline.ts';

export interface Controls {
  readonly eips: EipAdmin;
  readonly clbs: ReadonlyMap<string, ClbAdmin>;
  readonly nats: ReadonlyMap<string, NatAdmin>;
  readonly acls: ReadonlyMap<string, AclAdmin>;
  readonly routes: RouteAdmin;
  /** Null: there are no DNS records. */
  readonly names: DnsAdmin | null;
  readonly faults: FaultInjector;
}

/** Puts every event on the engine's calendar; called when 0 s is now. */
export function scheduleEvents(
  plant: Plant,
  controls: Controls,
  timeline: Timeline,
  onRefused: (event: number, reason: string) => void,
): void {
  const { engine, network } = plant;
  const zeroNs = engine.nowNs;
  plant.scenario.events.forEach((event, index) => {
    const at = zeroNs + timeline.timeOf(event.name);
    engine.call(at, () => {
      network.flows.eventHappens(index);
      const refusal = act(plant, controls, event, index, at);
      if (refusal !== null) onRefused(index, refusal);
    });
  });
}

function act(plant: Plant, controls: Controls, event: ScenarioEvent, index: number, atNs: number): Refusal {
  const { action } = event;
  const { eips, faults } = controls;
  switch (action.verb) {
    case 'fail':
      for (const target of action.targets) faults.fail(target, action, index);
      return null;
    case 'restore':
      for (const target of action.targets) faults.restore(target, index);
      return null;
    case 'flap':
      flap(plant, faults, action, index, atNs);
      return null;
    case 'degrade':
      for (const target of action.targets) {
        faults.degrade(target, action.degradation, action.direction, index);
      }
      return null;
    case 'associate':
      return eips.associate(action.eip, action.target, index);
    case 'disassociate':
      return eips.disassociate(action.eip, index);
    case 'set':
      return set(plant, controls, action.path, action.attributes, index);
    case 'add':
      if (action.access !== undefined)
        return addAccess(plant, controls.acls, action.path, action.access, index);
      if (action.route !== undefined) return controls.routes.add(userRoute(plant, action.route), index);
      return changeServers(plant, controls, action, index);
    case 'remove': {
      const [table = '', entry = ''] = action.path.split('/');
      if (controls.routes.has(table)) return controls.routes.remove(table, entry, index);
      const refusal = removeAccess(plant, controls.acls, action.path, index);
      if (refusal !== undefined) return refusal;
      return changeServers(plant, controls, action, index);
    }
  }
}

/** Down for `down`, up for `up`, so many times; it ends up. */
function flap(
  plant: Plant,
  faults: FaultInjector,
  action: Extract<Action, { verb: 'flap' }>,
  index: number,
  atNs: number,
): void {
  const { engine } = plant;
  const down = (): void => {
    for (const target of action.targets) faults.fail(target, action, index);
  };
  const up = (): void => {
    for (const target of action.targets) faults.restore(target, index);
  };
  down();
  for (let turn = 0; turn < action.times; turn++) {
    const beginNs = atNs + turn * (action.downNs + action.upNs);
    if (turn > 0) engine.call(beginNs, down);
    engine.call(beginNs + action.downNs, up);
  }
}

function set(
  plant: Plant,
  controls: Controls,
  path: string,
  attributes: SetAttributes,
  event: number,
): Refusal {
  const [resource = '', listener, server] = path.split('/');
  if (attributes.bandwidthBps !== undefined)
    return controls.eips.setBandwidth(resource, attributes.bandwidthBps, event);
  if (attributes.snatIp !== undefined) {
    const nat = present(controls.nats.get(resource), `no NAT gateway ${resource} was built`);
    return nat.setPool(listener ?? '', attributes.snatIp, event);
  }
  if (attributes.record !== undefined) {
    const names = present(controls.names, 'a record changes where there are none');
    return names.set(resource, recordChange(plant, attributes.record), event);
  }
  if (attributes.access !== undefined) return setAccess(plant, controls.acls, path, attributes.access, event);
  const clb = present(controls.clbs.get(resource), `no CLB ${resource} was built`);
  assert(listener !== undefined, 'a set on a CLB names a listener');
  const { scheduler, healthCheck, weight, weights = [] } = attributes;
  // Weights first: they alone can be refused, and a refused change changes nothing.
  const all = server === undefined || weight === undefined ? weights : [{ instance: server, weight }];
  const refusal = clb.setWeights(listener, all, event);
  if (refusal !== null) return refusal;
  if (scheduler !== undefined) clb.setScheduler(listener, scheduler, event);
  if (healthCheck !== undefined) {
    clb.setHealthCheck(listener, probeChanges(healthCheck), healthCheck.port ?? null, event);
  }
  return null;
}

function probeChanges(check: HealthCheck): Partial<ProbeSettings> {
  const { intervalNs, timeoutNs, unhealthyThreshold, healthyThreshold } = check;
  return {
    ...(intervalNs === undefined ? {} : { intervalNs }),
    ...(timeoutNs === undefined ? {} : { timeoutNs }),
    ...(unhealthyThreshold === undefined ? {} : { unhealthyThreshold }),
    ...(healthyThreshold === undefined ? {} : { healthyThreshold }),
  };
}

function changeServers(
  plant: Plant,
  controls: Controls,
  action: Extract<Action, { verb: 'add' | 'remove' }>,
  event: number,
): Refusal {
  const [resource = '', listener = '', server = ''] = action.path.split('/');
  if (recordOf(plant, resource) !== undefined) {
    const names = present(controls.names, 'a record changes where there are none');
    if (action.verb === 'remove') return names.remove(resource, listener, event);
    return names.add(resource, listener, addressOf(plant, listener), action.weight, event);
  }
  const clb = present(controls.clbs.get(resource), `no CLB ${resource} was built`);
  if (action.verb === 'remove') return clb.removeServer(listener, server, event);
  return clb.addServer(listener, server, privateAddress(plant, server), action.weight, event);
}
