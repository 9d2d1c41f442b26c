/**
 * The account of a month: what the design has to be paid for, and what of it follows from traffic. A flow under `usage`
 * carries that many bytes a month out to the Internet; they pass public addresses and NAT gateways in the shares in
 * which its simulated bytes did.
 */
import type { CostRow } from '../measure/result.ts';
import { balancerAddresses, type CostItem, isCosted, listCostItems } from '../scenario/cost-items.ts';
import { internetGatewayName } from '../scenario/parts.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { addressOf } from './addresses.ts';
import type { Plant } from './plant.ts';

const GB = 1e9;

/** How many flows the Internet gateways count the bytes of. */
export function countedFlows({ usage, traffic }: Scenario): number {
  return Object.keys(usage).length === 0 ? 0 : traffic.length;
}

/** Empty where nothing is priced; ask once, at the end. */
export function accountOf(plant: Plant): CostRow[] {
  const { scenario, values } = plant;
  if (!isCosted(scenario)) return [];
  const items = listCostItems(scenario, values);
  const traffic = new MonthlyTraffic(plant);
  const pools = scenario.dataTransferPlans.map((plan) => ({ ...plan, leftBytes: plan.sizeBytes }));
  const rows = items.map((item) => {
    const { meter } = item;
    if (meter === null) return priced(scenario, item, item.quantity ?? 0);
    let bytes = traffic.through(meter.addresses, meter.bothWays);
    for (const pool of pools) {
      if (pool.region !== meter.region) continue;
      const paid = Math.min(pool.leftBytes, bytes);
      pool.leftBytes -= paid;
      bytes -= paid;
    }
    return priced(scenario, item, bytes / GB);
  });
  const prepaid = pools.map(({ name, sizeBytes, leftBytes }) => {
    return {
      item: `${name}/traffic`,
      quantity: decimal((sizeBytes - leftBytes) / GB),
      unit: 'GB',
      amount: 0,
    };
  });
  const unplaced = traffic.unplaced().map((flow) => {
    return { item: `${flow}/traffic`, quantity: (scenario.usage[flow] ?? 0) / GB, unit: 'GB', amount: null };
  });
  const all = [...rows, ...prepaid, ...unplaced];
  return [...all, { item: 'total', quantity: 1, unit: 'month', amount: sumOf(all) }];
}

/** The price of the item itself comes before that of its kind. */
function priced({ prices }: Scenario, { item, kind, unit }: CostItem, quantity: number): CostRow {
  const price = prices?.[item] ?? prices?.[kind] ?? null;
  return {
    item,
    quantity: decimal(quantity),
    unit,
    amount: price === null ? null : decimal(quantity * price),
  };
}

/** What is partly unknown is unknown. */
function sumOf(rows: readonly CostRow[]): number | null {
  let sum = 0;
  for (const { amount } of rows) {
    if (amount === null) return null;
    sum += amount;
  }
  return decimal(sum);
}

/** Without what binary fractions add to decimal ones: 720 x 0.02 is 14.4. */
function decimal(value: number): number {
  return Number(value.toPrecision(12));
}

/** The simulated bytes of the flows under `usage`, each scaled to its volume. */
class MonthlyTraffic {
  private readonly plant: Plant;
  private readonly publicAddresses: readonly { readonly name: string; readonly region: string }[];
  private readonly flows: { readonly name: string; readonly id: number; readonly scale: number }[];

  constructor(plant: Plant) {
    this.plant = plant;
    const { eips, traffic, usage } = plant.scenario;
    this.publicAddresses = [...eips, ...balancerAddresses(plant.scenario)];
    this.flows = traffic.flatMap(({ name }, id) => {
      const bytes = usage[name];
      if (bytes === undefined) return [];
      return [{ name, id, scale: bytes / this.leaving(id) }];
    });
  }

  /** Bytes a month through some public addresses. */
  through(names: readonly string[], bothWays: boolean): number {
    let bytes = 0;
    for (const { id, scale } of this.flows) {
      if (!Number.isFinite(scale)) continue;
      for (const name of names) {
        bytes += scale * this.simulated(name, id, 'outbound');
        if (bothWays) bytes += scale * this.simulated(name, id, 'inbound');
      }
    }
    return bytes;
  }

  /** Flows of which nothing left for the Internet, so that nothing tells which way their volume goes. */
  unplaced(): string[] {
    return this.flows.filter(({ scale }) => !Number.isFinite(scale)).map(({ name }) => name);
  }

  private leaving(flow: number): number {
    return this.publicAddresses.reduce((sum, { name }) => sum + this.simulated(name, flow, 'outbound'), 0);
  }

  private simulated(name: string, flow: number, direction: 'inbound' | 'outbound'): number {
    const region = this.publicAddresses.find((address) => address.name === name)?.region ?? '';
    const gateway = this.plant.gateway(internetGatewayName(region));
    return gateway.bytesOf(addressOf(this.plant, name), flow, direction);
  }
}
