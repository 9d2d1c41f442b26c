/**
 * What a design has to be paid for by the month: an item for each thing that has a price, with what of it is fixed by the
 * file. Quantities that follow from traffic are filled in after a run. Events change no bill, a design costs what it
 * is in the file, but for static public IPs that one converts: they are EIPs for the month.
 */
import type { ParameterValues } from '../base/parameters.ts';
import { albZoneName } from './alb-types.ts';
import type { Clb, DataTransferPlan, Eip, NatGateway, Scenario } from './scenario.ts';

/** Keys of `prices` that hold for all things of a kind, with the unit they are per. */
export const PRICE_KINDS = {
  'eip/hours': 'hour',
  'eip/traffic': 'GB',
  'eip/bandwidth': 'Mbps',
  'public-ip/traffic': 'GB',
  'public-ip/bandwidth': 'Mbps',
  'bandwidth-package/bandwidth': 'Mbps',
  'nat-gateway/hours': 'hour',
  'nat-gateway/traffic': 'GB',
  'clb/hours': 'hour',
  'clb/traffic': 'GB',
  'alb/hours': 'hour',
  'nlb/hours': 'hour',
  'data-transfer-plan/fee': 'month',
} as const satisfies Record<string, string>;

export type PriceKind = keyof typeof PRICE_KINDS;

/** Whose packets an item counts: of these public addresses, by name, what leaves for the Internet, or both ways. */
export interface CostMeter {
  readonly addresses: readonly string[];
  readonly bothWays: boolean;
  /** Whose prepaid data pays for it first; null: nobody's. */
  readonly region: string | null;
}

export interface CostItem {
  /** `front-ip/traffic`. */
  readonly item: string;
  readonly kind: PriceKind;
  readonly unit: string;
  /** Null: follows from traffic. */
  readonly quantity: number | null;
  readonly meter: CostMeter | null;
}

export type CostedDesign = Pick<
  Scenario,
  'eips' | 'bandwidthPlans' | 'natGateways' | 'clbs' | 'albs' | 'dataTransferPlans' | 'events'
>;

/** Whether a run is to be followed by an account. */
export function isCosted({ prices, usage }: Pick<Scenario, 'prices' | 'usage'>): boolean {
  return prices !== null || Object.keys(usage).length > 0;
}

/** What `expect` may name: items, what each transfer plan has paid for, and all together. */
export function costNames(
  dataTransferPlans: readonly DataTransferPlan[],
  items: readonly CostItem[],
): string[] {
  return [
    ...items.map(({ item }) => item),
    ...dataTransferPlans.map(({ name }) => `${name}/traffic`),
    'total',
  ];
}

/** In the order of the report. */
export function listCostItems(design: CostedDesign, values: ParameterValues): CostItem[] {
  const { bandwidthPlans, natGateways, dataTransferPlans, events } = design;
  const converted = new Set(events.flatMap(({ action }) => (action.verb === 'convert' ? [action.eip] : [])));
  const eips = design.eips.map((eip) => (converted.has(eip.name) ? { ...eip, isStatic: false } : eip));
  const hours = values.get('cost.hours_per_month');
  return [
    ...eips.flatMap((eip) => eipItems(eip, hours, values)),
    ...bandwidthPlans.map(({ name, bandwidthBps }) =>
      fixed(`${name}/bandwidth`, 'bandwidth-package/bandwidth', bandwidthBps / 1e6),
    ),
    ...natGateways.flatMap((gateway) => natItems(gateway, eips, hours)),
    ...design.clbs.filter((clb) => nlbOf(clb) === null).flatMap((clb) => clbItems(clb, hours)),
    ...zonedBalancers(design).flatMap((balancer) => zonedItems(balancer, hours)),
    ...dataTransferPlans.map(({ name }: DataTransferPlan) =>
      fixed(`${name}/fee`, 'data-transfer-plan/fee', 1),
    ),
  ];
}

function eipItems(eip: Eip, hours: number, values: ParameterValues): CostItem[] {
  const { name, region, isStatic = false, plan, chargeType } = eip;
  // The hours of a static public IP are those of its instance.
  const held = isStatic ? [] : [fixed(`${name}/hours`, 'eip/hours', hours)];
  if (plan !== undefined) return held;
  const kind = isStatic ? 'public-ip' : 'eip';
  if (chargeType === 'traffic') {
    // Prepaid data is not for static public IPs.
    const meter = { addresses: [name], bothWays: false, region: isStatic ? null : region };
    return [...held, metered(`${name}/traffic`, `${kind}/traffic`, meter)];
  }
  const bandwidthBps = eip.bandwidthBps ?? values.get('eip.default_bandwidth');
  return [...held, fixed(`${name}/bandwidth`, `${kind}/bandwidth`, bandwidthBps / 1e6)];
}

/** Besides what its EIPs cost, by all that it translates. */
function natItems({ name }: NatGateway, eips: readonly Eip[], hours: number): CostItem[] {
  const addresses = eips.filter(({ target }) => target === name).map((eip) => eip.name);
  return [
    fixed(`${name}/hours`, 'nat-gateway/hours', hours),
    metered(`${name}/traffic`, 'nat-gateway/traffic', { addresses, bothWays: true, region: null }),
  ];
}

function clbItems({ name, addressType, region }: Clb, hours: number): CostItem[] {
  const meter = { addresses: [name], bothWays: false, region };
  return [
    fixed(`${name}/hours`, 'clb/hours', hours),
    ...(addressType === 'internet' ? [metered(`${name}/traffic`, 'clb/traffic', meter)] : []),
  ];
}

/** Of an NLB, which is a CLB a zone: its name. */
function nlbOf({ name }: Clb): string | null {
  const [owner = name] = name.split('/');
  return owner === name ? null : owner;
}

interface ZonedBalancer {
  readonly name: string;
  readonly kind: 'alb' | 'nlb';
  readonly isPublic: boolean;
  readonly region: string;
  /** Names of its addresses. */
  readonly addresses: readonly string[];
}

function zonedBalancers({ albs, clbs }: Pick<CostedDesign, 'albs' | 'clbs'>): ZonedBalancer[] {
  const nlbs = [...new Set(clbs.flatMap((clb) => nlbOf(clb) ?? []))].map((name): ZonedBalancer => {
    const zones = clbs.filter((clb) => nlbOf(clb) === name);
    const [{ addressType, region } = { addressType: 'intranet', region: '' }] = zones;
    const addresses = zones.map((zone) => zone.name);
    return { name, kind: 'nlb', isPublic: addressType === 'internet', region, addresses };
  });
  const ofAlbs = albs.map(({ name, addressType, region, zones }): ZonedBalancer => {
    const addresses = zones.map(({ zone }) => albZoneName(name, zone));
    return { name, kind: 'alb', isPublic: addressType === 'Internet', region, addresses };
  });
  return [...ofAlbs, ...nlbs];
}

/** The instance with its capacity units; a public address of a zone is an EIP, billed by traffic. */
function zonedItems({ name, kind, isPublic, region, addresses }: ZonedBalancer, hours: number): CostItem[] {
  const ofAddress = (address: string): CostItem[] => [
    fixed(`${address}/hours`, 'eip/hours', hours),
    metered(`${address}/traffic`, 'eip/traffic', { addresses: [address], bothWays: false, region }),
  ];
  return [fixed(`${name}/hours`, `${kind}/hours`, hours), ...(isPublic ? addresses.flatMap(ofAddress) : [])];
}

/** Names of the public addresses that have no item of `eips`, with their regions. */
export function balancerAddresses(
  design: Pick<CostedDesign, 'albs' | 'clbs'>,
): { name: string; region: string }[] {
  const clbs = design.clbs.filter((clb) => nlbOf(clb) === null && clb.addressType === 'internet');
  const zoned = zonedBalancers(design).filter(({ isPublic }) => isPublic);
  return [
    ...clbs.map(({ name, region }) => ({ name, region })),
    ...zoned.flatMap(({ addresses, region }) => addresses.map((name) => ({ name, region }))),
  ];
}

function fixed(item: string, kind: PriceKind, quantity: number): CostItem {
  return { item, kind, unit: PRICE_KINDS[kind], quantity, meter: null };
}

function metered(item: string, kind: PriceKind, meter: CostMeter): CostItem {
  return { item, kind, unit: PRICE_KINDS[kind], quantity: null, meter };
}
