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
  | 'clb-rule'
  | 'listener'
  | 'alb'
  | 'alb-zone'
  | 'alb-listener'
  | 'alb-rule'
  | 'server-group'
  | 'nlb'
  | 'nlb-listener'
  | 'nlb-server-group'
  | 'nat-gateway'
  | 'snat-entry'
  | 'forward-entry'
  | 'eip'
  | 'host'
  | 'flow'
  | 'event';

export const RESERVED_KEYS: Readonly<Record<ReservedContext, ReadonlySet<string>>> = {
  top: new Set([
    'base',
    'aliases',
    'accounts',
    'data_centers',
    'branches',
    'backbone',
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
  'route-table': new Set(['route_table_name', 'description', 'tags']),
  'route-entry': new Set(['description']),
  instance: new Set(['network_interfaces', 'user_data']),
  'security-group': new Set(['resource_group_id', 'tags']),
  'security-rule': new Set(['prefix_list_id', 'ipv6_cidr_ip', 'nic_type', 'source_group_owner_account']),
  'network-acl': new Set(['network_acl_name', 'source_network_acl_id', 'tags']),
  'acl-entry': new Set(['entry_type', 'ip_version', 'network_acl_entry_name', 'description']),
  clb: new Set(['instance_charge_type', 'internet_charge_type']),
  'clb-rule': new Set([
    'scheduler',
    'sticky_session',
    'sticky_session_type',
    'cookie_timeout',
    'cookie',
    'health_check',
    'health_check_uri',
    'health_check_domain',
    'health_check_http_code',
    'health_check_connect_port',
    'health_check_interval',
    'health_check_timeout',
    'healthy_threshold',
    'unhealthy_threshold',
    'delete_protection_validation',
  ]),
  listener: new Set([
    'server_group_id',
    'acl_id',
    'acl_status',
    'acl_type',
    'cookie',
    'gzip',
    'x_forwarded_for',
    'listener_forward',
    'forward_port',
    'server_certificate_id',
    'enable_http2',
    'tls_cipher_policy',
  ]),
  alb: new Set([
    'address_allocated_mode',
    'load_balancer_edition',
    'bandwidth_package_id',
    'deletion_protection_config',
    'load_balancer_billing_config',
    'modification_protection_config',
    'access_log_config',
  ]),
  'alb-zone': new Set(['allocation_id', 'eip_type', 'intranet_address', 'zone_id']),
  'alb-listener': new Set([
    'default_actions',
    'certificates',
    'gzip_enabled',
    'http2_enabled',
    'quic_config',
    'security_policy_id',
    'x_forwarded_for_config',
    'access_log_tracing_config',
  ]),
  'alb-rule': new Set(['rule_conditions', 'rule_actions', 'direction']),
  'server-group': new Set(['upstream_keepalive_enabled', 'protocol', 'server_group_type']),
  nlb: new Set([
    'bandwidth_package_id',
    'security_group_ids',
    'deletion_protection_config',
    'modification_protection_config',
  ]),
  'nlb-listener': new Set([
    'cps',
    'mss',
    'start_port',
    'end_port',
    'proxy_protocol_enabled',
    'sec_sensor_enabled',
    'certificate_ids',
  ]),
  'nlb-server-group': new Set(['preserve_client_ip_enabled', 'any_port_enabled', 'server_group_type']),
  'nat-gateway': new Set([
    'payment_type',
    'internet_charge_type',
    'private_link_enabled',
    'access_mode',
    'nat_ips',
  ]),
  'snat-entry': new Set(['snat_entry_name', 'source_instance_id', 'network_interface_id']),
  'forward-entry': new Set(['forward_entry_name', 'internal_ip_list']),
  eip: new Set(['payment_type', 'isp']),
  host: new Set(['access_rate', 'access_latency']),
  flow: new Set(['dscp', 'start', 'stop', 'parallel']),
  event: new Set([
    'health_check_type',
    'health_check_uri',
    'health_check_domain',
    'health_check_method',
    'health_check_http_code',
    'health_check_req',
    'health_check_exp',
  ]),
};

/** Values of an attribute that are not supported yet. */
export const RESERVED_ARRIVALS: ReadonlySet<string> = new Set(['burst', 'pareto', 'lognormal']);
export const RESERVED_PROTOCOLS: ReadonlySet<string> = new Set(['https']);
export const RESERVED_RULE_SETTINGS: ReadonlySet<string> = new Set(['off']);
export const RESERVED_COOKIES: ReadonlySet<string> = new Set(['server']);
export const RESERVED_IP_PROTOCOLS: ReadonlySet<string> = new Set(['gre', 'icmpv6']);
export const RESERVED_NEXT_HOPS: ReadonlySet<string> = new Set([
  'RouterInterface',
  'NetworkInterface',
  'VpnGateway',
  'Attachment',
  'VpcPeer',
  'IPv6Gateway',
  'GatewayEndpoint',
  'Ecr',
]);
export const RESERVED_NETWORK_TYPES: ReadonlySet<string> = new Set(['intranet']);
export const RESERVED_SCHEDULERS: ReadonlySet<string> = new Set(['qch']);
export const RESERVED_ALB_PROTOCOLS: ReadonlySet<string> = new Set(['HTTPS', 'QUIC']);
export const RESERVED_NLB_PROTOCOLS: ReadonlySet<string> = new Set(['TCPSSL']);
export const RESERVED_NLB_SCHEDULERS: ReadonlySet<string> = new Set(['Qch']);
