/** Goal: what a CLB's file alone shows to be wrong is said where it stands. Method: one fault each, marked with §. */
import { expect, test } from 'vitest';
import { parseScenario } from '../../src/scenario/parse.ts';

function text({ listener = '', groups = '', events = '' }): string {
  return [
    'vpcsim: 1\ntitle: A test\nduration: 10s',
    'vpcs: { shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }, other: { region: cn-hangzhou, cidr_block: 10.1.0.0/16 } }',
    'vswitches:',
    '  shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }',
    '  other-h: { vpc_id: other, zone_id: cn-hangzhou-h, cidr_block: 10.1.1.0/24 }',
    'instances: { web-1: { vswitch_id: shop-h }, web-2: { vswitch_id: shop-h }, far: { vswitch_id: other-h } }',
    'clbs:',
    '  front:',
    '    vswitch_id: shop-h',
    groups === '' ? '' : `    master_slave_server_groups: { pair: { servers: ${groups} } }`,
    `    listeners: { web: { ${listener} } }`,
    events === '' ? '' : `events: { e: { at: 1s, ${events} } }`,
  ].join('\n');
}

const WEB = 'protocol: tcp, frontend_port: 80, backend_port: 8080';
const SERVED = `${WEB}, backend_servers: { web-1: 100 }`;
const PAIR = '{ web-1: { server_type: Master }, web-2: { server_type: Slave } }';
const PAIRED = `${WEB}, master_slave_server_group_id: pair`;

const WRONG: readonly (readonly [string, string, Parameters<typeof text>[0]])[] = [
  [
    'out-of-range',
    'a short drain',
    { listener: `${SERVED}, connection_drain: on, connection_drain_timeout: §9s` },
  ],
  ['not-applicable', 'a drain time-out alone', { listener: `${SERVED}, connection_drain_timeout: §30s` }],
  ['out-of-range', 'a long persistence', { listener: `${SERVED}, persistence_timeout: §2h` }],
  [
    'not-applicable',
    'persistence of datagrams',
    { listener: `${SERVED.replace('tcp', 'udp')}, persistence_timeout: §1m` },
  ],
  [
    'not-applicable',
    'strings for a TCP check',
    { listener: `${SERVED}, health_check_req: §hello, health_check_exp: ok` },
  ],
  [
    'missing-key',
    'a request without a response',
    { listener: `${SERVED.replace('tcp', 'udp')}, health_check_req: §hello` },
  ],
  [
    'missing-key',
    'a response without a request',
    { listener: `${SERVED.replace('tcp', 'udp')}, health_check_exp: §ok` },
  ],
  [
    'bad-value',
    'a string with a blank',
    { listener: `${SERVED.replace('tcp', 'udp')}, health_check_req: §a b, health_check_exp: ok` },
  ],
  [
    'not-applicable',
    'a page for a UDP check',
    { listener: `${SERVED.replace('tcp', 'udp')}, health_check_type: §http` },
  ],
  ['not-applicable', 'a page for a TCP check', { listener: `${SERVED}, health_check_uri: §/health` }],
  [
    'bad-value',
    'a class of status that is none',
    { listener: `${SERVED}, health_check_type: http, health_check_http_code: §http_6xx` },
  ],
  [
    'bad-value',
    'a page without a slash',
    { listener: `${SERVED}, health_check_type: http, health_check_uri: §health` },
  ],
  ['reserved-key', 'a scheduler by QUIC connections', { listener: `${SERVED}, scheduler: §qch` }],
  [
    'reserved-key',
    'another check while running',
    { listener: SERVED, events: 'set: front/web, §health_check_type: http' },
  ],
  ['quota-exceeded', 'two standbys', { listener: PAIRED, groups: PAIR.replace('Master', 'Slave') }],
  [
    'unknown-reference',
    'a group that is not there',
    { listener: PAIRED.replace('pair', '§pear'), groups: PAIR },
  ],
  [
    'exactly-one',
    'servers and a group',
    { listener: `${SERVED}, master_slave_server_group_id: §pair`, groups: PAIR },
  ],
  ['wrong-vpc', 'a standby elsewhere', { listener: PAIRED, groups: PAIR.replace('web-2', '§far') }],
  ['not-applicable', 'a third server', { listener: PAIRED, groups: PAIR, events: 'add: §front/web/web-2' }],
  [
    'not-applicable',
    'other servers',
    { listener: PAIRED, groups: PAIR, events: 'set: front/web, backend_servers: §{ web-2: 1 }' },
  ],
];

test.each(WRONG)('%s: %s', (code, _what, parts) => {
  const marked = text(parts);
  const at = marked.indexOf('§');
  const parsed = parseScenario(marked.replace('§', ''), { file: 'x.yaml' });
  expect(parsed.ok).toBe(false);
  if (parsed.ok) return;
  expect(parsed.diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
  if (at < 0) return;
  const line = marked.slice(0, at).split('\n').length;
  const column = at - marked.lastIndexOf('\n', at - 1);
  const found = parsed.diagnostics.find((diagnostic) => diagnostic.code === code);
  expect([found?.line, found?.column]).toEqual([line, column]);
});

test('checks, draining, persistence and a pair are read, and may change', () => {
  for (const parts of [
    {
      listener: `${SERVED}, health_check_type: http, health_check_uri: "/health?full", health_check_domain: shop.example, health_check_method: head, health_check_http_code: "http_2xx,http_3xx"`,
    },
    { listener: `${SERVED.replace('tcp', 'udp')}, health_check_req: hello, health_check_exp: ok` },
    { listener: `${SERVED}, scheduler: wlc`, events: 'set: front/web, scheduler: wlc' },
    { listener: `${SERVED}, connection_drain: on, connection_drain_timeout: 10s, persistence_timeout: 1h` },
    { listener: PAIRED, groups: PAIR },
    { listener: SERVED, events: 'set: front/web, connection_drain: on, persistence_timeout: 0s' },
  ]) {
    const parsed = parseScenario(text(parts), { file: 'x.yaml' });
    expect(parsed.ok ? [] : parsed.diagnostics).toEqual([]);
  }
});

const PUBLIC = text({ listener: SERVED }).replace(
  'vswitch_id: shop-h\n',
  'vswitch_id: shop-h\n    address_type: internet\n',
);

test.each([
  ['not-applicable', 'bandwidth of an intranet CLB', text({ listener: `${SERVED}, bandwidth: §5Mbps` })],
  [
    'out-of-range',
    'a listener that reserves everything',
    PUBLIC.replace('internet\n', 'internet\n    bandwidth: 5Mbps\n').replace(
      'backend_port: 8080',
      'backend_port: 8080, bandwidth: §5Mbps',
    ),
  ],
  [
    'bad-value',
    'a specification that is none',
    text({ listener: SERVED }).replace(
      '    listeners',
      '    load_balancer_spec: §slb.s9.small\n    listeners',
    ),
  ],
] as const)('%s: %s', (code, _what, marked) => {
  const at = marked.indexOf('§');
  const parsed = parseScenario(marked.replace('§', ''), { file: 'x.yaml' });
  const found = parsed.ok ? undefined : parsed.diagnostics.find((diagnostic) => diagnostic.code === code);
  expect(found?.line).toBe(marked.slice(0, at).split('\n').length);
});

test('a port that is asked for pages speaks HTTP and nothing else', () => {
  const marked = text({ listener: `${SERVED}, health_check_type: http` });
  const flow = (kind: string) =>
    `${marked}\nclients: { c: { city: Shanghai } }\ntraffic: { f: { kind: ${kind}, from: web-2, to: "web-1:8080" } }`;
  const codes = (body: string) => {
    const parsed = parseScenario(body, { file: 'x.yaml' });
    return parsed.ok ? [] : parsed.diagnostics.map(({ code }) => code);
  };
  expect(codes(flow('http, rate: 1/s'))).toEqual([]);
  expect(codes(flow('sessions, heartbeat: 1s, connections: 1, open_rate: 1/s'))).toEqual(['port-taken']);
});
