/** Row numbers of the network's tables. */
import type { Id } from '../base/brand.ts';

export type DeviceId = Id<'device'>;
export type IfaceId = Id<'iface'>;
export type LinkId = Id<'link'>;
export type FlowId = Id<'flow'>;
export type PacketId = Id<'packet'>;
