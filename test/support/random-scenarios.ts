/** Random small scenarios as YAML text: VPCs, a CLB, a NAT gateway, EIPs, security groups, traffic of every kind, faults. */
import fc from 'fast-check';

const MACHINES = ['web-1', 'web-2', 'web-3', 'lonely', 'shopper', 'visitor', 'partner'] as const;
const TARGETS = [
  ...MACHINES,
  'cn-hangzhou-h',
  'cn-hangzhou-i',
  'front/cn-hangzhou-h',
  'front/cn-hangzhou-h/node-1',
  'shop/cn-hangzhou-h',
  'out/cn-hangzhou-i',
  'cn-hangzhou/internet-gateway',
  'internet/shanghai',
] as const;
const LINKS = [
  'shop/cn-hangzhou-h~shop/cn-hangzhou-i/link-1',
  'shopper~internet/shanghai/link-1',
  'shop/cn-hangzhou-h~web-1/link-1',
  'cn-hangzhou/internet-gateway~shop/cn-hangzhou-h/link-1',
  'shop/cn-hangzhou-i~out/cn-hangzhou-i/link-1',
] as const;

const FIXED = `vpcsim: 1
title: Anything may happen
assume: { clb.cluster_nodes: 2, nat.ports_per_destination: 12, nat.closed_timeout: 300ms }
vpcs:
  shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }
  far: { region: ap-southeast-1, cidr_block: 10.0.0.0/16 }
vswitches:
  shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
  shop-i: { vpc_id: shop, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }
  far-a: { vpc_id: far, zone_id: ap-southeast-1a, cidr_block: 10.0.1.0/24 }
instances:
  web-1: { vswitch_id: shop-h }
  web-2: { vswitch_id: shop-i, services: { web: { port: 8080, service_time: { exponential: 15ms }, concurrency: 2, queue: 4, queue_timeout: 40ms, idle_timeout: 300ms } } }
  web-3: { vswitch_id: shop-h }
  lonely: { vswitch_id: far-a }
clbs:
  front:
    vswitch_id: shop-h
    slave_zone_id: cn-hangzhou-i
    listeners:
      web: { protocol: tcp, frontend_port: 80, backend_port: 8080, health_check_timeout: 1s, health_check_interval: 1s, unhealthy_threshold: 2, healthy_threshold: 2, backend_servers: { web-1: 100, web-2: 50 } }
      dns: { protocol: udp, frontend_port: 53, backend_port: 53, backend_servers: { web-1: 100, web-2: 100 } }
nat_gateways:
  out:
    vpc_id: shop
    vswitch_id: shop-i
    snat_entries:
      all: { source_cidr: 10.0.0.0/16, snat_ip: [out-ip-1..2] }
      some: { source_vswitch_id: shop-i, snat_ip: out-ip-1, eip_affinity: 1 }
    forward_entries:
      web-in: { external_ip: out-ip-3, external_port: 80, ip_protocol: tcp, internal_ip: web-1, internal_port: 8080 }
      dns-in: { external_ip: out-ip-1, external_port: 53/54, ip_protocol: udp, internal_ip: web-2, internal_port: 53/54 }
eips:
  out-ip-1..3: { region: cn-hangzhou, bandwidth: 5Mbps, instance_id: out, ip_address: 203.0.113.1$n }
  front-ip: { region: cn-hangzhou, bandwidth: 5Mbps, instance_id: front, ip_address: 203.0.113.1 }
  web-3-ip: { region: cn-hangzhou, bandwidth: 5Mbps, instance_id: web-3, ip_address: 203.0.113.2 }
  lonely-ip: { region: ap-southeast-1, bandwidth: 5Mbps, instance_id: lonely, ip_address: 203.0.113.3 }
clients:
  shopper: { city: Shanghai, ip_address: 198.51.100.1 }
  visitor: { city: Singapore, ip_address: 198.51.100.2 }
internet_hosts:
  partner: { city: Singapore, ip_address: 198.51.100.3, listen: [443/tcp] }
internet_paths:
  sea: { between: [Shanghai, Singapore], one_way: 20ms, mtu: 1300B, loss: 1% }
`;

const flow = fc
  .record({
    kind: fc.constantFrom('http', 'http', 'kept', 'users', 'udp', 'ping', 'traceroute', 'sessions', 'tcp'),
    from: fc.constantFrom(
      'shopper',
      'visitor',
      '[shopper, visitor]',
      'web-3',
      'web-1',
      '[web-1, web-2]',
      'lonely',
    ),
    rate: fc.integer({ min: 1, max: 60 }),
    size: fc.integer({ min: 100, max: 20_000 }),
    timeoutMs: fc.integer({ min: 50, max: 4_000 }),
    poisson: fc.boolean(),
    to: fc.nat(4),
  })
  .map(({ kind, from, rate, size, timeoutMs, poisson, to }) => {
    const sender = `from: ${from}, timeout: ${timeoutMs}ms`;
    const common = `${sender}, rate: ${rate}/s, arrivals: ${poisson ? 'poisson' : 'constant'}`;
    const retries = 'connect_timeout: 500ms, retries: { num_retries: 2, per_try_timeout: 700ms }';
    const pick = (...targets: string[]): string => targets[to % targets.length] as string;
    switch (kind) {
      case 'http':
        return `{ kind: http, to: ${pick('front-ip:80', 'front-ip:80', 'partner:443', 'out-ip-3:80')}, size: ${size}B, ${common} }`;
      case 'kept':
        return `{ kind: http, to: ${pick('front-ip:80', 'web-3-ip:90')}, keep_alive: true, connections: 3, size: ${size}B, ${common} }`;
      case 'users':
        return `{ kind: http, to: ${pick('front-ip:80', 'partner:443')}, users: ${rate}, think_time: { exponential: 1s }, keep_alive: ${poisson}, ${poisson ? 'reuse: recent, idle_timeout: 200ms, ' : ''}size: { exponential: ${size}B }, ${retries}, ${sender} }`;
      case 'udp':
        return `{ kind: udp, to: ${pick('front-ip:53', 'web-3-ip:5000', 'lonely-ip:5000', 'partner:514', 'out-ip-1:53')}, connections: 2, size: ${size}B, ${common} }`;
      case 'sessions':
        return `{ kind: sessions, to: ${pick('web-3-ip:7443', 'lonely-ip:7443')}, connections: ${poisson ? 'unlimited, arrivals: poisson' : 5}, open_rate: ${rate}/s, heartbeat: 300ms, duration: { exponential: 2s }, reconnect: ${pick('never', '{ delay: 100ms, max_delay: 1s }')}, size: ${size}B, keepalive: 1s, ${sender} }`;
      case 'tcp':
        return `{ kind: tcp, to: ${pick('web-3-ip:7900', 'lonely-ip:7900')}, connections: 2, rate: ${rate * 100}kbps, reconnect: { delay: 50ms, max_delay: 500ms }, ${poisson ? `size: ${size * 100}B, congestion: newreno, user_timeout: 2s, ` : ''}${sender} }`;
      case 'traceroute':
        return `{ kind: traceroute, to: ${pick('front-ip', 'web-3-ip', 'lonely-ip', 'partner', 'out-ip-1')}, method: ${poisson ? 'udp' : 'icmp'}, max_hops: 6, ${common} }`;
      default:
        return `{ kind: ping, to: ${pick('front-ip', 'web-3-ip', 'lonely-ip', 'partner', 'out-ip-1')}, size: ${size}B, ${common} }`;
    }
  });

const percent = fc.integer({ min: 1, max: 60 }).map((n) => `${n}%`);
const target = fc.constantFrom(...TARGETS, ...LINKS);
const event = fc.oneof(
  { weight: 4, arbitrary: target.map((name) => `fail: ${name}`) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('web-1', 'web-2', 'partner'), fc.constantFrom('refuse', 'hang', 'error', 'slow'))
      .map(([name, how]) => `fail: ${name}, how: ${how}`),
  },
  { weight: 4, arbitrary: target.map((name) => `restore: ${name}`) },
  { weight: 1, arbitrary: target.map((name) => `flap: ${name}, down: 300ms, up: 700ms, times: 3`) },
  {
    weight: 3,
    arbitrary: fc
      .record({
        name: fc.constantFrom(...MACHINES, ...LINKS),
        loss: percent,
        reorder: percent,
        ms: fc.nat(50),
        rate: fc.integer({ min: 50, max: 2_000 }),
        share: percent,
        which: fc.nat(4),
      })
      .map(({ name, loss, reorder, ms, rate, share, which }) => {
        const what = [
          `loss: ${loss}`,
          `latency: ${ms + 1}ms, jitter: ${ms + 1}ms, reorder: ${reorder}`,
          `rate: ${rate}kbps`,
          `corrupt: ${loss}, share: ${share}`,
          `loss: { loss: ${loss}, mean_burst: 3, mean_gap: 20 }, rate: ${rate}kbps`,
        ][which] as string;
        return `degrade: ${name}, ${what}`;
      }),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }).map((n) => `set: front-ip, bandwidth: ${n}Mbps`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'remove: front/web/web-1',
      'add: front/web/web-3, weight: 10',
      'set: front/web, scheduler: tch',
      'disassociate: web-3-ip',
      'associate: web-3-ip, with: web-2',
      'set: out/all, snat_ip: [out-ip-2..3]',
      'set: out/some, snat_ip: [out-ip-1..2]',
      'disassociate: out-ip-1',
      'disassociate: out-ip-3',
      'associate: web-3-ip, with: out',
      'set: out, specification: Small',
      'remove: out/web-in',
      'add: out/mail-in, external_ip: out-ip-3, external_port: any, ip_protocol: any, internal_ip: web-2, internal_port: any',
      'add: out/few, source_cidr: 10.0.1.0/28, snat_ip: out-ip-2',
    ),
  },
);

const rule = fc
  .record({
    type: fc.constantFrom('ingress', 'ingress', 'egress'),
    what: fc.constantFrom(
      'tcp, port_range: 8080/8080',
      'tcp, port_range: 1/65535',
      'udp, port_range: 53/5000',
      'icmp',
      'all',
    ),
    policy: fc.constantFrom('accept', 'accept', 'accept', 'drop'),
    priority: fc.integer({ min: 1, max: 3 }),
    block: fc.constantFrom('0.0.0.0/0', '0.0.0.0/0', '198.51.100.1', '10.0.1.0/24', null),
  })
  .map(({ type, what, policy, priority, block }) => (isBasic: boolean): string => {
    const peer =
      block === null && isBasic ? 'source_security_group_id: tight' : `cidr_ip: ${block ?? '0.0.0.0/0'}`;
    return `{ type: ${type}, ip_protocol: ${what}, policy: ${policy}, priority: ${priority}, ${peer} }`;
  });

/** Half of the time nothing is filtered; else two groups of one type, and who is in them. */
const groups = fc.option(
  fc.record({
    isBasic: fc.boolean(),
    inner: fc.constantFrom('Accept', 'Drop'),
    open: fc.array(rule, { minLength: 1, maxLength: 4 }),
    tight: fc.array(rule, { maxLength: 2 }),
    members: fc.record({
      'web-1': fc.constantFrom('open', 'open, tight', null),
      'web-2': fc.constantFrom('open', 'tight', null),
      'web-3': fc.constantFrom('open', 'tight, open', null),
    }),
  }),
  { freq: 2 },
);
type Groups = typeof groups extends fc.Arbitrary<infer T> ? T : never;

function withGroups(text: string, drawn: Groups): string {
  if (drawn === null) return text;
  const { isBasic, inner, open, tight, members } = drawn;
  const type = isBasic ? `inner_access_policy: ${inner}` : 'security_group_type: enterprise';
  const group = (name: string, rules: typeof open): string =>
    `  ${name}: { vpc_id: shop, ${type}, rules: { ${rules.map((r, i) => `rule-${i}: ${r(isBasic)}`).join(', ')} } }\n`;
  let grouped = text.replace(
    'instances:\n',
    `security_groups:\n${group('open', open)}${group('tight', tight)}instances:\n`,
  );
  for (const [name, names] of Object.entries(members)) {
    if (names !== null) {
      grouped = grouped.replace(
        `  ${name}: { vswitch_id`,
        `  ${name}: { security_groups: [${names}], vswitch_id`,
      );
    }
  }
  return grouped;
}

/** Runs of 6 s, most of them a few thousand events. */
export const randomScenario: fc.Arbitrary<string> = fc
  .record({
    seed: fc.nat(),
    groups,
    flows: fc.array(flow, { minLength: 1, maxLength: 4 }),
    events: fc.array(fc.tuple(fc.integer({ min: 0, max: 5_500 }), event), { maxLength: 8 }),
  })
  .map(({ seed, groups: drawn, flows, events }) =>
    [
      withGroups(FIXED, drawn),
      `seed: ${seed}`,
      'duration: 6s',
      'traffic:',
      ...flows.map((text, i) => `  flow-${i}: ${text}`),
      ...(events.length === 0 ? [] : ['events:']),
      ...events.map(([ms, text], i) => `  event-${i}: { at: ${ms}ms, ${text} }`),
      '',
    ].join('\n'),
  );

/** The same scenario with a VPC and an instance that nobody in it has to do with. */
export function withNeighbour(text: string): string {
  return text
    .replace('vpcs:\n', 'vpcs:\n  aside: { region: cn-hangzhou, cidr_block: 192.168.0.0/16 }\n')
    .replace(
      'vswitches:\n',
      'vswitches:\n  aside-h: { vpc_id: aside, zone_id: cn-hangzhou-h, cidr_block: 192.168.1.0/24 }\n',
    )
    .replace('instances:\n', 'instances:\n  bystander: { vswitch_id: aside-h }\n');
}
