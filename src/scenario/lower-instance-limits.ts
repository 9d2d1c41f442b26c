/** The limits of an instance: those of its type, and in their place those that are written. */
import { INSTANCE_TYPES } from '../base/instance-types.ts';
import type { Check } from './check.ts';
import { integerOf, limitedQuantity, textOf } from './reading.ts';
import type { InstanceLimits } from './scenario.ts';
import type { Tree } from './tree.ts';
import { child } from './tree.ts';

export function limitsOf({ diagnostics }: Check, instance: Tree): InstanceLimits {
  const type = INSTANCE_TYPES[textOf(child(instance, 'instance_type')) ?? ''];
  const own = child(instance, 'limits');
  const bandwidth = limitedQuantity(child(own, 'bandwidth'), 'bitrate', { min: 1e3 }, diagnostics);
  const packets = limitedQuantity(child(own, 'packets'), 'frequency', { min: 1 }, diagnostics);
  const connections = integerOf(child(own, 'connections'), 1, 100_000_000);
  return {
    bandwidthBps: whole(bandwidth) ?? type?.bandwidthBps ?? null,
    packetsPerSecond: whole(packets) ?? type?.packetsPerSecond ?? null,
    connections: connections ?? type?.connections ?? null,
  };
}

/** Buckets are filled at whole numbers. */
const whole = (rate: number | undefined): number | undefined =>
  rate === undefined ? undefined : Math.round(rate);
