/**
 * What an instance of a type can carry, each way: baseline bandwidth, packets a second, and tracked connections.
 * Source: ECS "Instance families". Limits are of the instance: more ENIs add none.
 */
interface InstanceType {
  readonly bandwidthBps: number;
  readonly packetsPerSecond: number;
  readonly connections: number;
}

const type = (gbps: number, thousandPackets: number, thousandConnections: number): InstanceType => ({
  bandwidthBps: gbps * 1e9,
  packetsPerSecond: thousandPackets * 1000,
  connections: thousandConnections * 1000,
});

export const INSTANCE_TYPES: Readonly<Record<string, InstanceType>> = {
  'ecs.g6.large': type(1, 300, 250),
  'ecs.g6.2xlarge': type(2.5, 800, 250),
  'ecs.g7.large': type(2, 900, 250),
  'ecs.g7.xlarge': type(3, 1_000, 250),
  'ecs.g7.2xlarge': type(5, 1_600, 250),
  'ecs.g7.4xlarge': type(10, 3_000, 300),
  'ecs.g7.8xlarge': type(16, 6_000, 600),
  'ecs.g7.32xlarge': type(64, 24_000, 2_400),
};
export const INSTANCE_TYPE_NAMES = Object.keys(INSTANCE_TYPES) as [string, ...string[]];
