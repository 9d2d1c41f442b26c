/**
 * The admin verbs of bandwidth plans that EIPs share: join, leave, set bandwidth, set the cap of one EIP; they act at
 * once on the Internet gateway, or refuse with the product's rule.
 * Source: Internet Shared Bandwidth "Limits"; Terraform alicloud_common_bandwidth_package and its attachment.
 */
import { present } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import type { ParameterValues } from '../base/parameters.ts';
import { EIPS_PER_BANDWIDTH_PLAN } from '../base/quotas.ts';
import { formatBitrate } from '../base/units.ts';
import type { EipLimit, InternetGateway, PlanLimit } from '../devices/internet-gateway.ts';
import type { Network } from '../network/network.ts';
import { type EipAdmin, eipLimit } from './eip-admin.ts';
import type { Refusal } from './refusal.ts';

interface PlanState {
  readonly region: string;
  readonly gateway: InternetGateway;
  /** At the gateway. */
  readonly number: number;
  bandwidthBps: number;
  /** With what is shown of their place: plan and cap. */
  readonly eips: Map<string, string>;
}

export class BandwidthPlanAdmin {
  private readonly eips: EipAdmin;
  private readonly network: Network;
  private readonly values: ParameterValues;
  private readonly plans = new Map<string, PlanState>();

  constructor(eips: EipAdmin, network: Network, values: ParameterValues) {
    this.eips = eips;
    this.network = network;
    this.values = values;
  }

  manage(name: string, region: string, bandwidthBps: number, gateway: InternetGateway): void {
    const number = gateway.addPlan(this.planLimit(bandwidthBps), this.values.get('eip.plan_servers'));
    this.plans.set(name, { region, gateway, number, bandwidthBps, eips: new Map() });
    this.network.states.set(`${name}/bandwidth`, formatBitrate(bandwidthBps));
  }

  has(name: string): boolean {
    return this.plans.has(name);
  }

  /** `capBps`: of this EIP alone, either way; null: none. */
  join(name: string, eipName: string, capBps: number | null, event: number): Refusal {
    const plan = this.find(name);
    const eip = this.eips.find(eipName);
    if (eip.isStatic) return `${eipName} is a static public IP; convert it to an EIP first`;
    if (eip.plan !== null) return `${eipName} is in ${eip.plan} already`;
    if (eip.region !== plan.region) return `${eipName} is in ${eip.region}, ${name} in ${plan.region}`;
    if (plan.eips.size >= EIPS_PER_BANDWIDTH_PLAN)
      return `${name} has ${EIPS_PER_BANDWIDTH_PLAN} EIPs, which is the most`;
    eip.plan = name;
    this.place(name, eipName, capBps, event);
    return null;
  }

  leave(name: string, eipName: string, event: number): Refusal {
    const eip = this.eips.find(eipName);
    if (eip.plan !== name) return `${eipName} is not in ${name}`;
    const plan = this.find(name);
    this.show(`${eipName}/plan`, plan.eips.get(eipName) ?? name, 'none', event);
    plan.eips.delete(eipName);
    eip.plan = null;
    plan.gateway.leave(eip.address, eipLimit(eip.bandwidthBps, this.values), event);
    return null;
  }

  setBandwidth(name: string, bandwidthBps: number, event: number): Refusal {
    const plan = this.find(name);
    this.show(`${name}/bandwidth`, formatBitrate(plan.bandwidthBps), formatBitrate(bandwidthBps), event);
    plan.bandwidthBps = bandwidthBps;
    plan.gateway.setPlan(plan.number, this.planLimit(bandwidthBps), event);
    return null;
  }

  setCap(name: string, eipName: string, capBps: number, event: number): Refusal {
    const eip = this.eips.find(eipName);
    if (eip.plan !== name) return `${eipName} is not in ${name}`;
    this.place(name, eipName, capBps, event);
    return null;
  }

  /** Into the plan, or with another cap. */
  private place(name: string, eipName: string, capBps: number | null, event: number): void {
    const plan = this.find(name);
    const shown = capBps === null ? name : `${name} (${formatBitrate(capBps)})`;
    this.show(`${eipName}/plan`, plan.eips.get(eipName) ?? 'none', shown, event);
    plan.eips.set(eipName, shown);
    plan.gateway.join(this.eips.find(eipName).address, plan.number, this.capLimit(capBps), event);
  }

  private find(name: string): PlanState {
    return present(this.plans.get(name), 'an event names a bandwidth plan that was not built');
  }

  /** A bucket for each server, as deep as that of an EIP with its share. */
  private planLimit(bps: number): PlanLimit {
    const { outboundBurstBytes } = eipLimit(bps / this.values.get('eip.plan_servers'), this.values);
    return { bps, burstBytes: outboundBurstBytes };
  }

  private capLimit(capBps: number | null): EipLimit | null {
    if (capBps === null) return null;
    const { outboundBurstBytes: burstBytes } = eipLimit(capBps, this.values);
    return {
      outboundBps: capBps,
      inboundBps: capBps,
      outboundBurstBytes: burstBytes,
      inboundBurstBytes: burstBytes,
    };
  }

  private show(subject: string, from: string, to: string, event: number): void {
    const cause = event === NONE ? null : { event, chain: [] };
    this.network.change({ kind: 'installation', subject, from, to, cause });
  }
}
