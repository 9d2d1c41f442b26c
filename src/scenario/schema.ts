/**
 * The shape of a scenario file: which keys there are and what form their values have. Meaning (references, ranges that
 * depend on others, rules of products) is checked afterwards. The JSON Schema for editors is made from this.
 */
import { z } from 'zod';
import { INSTANCE_TYPE_NAMES } from '../base/instance-types.ts';
import { TCP_PROFILE_NAMES } from '../base/tcp-profiles.ts';
import { alb } from './schema-albs.ts';
import { bandwidthPlan, planCap, planMembership } from './schema-bandwidth-plans.ts';
import {
  clbSettings,
  forwardingRule,
  httpListener,
  listenerOptions,
  masterSlaveServerGroup,
  serverGroup,
} from './schema-clb.ts';
import { chargeType, dataTransferPlan, prices, usage } from './schema-costs.ts';
import { ANSWER_POLICIES, dnsRecord, recordSettings, resolverSettings } from './schema-dns.ts';
import { expectation } from './schema-expectations.ts';
import { flow } from './schema-flows.ts';
import { havip } from './schema-havips.ts';
import * as leaf from './schema-leaves.ts';
import { listenerChecks } from './schema-listener-checks.ts';
import { natGateway, natSettings } from './schema-nat.ts';
import { networkAcl, networkAclEntryOptions, networkAclSettings } from './schema-network-acls.ts';
import { networkInterface } from './schema-network-interfaces.ts';
import { nlb } from './schema-nlbs.ts';
import { publicIp } from './schema-public-ips.ts';
import { ipv4Gateway, routeEntries, routeEntryOptions, routeTable } from './schema-routes.ts';
import { securityGroup, securityGroups, securitySettings } from './schema-security-groups.ts';
import { service } from './schema-services.ts';
import { ACCESS_POLICIES, FORWARD_PROTOCOLS, MACHINE_FAULTS, RULE_PROTOCOLS, VERBS } from './verbs.ts';

/** A section: named things of one kind. `terraform` is their type there. */
function section<T extends z.ZodType>(terraform: string, entry: T) {
  return z.record(z.string(), entry).describe(terraform);
}

const OURS = 'ours: Terraform has no such key';
const ours = <T extends z.ZodType>(schema: T, about?: string): T =>
  schema.describe(about === undefined ? OURS : `${OURS}. ${about}`);

const risks = () =>
  ours(
    z.array(leaf.reference('the name of a shared-risk group')).optional(),
    'Shared-risk groups this belongs to.',
  );
const listen = () =>
  ours(
    z.array(leaf.matching(/^\d{1,5}\/(tcp|udp)$/, "a port and protocol such as '443/tcp'")).optional(),
    'Ports served besides those that flows and listeners imply.',
  );
const services = () =>
  ours(section('services', service).optional(), 'HTTP services and the work that their answers cost.');

const tcpProfile = (about: string) => ours(leaf.word(...TCP_PROFILE_NAMES).optional(), about);
const localPort = () => leaf.integer(1024, 65535);
/** Of every host: what sets its TCP apart. */
const hostTcp = {
  tcp_profile: tcpProfile('The kernel whose TCP this host has.'),
  ip_local_port_range: ours(
    z.tuple([localPort(), localPort()]).optional(),
    'First and last port that its connections leave from (net.ipv4.ip_local_port_range).',
  ),
};

const resolver = () =>
  ours(leaf.reference('the name of a resolver').optional(), 'Who is asked for DNS records.');

const coordinates = {
  latitude: ours(leaf.decimal(-90, 90).optional(), 'Degrees, north positive.'),
  longitude: ours(leaf.decimal(-180, 180).optional(), 'Degrees, east positive.'),
};
const city = () => ours(leaf.text('the name of a city'), 'Built in, or with latitude and longitude.');

const region = z.strictObject({ city: city(), ...coordinates });

const vpc = z.strictObject({
  region: ours(leaf.reference('a region such as cn-hangzhou')),
  cidr_block: leaf.cidr(),
  route_entries: routeEntries(),
});

const vswitch = z.strictObject({
  vpc_id: leaf.reference('the name of a VPC'),
  zone_id: leaf.reference('a zone such as cn-hangzhou-h'),
  cidr_block: leaf.cidr(),
  route_table_id: leaf
    .reference('the name of a route table, or of the VPC for its system table')
    .optional()
    .describe('alicloud_route_table_attachment'),
  risks: risks(),
});

const instance = z.strictObject({
  vswitch_id: leaf.reference('the name of a vSwitch'),
  private_ip: leaf.address().optional(),
  ...publicIp,
  security_groups: securityGroups(),
  instance_type: leaf.word(...INSTANCE_TYPE_NAMES).optional(),
  limits: ours(
    z
      .strictObject({
        bandwidth: leaf.quantity('bitrate').optional(),
        packets: leaf.quantity('frequency').optional(),
        connections: leaf.integer(1, 100_000_000).optional(),
      })
      .optional(),
    'Of what it carries either way and of the connections that it tracks, in place of those of its type.',
  ),
  source_dest_check: leaf
    .flag()
    .optional()
    .describe(
      'alicloud_ecs_network_interface: whether it drops what is neither to nor from its own address.',
    ),
  ip_forward: ours(
    leaf.flag().optional(),
    'Whether it passes on what is not for itself (net.ipv4.ip_forward).',
  ),
  listen: listen(),
  ...hostTcp,
  services: services(),
  resolver: resolver(),
  risks: risks(),
});

const port = () => leaf.integer(1, 65535);
const weight = () => leaf.integer(0, 100);
const weights = () => z.record(z.string(), weight());

/** What can change while running, of a listener. */
const listenerSettings = {
  scheduler: leaf.word('wrr', 'rr', 'wlc', 'sch', 'tch').optional(),
  health_check_interval: leaf.quantity('duration').optional(),
  health_check_timeout: leaf.quantity('duration').optional(),
  unhealthy_threshold: leaf.integer(2, 10).optional(),
  healthy_threshold: leaf.integer(2, 10).optional(),
  health_check_connect_port: port().optional(),
  ...listenerOptions,
  backend_servers: weights()
    .optional()
    .describe('Instance to weight (alicloud_slb_server_group_server_attachment)'),
};

const listener = z.strictObject({
  protocol: leaf.word('tcp', 'udp', 'http'),
  frontend_port: port(),
  backend_port: port(),
  ...listenerSettings,
  ...listenerChecks,
  bandwidth: leaf.quantity('bitrate').optional(),
  established_timeout: leaf.quantity('duration').optional(),
  ...httpListener,
  master_slave_server_group_id: leaf
    .reference('the name of a group under master_slave_server_groups')
    .optional(),
});

const clb = z.strictObject({
  address_type: leaf.word('internet', 'intranet').optional(),
  vswitch_id: leaf.reference('the name of a vSwitch').optional(),
  master_zone_id: leaf.reference('a zone such as cn-hangzhou-h').optional(),
  slave_zone_id: leaf.reference('a zone such as cn-hangzhou-i').optional(),
  address: leaf.address().optional(),
  bandwidth: leaf.quantity('bitrate').optional(),
  ...clbSettings,
  listeners: section('alicloud_slb_listener', listener).optional(),
  master_slave_server_groups: section(
    'alicloud_slb_master_slave_server_group',
    masterSlaveServerGroup,
  ).optional(),
  server_groups: section('alicloud_slb_server_group', serverGroup).optional(),
  rules: section('alicloud_slb_rule', forwardingRule).optional(),
  risks: risks(),
});

const eip = z.strictObject({
  region: ours(leaf.reference('a region such as cn-hangzhou')),
  bandwidth: leaf.quantity('bitrate').optional(),
  instance_id: leaf
    .reference(
      'one name: an EIP is associated with one instance, secondary ENI, HAVIP, CLB or NAT gateway at a time',
    )
    .optional()
    .describe('alicloud_eip_association'),
  ip_address: leaf.address().optional(),
  mode: leaf
    .word('NAT', 'BINDED', 'MULTI_BINDED')
    .optional()
    .describe('Of an EIP on a secondary ENI (alicloud_eip_association).'),
  ...chargeType,
  ...planMembership,
});

const host = z.strictObject({
  city: city(),
  ...coordinates,
  ip_address: leaf.address().optional(),
  listen: listen(),
  ...hostTcp,
  services: services(),
  resolver: resolver(),
  risks: risks(),
});

const internetPath = z.strictObject({
  between: z.tuple([leaf.text('the name of a city'), leaf.text('the name of a city')]),
  one_way: leaf.quantity('duration').optional().describe('Latency of either way.'),
  round_trips: leaf
    .text('the path of a file of times and round trips')
    .optional()
    .describe('A file of times and measured round trips.'),
  rate: leaf.quantity('bitrate').optional(),
  mtu: leaf.quantity('size').optional(),
  loss: leaf.quantity('share').optional().describe('Of either way.'),
});

const dnsResolver = z.strictObject({ city: city(), ...coordinates, ...resolverSettings, risks: risks() });

const uniform = z.strictObject({ uniform: z.tuple([leaf.quantity('duration'), leaf.quantity('duration')]) });
const time = () =>
  leaf.whole(
    z.union([z.string().min(1), uniform]),
    "a time such as 30s, { uniform: [30s, 32s] }, or an event and an offset such as 'cut + 5s'",
  );

const targets = () => leaf.references('the name of what is meant');
const burst = z.strictObject({
  loss: leaf.quantity('share'),
  mean_burst: leaf.decimal(1, 1e6),
  mean_gap: leaf.decimal(1, 1e9),
});

const event = z
  .strictObject({
    at: time(),
    fail: targets().optional(),
    restore: targets().optional(),
    flap: targets().optional(),
    degrade: targets().optional(),
    set: leaf.reference('a path such as front-ip or front/web').optional(),
    associate: leaf.reference('the name of an EIP').optional(),
    disassociate: leaf.reference('the name of an EIP').optional(),
    convert: leaf.reference('the name of an instance').optional(),
    add: leaf.reference('a path such as front/web/web-3').optional(),
    remove: leaf.reference('a path such as front/web/web-3').optional(),
    with: leaf
      .reference(
        'one name: an EIP is associated with one instance, secondary ENI, HAVIP, CLB or NAT gateway at a time',
      )
      .optional(),
    how: leaf.word(...MACHINE_FAULTS, 'silent', 'signalled').optional(),
    direction: leaf.word('in', 'out', 'both').optional(),
    down: leaf.quantity('duration').optional(),
    up: leaf.quantity('duration').optional(),
    times: leaf.integer(1, 100_000).optional(),
    loss: leaf
      .whole(
        z.union([leaf.quantity('share'), burst]),
        'a percentage such as 5%, or a map of loss, mean_burst and mean_gap',
      )
      .optional(),
    latency: leaf.quantity('duration').optional(),
    jitter: leaf.quantity('duration').optional(),
    rate: leaf.quantity('bitrate').optional(),
    corrupt: leaf.quantity('share').optional(),
    reorder: leaf.quantity('share').optional(),
    share: leaf.quantity('share').optional(),
    bandwidth: leaf.quantity('bitrate').optional(),
    ...clbSettings,
    ...planCap,
    ...listenerSettings,
    weight: weight().optional(),
    ...natSettings,
    ...recordSettings,
    ...securitySettings,
    ...networkAclSettings,
    ...networkAclEntryOptions,
    ...routeEntryOptions,
    policy: leaf.word(...ANSWER_POLICIES, ...ACCESS_POLICIES).optional(),
    ip_protocol: leaf.word(...RULE_PROTOCOLS, ...FORWARD_PROTOCOLS).optional(),
  })
  .meta({ description: OURS, ...leaf.exactlyOne(Object.keys(VERBS)) });

export const scenarioSchema = z
  .strictObject({
    vpcsim: leaf
      .exactly(1, '1, the version of the language that this program reads')
      .describe('Version of the language.'),
    title: leaf.matching(/^[ -~\u00a0-\uffff]+$/, 'a title of one line'),
    covers: z.array(leaf.matching(/^[IVDX]\d+$/, 'the id of a behaviour such as I8')).optional(),
    description: leaf.anyText().optional(),
    seed: leaf.scalar('a number or a text').optional(),
    duration: leaf
      .quantity('duration')
      .describe('Counts from 0 s, when traffic, events and measurement start.'),
    settle: leaf
      .quantity('duration')
      .optional()
      .describe('Longest time before 0 s for the control plane to come up.'),
    replications: leaf.integer(1, 10_000).optional(),
    vars: z
      .record(z.string(), leaf.scalarOrBoolean())
      .optional()
      .describe('Values that are used by name, in braces after a dollar sign.'),
    assume: z
      .record(z.string(), leaf.scalar('a value of the parameter'))
      .optional()
      .describe('Overrides of parameters.'),
    tcp_profile: tcpProfile('The kernel whose TCP hosts have that name none of their own.'),
    prices: ours(prices.optional(), 'What a unit of a cost item costs.'),
    usage: ours(usage.optional(), 'What leaves for the Internet by the month, by flow.'),
    regions: ours(
      section('regions and their cities', region).optional(),
      'Adds to or overrides the built-in regions.',
    ),
    vpcs: section('alicloud_vpc', vpc).optional(),
    vswitches: section('alicloud_vswitch', vswitch).optional(),
    security_groups: section('alicloud_security_group', securityGroup).optional(),
    network_acls: section('alicloud_network_acl', networkAcl).optional(),
    ipv4_gateways: section('alicloud_vpc_ipv4_gateway', ipv4Gateway).optional(),
    route_tables: section('alicloud_route_table', routeTable).optional(),
    instances: section('alicloud_instance', instance).optional(),
    network_interfaces: section('alicloud_ecs_network_interface', networkInterface).optional(),
    havips: section('alicloud_havip', havip).optional(),
    clbs: section('alicloud_slb_load_balancer', clb).optional(),
    albs: section('alicloud_alb_load_balancer', alb).optional(),
    nlbs: section('alicloud_nlb_load_balancer', nlb).optional(),
    nat_gateways: section('alicloud_nat_gateway', natGateway).optional(),
    common_bandwidth_packages: section('alicloud_common_bandwidth_package', bandwidthPlan).optional(),
    data_transfer_plans: ours(
      section('data_transfer_plans', dataTransferPlan).optional(),
      'Prepaid traffic.',
    ),
    eips: section('alicloud_eip_address', eip).optional(),
    dns_records: section('alicloud_alidns_record', dnsRecord).optional(),
    resolvers: ours(section('resolvers', dnsResolver).optional(), 'Recursive resolvers on the Internet.'),
    clients: ours(section('clients', host).optional(), 'Hosts on the Internet that send.'),
    internet_hosts: ours(section('internet_hosts', host).optional(), 'Hosts on the Internet that serve.'),
    internet_paths: ours(
      section('internet_paths', internetPath).optional(),
      'The Internet between two places.',
    ),
    traffic: ours(section('flows', flow).optional(), 'One entry is one flow.'),
    events: ours(section('events', event).optional()),
    expect: ours(z.array(expectation).optional()),
  })
  .meta({ title: 'vpcsim scenario', description: 'Version 1 of the scenario language of vpcsim.' });

/** Scalars that may also be written with a variable or the number of a range's member. */
const PLACEHOLDER = { type: 'string', pattern: '\\$(\\{|n)' } as const;

/** JSON Schema (draft 7) of what a user writes, for editors. */
export function exportJsonSchema(): object {
  const schema = z.toJSONSchema(scenarioSchema, {
    target: 'draft-7',
    io: 'input',
    reused: 'inline',
    override: ({ zodSchema, jsonSchema }) => {
      const isLeaf = leaf.leafOf(zodSchema) !== undefined && jsonSchema.const === undefined;
      if (
        !isLeaf ||
        (jsonSchema.type === 'string' && jsonSchema.pattern === undefined && jsonSchema.enum === undefined)
      )
        return;
      const { description, ...rest } = jsonSchema;
      for (const key of Object.keys(rest)) delete (jsonSchema as Record<string, unknown>)[key];
      jsonSchema.anyOf = [{ ...rest }, { ...PLACEHOLDER }] as never;
      if (description !== undefined) jsonSchema.description = description;
    },
  });
  return schema;
}
