/** The shop of the scenario texts under traffic and events of a test's own, run to the end. */
import type { RunResult } from '../../src/measure/result.ts';
import { type SimulateOptions, simulate } from '../../src/simulate.ts';
import { SHOP, scenarioOf } from './scenario-texts.ts';

export interface ShopOptions {
  readonly duration?: string;
  readonly seed?: string;
  /** Lines of the section, without indentation. */
  readonly assume?: string;
  readonly traffic?: readonly string[];
  readonly events?: readonly string[];
  /** Replacements in the text of the shop: what is there, what to put in its place. */
  readonly changes?: readonly (readonly [string, string])[];
}

export const BROWSE = 'browse: { kind: http, from: shopper, to: front-ip:80, rate: 50/s, timeout: 3s }';

/** Two servers in two zones behind `front` with EIP `front-ip`, a client `shopper`; two nodes a zone. */
export function runShop(options: ShopOptions = {}, simulateOptions: SimulateOptions = {}): RunResult {
  let shop = SHOP;
  for (const [from, to] of options.changes ?? []) {
    if (!shop.includes(from)) throw new Error(`the shop has no '${from}'`);
    shop = shop.replace(from, to);
  }
  const section = (name: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `${name}:\n${lines.map((line) => `  ${line}\n`).join('')}`;
  const assume = options.assume === undefined ? '' : `, ${options.assume}`;
  const text = [
    'vpcsim: 1\ntitle: A test\n',
    `duration: ${options.duration ?? '60s'}\nseed: ${options.seed ?? 'shop'}\n`,
    `assume: { clb.cluster_nodes: 2${assume} }\n`,
    shop,
    section('traffic', options.traffic ?? [BROWSE]),
    section('events', options.events ?? []),
  ].join('');
  return simulate(scenarioOf(text), simulateOptions);
}
