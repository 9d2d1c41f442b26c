/** Words of the language that are not supported yet: refused by name rather than taken for mistakes. */

export type ReservedContext =
  | 'top'
  | 'vpc'
  | 'instance'
  | 'security-group'
  | 'security-rule'
  | 'network-acl'
  | 'route-table'
  | 'route-entry'
  | 'acl-entry'
  | 'clb'
  | 'listener'
  | 'nat-gateway'
  | 'snat-entry'
  | 'eip'
  | 'host'
  | 'flow'
  | 'event';

export const RESERVED_KEYS: Readonly<Record<ReservedContext, ReadonlySet<string>>> = {
  top: new Set([
    'base',
    'aliases',
    'prices',
    'usage',
    'accounts',
    'data_centers',
    'branches',
    'backbone',
    'network_interfaces',
    'common_bandwidth_packages',
    'data_transfer_plans',
    'albs',
    'nlbs',
    'server_groups',
    'dns_zones',
    'cen_instances',
    'cen_bandwidth_packages',
    'transit_routers',
    'transit_router_vpc_attachments',
    'transit_router_vbr_attachments',
    'transit_router_vpn_attachments',
    'transit_router_peer_attachments',
    'transit_router_route_tables',
    'transit_router_route_table_associations',
    'transit_router_route_table_propagations',
    'cen_route_maps',
    'cen_inter_region_traffic_qos_policies',
    'vpc_peer_connections',
    'vpn_gateways',
    'vpn_customer_gateways',
    'vpn_connections',
    'vpn_attachments',
    'ssl_vpn_servers',
    'ssl_vpn_client_certs',
    'physical_connections',
    'virtual_border_routers',
    'vbr_health_checks',
    'vbr_failover_groups',
    'router_interfaces',
    'express_connect_routers',
    'bgp_groups',
    'bgp_peers',
    'bgp_networks',
    'route_entries',
    'sag_devices',
    'sags',
    'sag_acls',
    'cloud_connect_networks',
  ]),
  vpc: new Set(['secondary_cidr_blocks', 'account']),
  'route-table': new Set(['route_table_name', 'associate_type', 'description', 'tags']),
  'route-entry': new Set(['description']),
  instance: new Set(['network_interfaces', 'internet_max_bandwidth_out', 'public_ip', 'user_data']),
  'security-group': new Set(['resource_group_id', 'tags']),
  'security-rule': new Set(['prefix_list_id', 'ipv6_cidr_ip', 'nic_type', 'source_group_owner_account']),
  'network-acl': new Set(['network_acl_name', 'source_network_acl_id', 'tags']),
  'acl-entry': new Set(['entry_type', 'ip_version', 'network_acl_entry_name', 'description']),
  clb: new Set([
    'load_balancer_spec',
    'instance_charge_type',
    'internet_charge_type',
    'bandwidth',
    'server_groups',
  ]),
  listener: new Set([
    'bandwidth',
    'persistence_timeout',
    'sticky_session',
    'connection_drain',
    'connection_drain_timeout',
    'health_check',
    'health_check_type',
    'health_check_uri',
    'health_check_http_code',
    'server_group_id',
    'master_slave_server_group_id',
    'acl_id',
    'acl_status',
    'acl_type',
    'idle_timeout',
    'request_timeout',
  ]),
  'nat-gateway': new Set([
    'forward_entries',
    'specification',
    'payment_type',
    'internet_charge_type',
    'availability_mode',
    'private_link_enabled',
    'access_mode',
    'nat_ips',
  ]),
  'snat-entry': new Set(['snat_entry_name', 'source_instance_id', 'network_interface_id']),
  eip: new Set(['bandwidth_package_id', 'internet_charge_type', 'payment_type', 'mode', 'isp']),
  host: new Set(['access_rate', 'access_latency']),
  flow: new Set(['host', 'path', 'dscp', 'start', 'stop', 'parallel']),
  event: new Set(['convert']),
};

/** Values of an attribute that are not supported yet. */
export const RESERVED_ARRIVALS: ReadonlySet<string> = new Set(['burst', 'pareto', 'lognormal']);
export const RESERVED_PROTOCOLS: ReadonlySet<string> = new Set(['http', 'https']);
export const RESERVED_IP_PROTOCOLS: ReadonlySet<string> = new Set(['gre', 'icmpv6']);
export const RESERVED_NEXT_HOPS: ReadonlySet<string> = new Set([
  'HaVip',
  'RouterInterface',
  'NetworkInterface',
  'VpnGateway',
  'Attachment',
  'VpcPeer',
  'Ipv4Gateway',
  'IPv6Gateway',
  'GatewayEndpoint',
  'Ecr',
]);
export const RESERVED_NETWORK_TYPES: ReadonlySet<string> = new Set(['intranet']);
export const RESERVED_SCHEDULERS: ReadonlySet<string> = new Set(['qch', 'wlc']);
