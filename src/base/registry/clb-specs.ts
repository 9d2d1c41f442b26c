/** What guaranteed-performance CLBs carry. Queries a second are of layer 7 alone. */
import { documented, type ParameterSpec } from './spec.ts';

const SOURCE = 'CLB "Guaranteed-performance instances"';

const connections = (value: number) => documented('count', value, SOURCE, 1, 10_000_000);
const perSecond = (value: number) => documented('frequency', value, SOURCE, 1, 10e6);

export const CLB_SPEC_PARAMETERS = {
  'clb.s1_small_connections': connections(5_000),
  'clb.s1_small_connection_rate': perSecond(3_000),
  'clb.s1_small_query_rate': perSecond(1_000),
  'clb.s2_small_connections': connections(50_000),
  'clb.s2_small_connection_rate': perSecond(5_000),
  'clb.s2_small_query_rate': perSecond(5_000),
  'clb.s2_medium_connections': connections(100_000),
  'clb.s2_medium_connection_rate': perSecond(10_000),
  'clb.s2_medium_query_rate': perSecond(10_000),
  'clb.s3_small_connections': connections(200_000),
  'clb.s3_small_connection_rate': perSecond(20_000),
  'clb.s3_small_query_rate': perSecond(20_000),
  'clb.s3_medium_connections': connections(500_000),
  'clb.s3_medium_connection_rate': perSecond(50_000),
  'clb.s3_medium_query_rate': perSecond(30_000),
  'clb.s3_large_connections': connections(1_000_000),
  'clb.s3_large_connection_rate': perSecond(100_000),
  'clb.s3_large_query_rate': perSecond(50_000),
} as const satisfies Record<string, ParameterSpec>;
