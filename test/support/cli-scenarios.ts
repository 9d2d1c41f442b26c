/** Small scenarios for the command line: what a run shows matters here, not what it simulates. */

export interface PingOptions {
  readonly title?: string;
  /** Lines at the head of the file. */
  readonly head?: readonly string[];
  readonly duration?: string;
  readonly rate?: string;
  readonly events?: readonly string[];
  /** Entries of `expect`, without their braces. */
  readonly expect?: readonly string[];
}

/** One instance pings another in its zone: no control plane, some hundred packets. */
export function pings({
  title = 'One instance pings another',
  head = [],
  duration = '10s',
  rate = '2/s',
  events = [],
  expect = ['flow: hello, lost: 0'],
}: PingOptions = {}): string {
  return [
    'vpcsim: 1',
    `title: ${JSON.stringify(title)}`,
    ...head,
    `duration: ${duration}`,
    'vpcs: { shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }',
    'vswitches: { shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 } }',
    'instances: { a: { vswitch_id: shop-h }, b: { vswitch_id: shop-h } }',
    `traffic: { hello: { kind: ping, from: a, to: b, rate: ${rate}, timeout: 200ms } }`,
    ...(events.length === 0 ? [] : ['events:', ...events.map((line) => `  ${line}`)]),
    ...(expect.length === 0 ? [] : ['expect:', ...expect.map((line) => `  - { ${line} }`)]),
    '',
  ].join('\n');
}

/** Pings find no answer for 3.9 s: with 500 ms between them, a bound of 3.7 s is finer than they can tell. */
export const INCONCLUSIVE = pings({
  events: ['b-dies: { at: 2100ms, fail: b }', 'b-returns: { at: 6s, restore: b }'],
  expect: ['flow: hello, outage: { min: 3700ms, max: 4s }'],
});

export const FAILING = pings({ expect: ['flow: hello, lost: { min: 1 }'] });

/** A load balancer asks `servers` servers before 0 s and at random phases; a shopper asks it afterwards. */
export function shop({ nodes = 1, servers = 2, interval = '2s', rate = '10/s' } = {}): string {
  return [
    'vpcsim: 1',
    'title: A shop behind a load balancer',
    'duration: 5s',
    'settle: 1h',
    `assume: { clb.cluster_nodes: ${nodes} }`,
    'vpcs: { shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }',
    'vswitches: { shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 } }',
    `instances: { web-1..${servers}: { vswitch_id: shop-h } }`,
    'clbs:',
    '  front:',
    '    vswitch_id: shop-h',
    '    listeners:',
    '      web:',
    '        protocol: tcp',
    '        frontend_port: 80',
    '        backend_port: 8080',
    `        health_check_interval: ${interval}`,
    '        healthy_threshold: 10',
    `        backend_servers: { web-1..${servers}: 100 }`,
    'eips: { front-ip: { region: cn-hangzhou, instance_id: front } }',
    'clients: { shopper: { city: Shanghai } }',
    `traffic: { browse: { kind: http, from: shopper, to: front-ip:80, rate: ${rate}, arrivals: poisson } }`,
    'events: { web-1-dies: { at: { uniform: [2s, 3s] }, fail: web-1 } }',
    'expect:',
    '  - { flow: browse, requests: { ok: { min: 1 } } }',
    '',
  ].join('\n');
}
