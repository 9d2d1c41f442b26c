/** Goal: what a CLB's file alone shows to be wrong at layer 7 is said where it stands. Method: one fault each, marked with §. */
import { expect, test } from 'vitest';
import { parseScenario } from '../../src/scenario/parse.ts';

interface Parts {
  readonly listener?: string;
  readonly more?: string;
  readonly events?: string;
  readonly flow?: string;
  readonly groups?: string;
  readonly rules?: string;
}

function text({
  listener = SERVED,
  more = '',
  events = '',
  flow = '',
  groups = GROUPS,
  rules = '',
}: Parts): string {
  return [
    'vpcsim: 1\ntitle: A test\nduration: 10s',
    'vpcs: { shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }',
    'vswitches: { shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 } }',
    'instances:',
    '  web-1: { vswitch_id: shop-h }',
    '  web-2: { vswitch_id: shop-h }',
    '  clock: { vswitch_id: shop-h, listen: [8080/udp] }',
    'clbs:',
    '  front:',
    '    vswitch_id: shop-h',
    '    master_slave_server_groups: { pair: { servers: { web-1: { server_type: Master }, web-2: { server_type: Slave } } } }',
    `    listeners: { web: { ${listener} }${more} }`,
    `    server_groups: { ${groups} }`,
    `    rules: { ${rules} }`,
    flow === '' ? '' : `traffic: { f: { from: web-2, to: §front:80, ${flow} } }`,
    events === '' ? '' : `events: { e: { at: 1s, ${events} } }`,
  ].join('\n');
}

const WEB = 'protocol: http, frontend_port: 80, backend_port: 8080';
const SERVED = `${WEB}, backend_servers: { web-1: 100 }`;
const GROUPS = 'api: { port: 9090, servers: { web-2: 50 } }';
const API = 'api: { frontend_port: 80, url: /api, server_group_id: api }';
const TCP = SERVED.replace('http', 'tcp');

const WRONG: readonly (readonly [string, string, Parts])[] = [
  ['reserved-key', 'https', { listener: SERVED.replace('http', '§https') }],
  ['not-applicable', 'a hash scheduler', { listener: `${SERVED}, scheduler: §sch` }],
  ['not-applicable', 'a time-out of layer 4', { listener: `${SERVED}, established_timeout: §30s` }],
  ['not-applicable', 'draining', { listener: `${SERVED}, connection_drain: §on` }],
  ['not-applicable', 'persistence by address', { listener: `${SERVED}, persistence_timeout: §1m` }],
  ['not-applicable', 'a pair of servers', { listener: `${WEB}, master_slave_server_group_id: §pair` }],
  ['not-applicable', 'a request time-out of TCP', { listener: `${TCP}, request_timeout: §30s` }],
  ['not-applicable', 'TCP without checks', { listener: `${TCP}, health_check: §off` }],
  ['not-applicable', 'cookies of TCP', { listener: `${TCP}, sticky_session: §on` }],
  ['not-applicable', 'a kind of check', { listener: `${SERVED}, health_check_type: §http` }],
  ['not-applicable', 'strings', { listener: `${SERVED}, health_check_req: §hi` }],
  ['missing-key', 'cookies without a time', { listener: `${SERVED}, sticky_session: §on` }],
  ['not-applicable', 'a time without cookies', { listener: `${SERVED}, cookie_timeout: §30s` }],
  ['out-of-range', 'a long cookie', { listener: `${SERVED}, sticky_session: on, cookie_timeout: §25h` }],
  [
    'reserved-key',
    'a cookie of the server',
    { listener: `${SERVED}, sticky_session: on, cookie_timeout: 1h, sticky_session_type: §server` },
  ],
  ['out-of-range', 'a long patience', { listener: `${SERVED}, request_timeout: §181s` }],
  ['out-of-range', 'a long idleness', { listener: `${SERVED}, idle_timeout: §61s` }],
  [
    'duplicate-listener',
    'a port that TCP has',
    { more: `, tcp: { protocol: tcp, frontend_port: §80, backend_port: 9090 }` },
  ],
  [
    'port-taken',
    'a server that speaks UDP',
    { listener: `${WEB.replace('8080', '§8080')}, backend_servers: { clock: 1 }` },
  ],
  ['no-listener', 'a flow that is no HTTP', { flow: 'kind: sessions, connections: 1' }],
  [
    'missing-key',
    'a rule without a condition',
    { rules: API.replace('api:', '§api:').replace('url: /api, ', '') },
  ],
  ['unknown-reference', 'a rule of no listener', { rules: API.replace('80', '§81') }],
  ['unknown-reference', 'a rule of layer 4', { listener: TCP, rules: API.replace('80', '§80') }],
  ['unknown-reference', 'a rule to nowhere', { rules: API.replace('_id: api', '_id: §apis') }],
  ['bad-value', 'two rules alike', { rules: `${API}, §again: ${API.slice(5)}` }],
  ['bad-value', 'a domain that is none', { rules: API.replace('url: /api', "domain: §'*shop.example'") }],
  ['bad-value', 'a url that is none', { rules: API.replace('/api', "§'api*'") }],
  [
    'reserved-key',
    'a rule with checks of its own',
    { rules: API.replace('/api', '/api, listener_sync: §off') },
  ],
  ['duplicate-name', 'a group named as a listener', { groups: GROUPS.replace('api:', '§web:') }],
  [
    'port-taken',
    'a group that speaks UDP',
    { groups: 'api: { port: §8080, servers: { clock: 1 } }', rules: API },
  ],
  ['unknown-reference', 'a server that is none', { groups: GROUPS.replace('web-2', '§web-3'), rules: API }],
  [
    'bad-value',
    'a group of two listeners',
    {
      more: ', alt: { protocol: http, frontend_port: 81, backend_port: 8080 }',
      rules: `${API}, §alt: ${API.slice(5).replace('80', '81')}`,
    },
  ],
  [
    'unknown-reference',
    'a group that is set as a listener',
    { rules: API, events: 'set: §front/api, scheduler: rr' },
  ],
  ['unknown-reference', 'a server that no group has', { rules: API, events: 'remove: §front/api/web-1' }],
  ['not-applicable', 'draining in an event', { events: 'set: front/web, connection_drain: §on' }],
  ['not-applicable', 'a hash scheduler in an event', { events: 'set: front/web, scheduler: §tch' }],
];

test.each(WRONG)('%s: %s', (code, _what, parts) => {
  const marked = text(parts);
  const at = marked.indexOf('§');
  const parsed = parseScenario(marked.replace('§', ''), { file: 'x.yaml' });
  expect(parsed.ok).toBe(false);
  if (parsed.ok) return;
  const line = marked.slice(0, at).split('\n').length;
  const column = at - marked.lastIndexOf('\n', at - 1);
  expect(parsed.diagnostics.map((found) => [found.code, found.line, found.column])).toContainEqual([
    code,
    line,
    column,
  ]);
});

test('all that layer 7 has is read, and UDP may have the same port', () => {
  const parsed = parseScenario(
    text({
      listener: `${SERVED}, scheduler: rr, request_timeout: 3m, idle_timeout: 1m, sticky_session: on, sticky_session_type: insert, cookie_timeout: 1s, health_check: off`,
      more: ', dns: { protocol: udp, frontend_port: 80, backend_port: 53 }',
      events: 'set: front/web, scheduler: wrr, health_check_timeout: 3s, backend_servers: { web-1: 0 }',
      flow: 'kind: http, rate: 1/s',
      rules: API.replace('url', "domain: '*.shop.example', listener_sync: on, url"),
    }).replace('§', ''),
    { file: 'x.yaml' },
  );
  expect(parsed.ok ? [] : parsed.diagnostics).toEqual([]);
  const [listener] = parsed.ok ? (parsed.scenario.clbs[0]?.listeners ?? []) : [];
  expect(listener?.http).toEqual({
    isChecked: false,
    idleTimeoutNs: 60e9,
    requestTimeoutNs: 180e9,
    cookieTimeoutNs: 1e9,
    groups: [{ name: 'api', port: 9090, backends: [{ instance: 'web-2', weight: 50 }] }],
    rules: [{ name: 'api', group: 'api', domain: '*.shop.example', url: '/api' }],
  });
});

test('of a listener that is refused by name nothing more is said', () => {
  const parsed = parseScenario(
    text({ listener: SERVED.replace('http', 'https'), flow: 'kind: http, rate: 1/s' }).replace('§', ''),
    { file: 'x.yaml' },
  );
  expect(parsed.ok ? [] : parsed.diagnostics.map(({ code }) => code)).toEqual(['reserved-key']);
});
