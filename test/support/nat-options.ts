/** A NAT gateway as products have it, but without bounds on what it carries. */
import { SECOND_NS } from '../../src/base/units.ts';
import type { NatGatewayOptions } from '../../src/devices/nat-gateway.ts';

const BOUNDLESS = {
  connections: 10_000_000,
  connectionsPerSecond: 10_000_000,
  packetsPerSecond: 10_000_000,
  bandwidthBps: 1e12,
};

export const NAT_DOOR = 0x64410001;

export const NAT_OPTIONS: NatGatewayOptions = {
  timeouts: {
    halfOpenNs: 30 * SECOND_NS,
    establishedNs: 900 * SECOND_NS,
    closedNs: 5 * SECOND_NS,
    udpNs: 60 * SECOND_NS,
    icmpNs: 30 * SECOND_NS,
  },
  ports: { first: 1025, last: 65535, perDestination: 55_000 },
  skipsFull: true,
  answersEcho: true,
  allowsHairpin: false,
  doorAddress: NAT_DOOR,
  capacity: { ...BOUNDLESS, countsDnat: true, ceiling: BOUNDLESS },
  burstNs: SECOND_NS,
  growthDelayNs: 60 * SECOND_NS,
  takesFragments: true,
  fragmentLifetimeNs: 30e9,
  initialTtl: 64,
};
