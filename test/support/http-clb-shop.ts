/**
 * A shop behind a CLB at layer 7 for tests: a client in Shanghai, two servers in zone h. One node of each layer unless
 * told otherwise, so that a test sees one prober's phase and not the earliest of many.
 */
import type { Scenario } from '../../src/scenario/scenario.ts';
import { parse } from './detection-shop.ts';

export interface HttpClbShopOptions {
  /** More of the CLB, and of its only listener, `key: value` each. */
  readonly clb?: readonly string[];
  readonly listener?: readonly string[];
  /** Entries of `instances`, `traffic` and `events`, a line each; web-1 and web-2 are there. */
  readonly instances?: readonly string[];
  readonly traffic?: readonly string[];
  readonly events?: readonly string[];
  readonly servers?: string;
  readonly protocol?: 'http' | 'tcp';
  /** More entries of `assume`; nodes per zone of each layer. */
  readonly assume?: readonly string[];
  readonly nodes?: number;
  readonly proxies?: number;
  /** In s. */
  readonly duration: number;
}

export function httpClbShop(options: HttpClbShopOptions): Scenario {
  const { clb = [], listener = [], servers = '{ web-1: 100, web-2: 100 }', assume = [] } = options;
  const { nodes = 1, proxies = 1, protocol = 'http', duration } = options;
  const block = (name: string, lines: readonly string[] = []): string[] =>
    lines.length === 0 ? [] : [`${name}:`, ...lines.map((line) => `  ${line}`)];
  const assumed = [`clb.cluster_nodes: ${nodes}`, `clb.proxy_nodes: ${proxies}`, ...assume];
  const keys = [`protocol: ${protocol}`, 'frontend_port: 80', 'backend_port: 8080', ...listener];
  const text = [
    'vpcsim: 1',
    'title: A shop behind a CLB at layer 7',
    `duration: ${duration}s`,
    `assume: { ${assumed.join(', ')} }`,
    'vpcs: { shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }',
    'vswitches:',
    '  shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }',
    '  shop-i: { vpc_id: shop, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }',
    ...block('instances', [
      'web-1: { vswitch_id: shop-h }',
      'web-2: { vswitch_id: shop-h }',
      ...(options.instances ?? []),
    ]),
    'clbs:',
    '  front:',
    '    vswitch_id: shop-h',
    ...clb.map((line) => `    ${line}`),
    `    listeners: { web: { ${keys.join(', ')}, backend_servers: ${servers} } }`,
    'eips: { front-ip: { region: cn-hangzhou, bandwidth: 100Mbps, instance_id: front } }',
    'clients: { shopper: { city: Shanghai } }',
    ...block('traffic', options.traffic),
    ...block('events', options.events),
  ].join('\n');
  return parse(text, 'test/support/http-clb-shop.yaml');
}

export const browse = (rest: string): string =>
  `browse: { kind: http, from: shopper, to: front-ip:80, ${rest} }`;

export const BROWSE = browse('rate: 10/s, timeout: 3s');
