/** Sixth pass: what each event of the scenario does when its time comes. */
import { assert, present } from '../base/assert.ts';
import type { AclAdmin } from '../control/acl-admin.ts';
import type { GroupAdmin } from '../control/alb-admin.ts';
import type { BandwidthPlanAdmin } from '../control/bandwidth-plan-admin.ts';
import type { ListenerAdmin } from '../control/clb-admin.ts';
import type { ClbCapacityAdmin } from '../control/clb-capacity.ts';
import type { DnsAdmin } from '../control/dns-admin.ts';
import type { EipAdmin } from '../control/eip-admin.ts';
import type { NatAdmin } from '../control/nat-admin.ts';
import type { Refusal } from '../control/refusal.ts';
import type { RouteAdmin } from '../control/route-admin.ts';
import type { ZoneShift } from '../control/zone-shift.ts';
import type { FaultInjector } from '../faults/injector.ts';
import type { ProbeSettings } from '../protocols/health-prober.ts';
import type { Action, ClbCapacity, HealthCheck, ScenarioEvent, SetAttributes } from '../scenario/scenario.ts';
import { addAccess, removeAccess, setAccess } from './access-changes.ts';
import { addressOf } from './addresses.ts';
import type { ListenerAdmins } from './clb-proxies.ts';
import { privateAddress } from './clbs.ts';
import { recordChange, recordOf } from './dns.ts';
import { natCapacity } from './nat-gateways.ts';
import type { Plant } from './plant.ts';
import { userRoute } from './route-tables.ts';
import type { Timeline } from './timeline.ts';

export interface Controls {
  readonly eips: EipAdmin;
  readonly plans: BandwidthPlanAdmin;
  readonly clbs: ListenerAdmins;
  /** By CLB: what it may carry. */
  readonly capacities: ReadonlyMap<string, ClbCapacityAdmin>;
  /** Of ALBs and NLBs: their server groups. */
  readonly groups: ReadonlyMap<string, GroupAdmin>;
  /** Of ALBs and NLBs. */
  readonly shifts: ReadonlyMap<string, ZoneShift>;
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
    case 'convert':
      return eips.convert(action.eip, index);
    case 'set':
      return set(plant, controls, action.path, action.attributes, index);
    case 'add':
      if (action.access !== undefined)
        return addAccess(plant, controls.acls, action.path, action.access, index);
      if (action.route !== undefined) return controls.routes.add(userRoute(plant, action.route), index);
      return changeChildren(plant, controls, action, index);
    case 'remove': {
      const [table = '', entry = ''] = action.path.split('/');
      if (controls.routes.has(table)) return controls.routes.remove(table, entry, index);
      const refusal = removeAccess(plant, controls.acls, action.path, index);
      if (refusal !== undefined) return refusal;
      return changeChildren(plant, controls, action, index);
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
  if (controls.plans.has(resource)) return setPlan(controls.plans, path, attributes, event);
  if (attributes.bandwidthBps !== undefined)
    return controls.eips.setBandwidth(path, attributes.bandwidthBps, event);
  if (attributes.snatIp !== undefined) {
    const nat = present(controls.nats.get(resource), `no NAT gateway ${resource} was built`);
    return nat.setPool(listener ?? '', attributes.snatIp, event);
  }
  if (attributes.record !== undefined) {
    const names = present(controls.names, 'a record changes where there are none');
    return names.set(resource, recordChange(plant, attributes.record), event);
  }
  if (attributes.access !== undefined) return setAccess(plant, controls.acls, path, attributes.access, event);
  const gateway = controls.nats.get(resource);
  if (attributes.specification !== undefined && gateway !== undefined) {
    const { specification } = attributes;
    return gateway.setSpecification(specification, natCapacity(plant.values, specification), event);
  }
  const groups = controls.groups.get(resource);
  if (groups !== undefined)
    return groups.setWeight(listener ?? '', server ?? '', attributes.weight ?? 0, event);
  if (attributes.capacity !== undefined) return setCapacity(controls, resource, attributes.capacity, event);
  assert(listener !== undefined, 'a set on a CLB names a listener');
  const clb = listenerAdmin(controls, resource, listener);
  const { scheduler, healthCheck, options, weight, weights = [] } = attributes;
  // What can be refused comes first: a refused change changes nothing.
  const all = server === undefined || weight === undefined ? weights : [{ instance: server, weight }];
  const bandwidthBps = options?.bandwidthBps;
  const capacity = present(controls.capacities.get(resource), `no CLB ${resource} was built`);
  const shortage = bandwidthBps === undefined ? null : capacity.refuseReservation(listener, bandwidthBps);
  const refusal = shortage ?? clb.setWeights(listener, all, event);
  if (refusal !== null) return refusal;
  if (bandwidthBps !== undefined) capacity.reserve(listener, bandwidthBps, event);
  if (options !== undefined) {
    clb.setOptions(listener, options, () => plant.values.get('clb.connection_drain_timeout'));
  }
  if (scheduler !== undefined) clb.setScheduler(listener, scheduler, event);
  if (healthCheck !== undefined) {
    clb.setHealthCheck(listener, probeChanges(healthCheck), healthCheck.port ?? null, event);
  }
  return null;
}

function setCapacity(
  { capacities }: Controls,
  name: string,
  { bandwidthBps, spec }: ClbCapacity,
  event: number,
): Refusal {
  const capacity = present(capacities.get(name), `no CLB ${name} was built`);
  // Bandwidth first: it alone can be refused, and a refused change changes nothing.
  const refusal = bandwidthBps === undefined ? null : capacity.setBandwidth(bandwidthBps, event);
  return refusal === null && spec !== undefined ? capacity.setSpecification(spec, event) : refusal;
}

/** `plan`, or `plan/front-ip`. */
function setPlan(
  plans: BandwidthPlanAdmin,
  path: string,
  { bandwidthBps, planCapBps }: SetAttributes,
  event: number,
): Refusal {
  const [plan, eip] = splitAtFirst(path);
  if (planCapBps !== undefined) return plans.setCap(plan, eip, planCapBps, event);
  assert(bandwidthBps !== undefined, 'a set on a bandwidth plan changes something');
  return plans.setBandwidth(plan, bandwidthBps, event);
}

/** What stands before the first `/`, and what after it: an EIP's own name may hold another. */
function splitAtFirst(path: string): [string, string] {
  const slash = path.indexOf('/');
  return slash < 0 ? [path, ''] : [path.slice(0, slash), path.slice(slash + 1)];
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

function changeChildren(
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
  if (controls.plans.has(resource)) {
    const [plan, eip] = splitAtFirst(action.path);
    if (action.verb === 'remove') return controls.plans.leave(plan, eip, event);
    return controls.plans.join(plan, eip, action.planCapBps ?? null, event);
  }
  const gateway = controls.nats.get(resource);
  if (gateway !== undefined) return changeEntries(plant, gateway, action, event);
  const shift = controls.shifts.get(resource);
  if (shift?.has(listener)) return shift.shift(listener, action.verb === 'remove', controls.names, event);
  const groups = controls.groups.get(resource);
  if (groups !== undefined) return changeGroup(plant, groups, action, event);
  const clb = listenerAdmin(controls, resource, listener);
  if (action.verb === 'remove') return clb.removeServer(listener, server, event);
  return clb.addServer(listener, server, privateAddress(plant, server), action.weight, event);
}

function listenerAdmin({ clbs }: Controls, clb: string, listener: string): ListenerAdmin {
  return present(clbs.get(clb)?.get(listener), `no listener ${clb}/${listener} was built`);
}

/** Entries of a NAT gateway. */
function changeEntries(
  plant: Plant,
  gateway: NatAdmin,
  action: Extract<Action, { verb: 'add' | 'remove' }>,
  event: number,
): Refusal {
  if (action.verb === 'remove') return gateway.removeEntry(action.path.split('/')[1] ?? '', event);
  const { snatEntry, forwardEntry } = action;
  if (snatEntry !== undefined) return gateway.addEntry(snatEntry, event);
  const entry = present(forwardEntry, 'an entry that is added is of one of two kinds');
  return gateway.addForward(entry, privateAddress(plant, entry.instance), event);
}

/** A server of a group. */
function changeGroup(
  plant: Plant,
  groups: GroupAdmin,
  action: Extract<Action, { verb: 'add' | 'remove' }>,
  event: number,
): Refusal {
  const [, group = '', server = ''] = action.path.split('/');
  if (action.verb === 'remove') return groups.removeServer(group, server, event);
  return groups.addServer(group, server, privateAddress(plant, server), action.weight, event);
}
