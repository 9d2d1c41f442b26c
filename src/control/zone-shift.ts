/**
 * Zone shift of an ALB or NLB: takes a zone's address out of DNS on demand, or puts it back. What clients hold by then
 * is theirs until it expires; open connections stay.
 * Source: StartShiftLoadBalancerZones, CancelShiftLoadBalancerZones; alicloud_nlb_load_balancer_zone_shifted_attachment.
 */
import { present } from '../base/assert.ts';
import type { Network } from '../network/network.ts';
import type { DnsAdmin } from './dns-admin.ts';
import type { Refusal } from './refusal.ts';

const IN_SERVICE = 'in-service';
const SHIFTED = 'shifted';

export class ZoneShift {
  private readonly balancer: string;
  private readonly network: Network;
  /** By zone, whether its address is withheld. */
  private readonly shifted = new Map<string, boolean>();

  constructor(balancer: string, zones: readonly string[], network: Network) {
    this.balancer = balancer;
    this.network = network;
    for (const zone of zones) {
      this.shifted.set(zone, false);
      network.states.set(`${balancer}/${zone}`, IN_SERVICE);
    }
  }

  has(zone: string): boolean {
    return this.shifted.has(zone);
  }

  /** `isShifted` false: cancels an earlier shift. Without names there is nothing to withhold the address from. */
  shift(zone: string, isShifted: boolean, names: DnsAdmin | null, event: number): Refusal {
    const subject = `${this.balancer}/${zone}`;
    const was = present(this.shifted.get(zone), `${this.balancer} has no zone ${zone}`);
    if (was === isShifted) return isShifted ? `${subject} is shifted already` : `${subject} is not shifted`;
    const left = [...this.shifted].filter(([other, isGone]) => !isGone && other !== zone);
    if (isShifted && left.length === 0) return `${subject} is the last zone in service`;
    this.shifted.set(zone, isShifted);
    const [from, to] = isShifted ? [IN_SERVICE, SHIFTED] : [SHIFTED, IN_SERVICE];
    this.network.change({ kind: 'installation', subject, from, to, cause: { event, chain: [] } });
    names?.offer(subject, !isShifted, event);
    return null;
  }
}
