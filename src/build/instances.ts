/** Instances with what stands between wire and host stack: filter, limits, forwarding. */
import { NONE } from '../base/brand.ts';
import { EniFilter } from '../devices/eni-filter.ts';
import { Instance } from '../devices/instance.ts';
import { InstanceLimits } from '../devices/instance-limits.ts';
import type { DeviceContext } from '../network/device.ts';
import { openPolicy } from '../policy/security-group.ts';
import type { Instance as ScenarioInstance } from '../scenario/scenario.ts';
import type { Plant } from './plant.ts';
import { readEniTimeouts, securityPolicyOf } from './security-groups.ts';

export function makeInstance(plant: Plant, instance: ScenarioInstance, context: DeviceContext): Instance {
  const { values, security } = plant;
  const { name, securityGroups, forwarding } = instance;
  const filter = filterOf(plant, instance, context);
  if (filter !== null && securityGroups.length > 0) security.attach(name, filter);
  const timeoutNs = values.get('ecs.session_timeout');
  const address = instance.boundAddress ?? instance.privateAddress;
  const made = new Instance(context, plant.tcpOf(instance), address, timeoutNs, filter);
  for (const visible of instance.visibleAddresses ?? []) made.stack.setExtraAddress(visible, true, NONE);
  made.setForwarding(forwarding.forwards, forwarding.checksAddresses);
  made.setLimits(limitsOf(plant, instance, context), values.get('ecs.blocks_smtp') > 0);
  return made;
}

/** One that tracks connections, to filter or to count them; null: neither. */
function filterOf(plant: Plant, instance: ScenarioInstance, context: DeviceContext): EniFilter | null {
  const policy = securityPolicyOf(plant, instance);
  const { connections } = instance.limits;
  if (policy === null && connections === null) return null;
  const timeouts = readEniTimeouts(plant.values);
  return new EniFilter(context, policy ?? openPolicy(), timeouts, connections ?? undefined);
}

/** Those of the instance, which all its ENIs share. Source: ECS "ENI overview": extra ENIs add no bandwidth. */
function limitsOf(
  { values, instances, instanceLimits }: Plant,
  { name, eniOf }: ScenarioInstance,
  context: DeviceContext,
): InstanceLimits | null {
  const owner = eniOf ?? name;
  const limits = instances.get(owner)?.limits;
  const { bandwidthBps = null, packetsPerSecond = null } = limits ?? {};
  if (bandwidthBps === null && packetsPerSecond === null) return null;
  const shared = instanceLimits.get(owner);
  if (shared !== undefined) return shared;
  const made = new InstanceLimits(context, {
    bandwidthBps,
    packetsPerSecond,
    burstNs: values.get('ecs.limit_burst_time'),
    burstFloorBytes: values.get('eip.burst_floor'),
  });
  instanceLimits.set(owner, made);
  return made;
}
