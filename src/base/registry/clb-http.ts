/** Defaults of CLB at layer 7. */
import { SECOND_NS } from '../units.ts';
import { assumed, documented, type ParameterSpec } from './spec.ts';

const LISTENER = 'Terraform alicloud_slb_listener';

export const CLB_HTTP_PARAMETERS = {
  'clb.proxy_nodes': assumed(
    'count',
    4,
    'per zone with listeners at layer 7: as many as nodes of layer 4, of which a figure is published',
    1,
    16,
  ),
  'clb.proxy_check_interval': assumed(
    'duration',
    2 * SECOND_NS,
    'unpublished: nodes of layer 4 check those of layer 7 as they check servers by default',
    SECOND_NS,
    50 * SECOND_NS,
  ),
  'clb.proxy_check_timeout': assumed(
    'duration',
    5 * SECOND_NS,
    'unpublished, as the interval',
    SECOND_NS,
    300 * SECOND_NS,
  ),
  'clb.proxy_check_threshold': assumed('count', 3, 'unpublished, as the interval; both ways', 1, 10),
  'clb.proxy_connect_timeout': assumed(
    'duration',
    5 * SECOND_NS,
    'how long a node tries to connect to a server before it answers 504; not settable in the product',
    1,
  ),
  'clb.http_idle_timeout': documented(
    'duration',
    15 * SECOND_NS,
    `${LISTENER}: idle_timeout`,
    SECOND_NS,
    60 * SECOND_NS,
  ),
  'clb.http_request_timeout': documented(
    'duration',
    60 * SECOND_NS,
    `${LISTENER}: request_timeout`,
    SECOND_NS,
    180 * SECOND_NS,
  ),
} as const satisfies Record<string, ParameterSpec>;
