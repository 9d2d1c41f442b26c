/** What things cost and what is used of them by the month; none of it changes how a run goes. */
import type { Check } from './check.ts';
import { type CostItem, PRICE_KINDS } from './cost-items.ts';
import type { Places } from './lower-regions.ts';
import { limitedQuantity, numberOf, textOf, wordOf } from './reading.ts';
import type { DataTransferPlan, Eip } from './scenario.ts';
import type { Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';

export function lowerDataTransferPlans(check: Check, places: Places): DataTransferPlan[] {
  return check.names.inSections('data_transfer_plans').flatMap(({ name, value }) => {
    const regionNode = child(value, 'region');
    const region = textOf(regionNode);
    const limits = { isPositive: true };
    const sizeBytes = limitedQuantity(child(value, 'size'), 'size', limits, check.diagnostics);
    if (region === undefined || regionNode === undefined || sizeBytes === undefined) return [];
    return places.useRegion(region, regionNode.span) ? [{ name, region, sizeBytes }] : [];
  });
}

/** By kind (`eip/traffic`) or by item (`front-ip/traffic`); null: an empty line, so unknown. */
export function lowerPrices(check: Check, items: readonly CostItem[]): Record<string, number | null> | null {
  const node = child(check.root, 'prices');
  if (node === undefined) return null;
  const known = [...Object.keys(PRICE_KINDS), ...items.map(({ item }) => item)];
  const prices: Record<string, number | null> = {};
  for (const { key, keySpan, value } of entriesOf(node)) {
    prices[key] = numberOf(value) ?? null;
    if (known.includes(key) || check.diagnostics.hasErrors) continue;
    check.diagnostics.error('unknown-price', keySpan, `nothing here has the price '${key}'`, {
      expected: "a line of 'vpcsim prices --template FILE'",
      unknown: key,
      known,
    });
  }
  return prices;
}

/** Bytes a month that leave for the Internet, by flow. */
export function lowerUsage(check: Check): Record<string, number> {
  const usage: Record<string, number> = {};
  for (const { key, keySpan, value } of entriesOf(child(check.root, 'usage'))) {
    const bytes = limitedQuantity(value, 'size', { isPositive: true }, check.diagnostics);
    const flow = check.names.resolve(key, keySpan, 'traffic');
    if (flow !== undefined && bytes !== undefined) usage[flow.name] = bytes;
  }
  return usage;
}

/** The most that can be bought of an EIP. Source: Terraform alicloud_eip_address, bandwidth. */
const MOST_BPS = { traffic: 200e6, bandwidth: 500e6 } as const;

/** `internet_charge_type`; `absent` is what the provider has without it. */
export function chargeTypeOf(value: Tree, absent: Eip['chargeType']): Eip['chargeType'] {
  const word = wordOf(child(value, 'internet_charge_type'), ['PayByTraffic', 'PayByBandwidth'] as const);
  if (word === undefined) return absent;
  return word === 'PayByTraffic' ? 'traffic' : 'bandwidth';
}

/** What is written as one of them is held to its limit. */
export function checkCharge(check: Check, value: Tree, bandwidthBps: number | undefined): void {
  const node = child(value, 'internet_charge_type');
  const bandwidth = child(value, 'bandwidth');
  if (node === undefined || bandwidth === undefined || bandwidthBps === undefined) return;
  const most = MOST_BPS[chargeTypeOf(value, 'bandwidth')];
  if (bandwidthBps <= most) return;
  check.diagnostics.error('out-of-range', bandwidth.span, `'${textOf(bandwidth)}' is out of range`, {
    expected: `at most ${most / 1e6}Mbps for ${textOf(node)}`,
  });
}
