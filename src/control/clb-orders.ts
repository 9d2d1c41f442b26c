/** How a node of a CLB with two zones obeys the region's controller: it answers every heartbeat, and takes new orders. */
import { NONE } from '../base/brand.ts';
import type { ClbNode } from '../devices/clb-node.ts';
import type { DeviceContext } from '../network/device.ts';
import type { FlowId } from '../network/ids.ts';
import { IN } from '../network/packet-table.ts';
import type { Announcer } from '../protocols/announcer.ts';
import { type ClusterOrder, type NodeState, ORDER_BYTES, ORDER_PORT } from '../protocols/cluster-orders.ts';
import { UDP_HEADERS } from '../protocols/host-stack.ts';

/** `flow` is the controller's for this node: question and answer are one heartbeat. */
export function obeyController(
  node: ClbNode,
  context: DeviceContext,
  announcer: Announcer,
  flow: FlowId,
): void {
  node.management.bindUdp(ORDER_PORT, (packet) => {
    const { content, srcAddr } = context.packets;
    const { isToAnnounce, epoch, cause } = content[packet] as ClusterOrder;
    const controller = srcAddr[packet] as number;
    announcer.obey(isToAnnounce, epoch, cause);
    const state: NodeState = {
      kind: 'node-state',
      isAnnouncing: announcer.isAnnouncing,
      epoch: announcer.epoch,
    };
    const billing = { flow, unit: NONE, connection: NONE, direction: IN };
    node.management.sendDatagram(
      billing,
      ORDER_PORT,
      controller,
      ORDER_PORT,
      UDP_HEADERS + ORDER_BYTES,
      state,
    );
  });
}
