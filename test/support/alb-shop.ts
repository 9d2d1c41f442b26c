/**
 * A shop behind an ALB in zones h and i for tests: a client in Shanghai that comes by zone h, two servers in h. One node
 * a zone, so that a test sees one prober's phase and not the earliest of many.
 */
import type { Scenario } from '../../src/scenario/scenario.ts';
import { parse } from './detection-shop.ts';

export interface AlbShopOptions {
  /** Of the server group, `key: value` each. */
  readonly check?: readonly string[];
  /** More of the ALB's only listener and group. */
  readonly listener?: readonly string[];
  readonly group?: readonly string[];
  /** Entries of `instances`, `traffic` and `events`, a line each; web-1 and web-2 are there. */
  readonly instances?: readonly string[];
  readonly traffic?: readonly string[];
  readonly events?: readonly string[];
  readonly servers?: string;
  /** In s. */
  readonly duration: number;
}

const inline = (pairs: readonly string[] = []): string => pairs.map((pair) => `, ${pair}`).join('');

export function albShopText(options: AlbShopOptions): string {
  const { check = [], servers = '{ web-1: 100, web-2: 100 }', duration } = options;
  const block = (name: string, lines: readonly string[] = []): string[] =>
    lines.length === 0 ? [] : [`${name}:`, ...lines.map((line) => `  ${line}`)];
  return [
    'vpcsim: 1',
    'title: A shop behind an ALB',
    `duration: ${duration}s`,
    'assume: { alb.zone_nodes: 1 }',
    'vpcs: { shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }',
    'vswitches:',
    '  shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }',
    '  shop-i: { vpc_id: shop, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }',
    ...block('instances', [
      'web-1: { vswitch_id: shop-h }',
      'web-2: { vswitch_id: shop-h }',
      ...(options.instances ?? []),
    ]),
    'albs:',
    '  front:',
    '    address_type: Internet',
    '    vpc_id: shop',
    '    zone_mappings: { cn-hangzhou-h: { vswitch_id: shop-h }, cn-hangzhou-i: { vswitch_id: shop-i } }',
    '    server_groups:',
    `      web: { port: 8080, servers: ${servers}, health_check_config: { ${check.join(', ')} }${inline(options.group)} }`,
    '    listeners:',
    `      http: { listener_protocol: HTTP, listener_port: 80, server_group_id: web${inline(options.listener)} }`,
    'clients: { shopper: { city: Shanghai } }',
    ...block('traffic', options.traffic),
    ...block('events', options.events),
  ].join('\n');
}

export function albShop(options: AlbShopOptions): Scenario {
  return parse(albShopText(options), 'test/support/alb-shop.yaml');
}

export const BROWSE =
  'browse: { kind: http, from: shopper, to: front/cn-hangzhou-h:80, rate: 10/s, timeout: 3s }';
