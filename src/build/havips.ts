/** Floating addresses: keepalived on the instances that may have them, and the map of the zone's router. */
import { present } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import type { Addressable } from '../control/eip-admin.ts';
import type { AgentHost } from '../devices/host-agents.ts';
import { Instance } from '../devices/instance.ts';
import type { FlowId } from '../network/ids.ts';
import type { Cause } from '../network/observer.ts';
import { OUT } from '../network/packet-table.ts';
import { VrrpMember, type VrrpSettings } from '../protocols/vrrp.ts';
import { ARP, ARP_BYTES, type GratuitousArp, VRRP } from '../protocols/vrrp-message.ts';
import type { NextHop } from '../routing/fib.ts';
import { vrrpName } from '../scenario/havip-types.ts';
import { internetGatewayName, vpcRouterName, vpcZones } from '../scenario/parts.ts';
import type { Havip, HavipMember } from '../scenario/scenario.ts';
import type { Plant } from './plant.ts';

/**
 * Answers the next hop of the address: whoever has it, as the zone's router knows; other zones hand over to that router.
 */
export function routeHavip(plant: Plant, havip: Havip): NextHop {
  const { name, vpc, zone, address, members } = havip;
  const home = vpcRouterName(vpc, zone);
  const nextHop = plant.vpc(vpc).tables.nextHops.create();
  for (const other of vpcZones(plant.scenario, vpc)) {
    const router = vpcRouterName(vpc, other);
    if (other === zone) continue;
    plant.vpcRouter(router).forwarder.setIface(nextHop, plant.ifaceBetween(router, home));
    plant.vpcRouter(router).setRouteHop(nextHop, { via: nextHop, event: NONE });
  }
  const map = plant.vpcRouter(home).mapHavips(plant.values.get('havip.update_delay'));
  const mapped = members.map(({ instance }) => ({
    name: instance,
    iface: plant.ifaceBetween(home, instance),
  }));
  map.add(name, address, nextHop, mapped);
  plant.havipNextHops.set(name, nextHop);
  plant.network.states.set(name, 'nobody');
  installMembers(plant, havip);
  return nextHop;
}

/** A flow for every ordered pair, so that whoever hears nothing knows from whom. */
function installMembers(plant: Plant, havip: Havip): void {
  const { name, members } = havip;
  const flowOf = new Map<string, FlowId>();
  const flow = (from: string, to: string): FlowId => {
    const known = flowOf.get(`${from}/${to}`) ?? plant.network.flows.add(`vrrp/${name}/${from}/${to}`, false);
    flowOf.set(`${from}/${to}`, known);
    return known;
  };
  for (const member of members) {
    const host = plant.hosts.get(member.instance);
    if (!(host instanceof Instance)) continue;
    host.install((machine) => {
      const vrrp = makeMember(plant, havip, member, machine);
      for (const { instance: peer } of members) {
        if (peer === member.instance) continue;
        const address = present(plant.instances.get(peer), `no instance ${peer}`).privateAddress;
        vrrp.addPeer({ address, to: flow(member.instance, peer), from: flow(peer, member.instance) });
      }
      machine.stack.bindProtocol(VRRP, (packet) => vrrp.receive(packet));
      return vrrp;
    });
  }
}

function makeMember(plant: Plant, havip: Havip, member: HavipMember, machine: AgentHost): VrrpMember {
  const { values, network, scenario } = plant;
  const { name, address: virtualAddress, advertNs } = havip;
  const settings: VrrpSettings = {
    priority: member.priority ?? values.get('vrrp.priority'),
    intervalNs: advertNs ?? values.get('vrrp.advert_int'),
    preempts: member.preempts,
    arpRepeatNs: values.get('vrrp.arp_repeat'),
    arpRefreshNs: values.get('vrrp.arp_refresh'),
  };
  const { context, stack, firstToken, emit, sendFrame } = machine;
  const arpFlow = network.flows.add(`arp/${name}/${member.instance}`, false);
  const announce = (cause: Cause | null): void => {
    const packet = context.create(arpFlow, NONE, NONE, OUT);
    const { packets } = context;
    const message: GratuitousArp = { kind: 'gratuitous-arp', cause };
    packets.srcAddr[packet] = virtualAddress;
    packets.dstAddr[packet] = virtualAddress;
    packets.srcPort[packet] = 0;
    packets.dstPort[packet] = 0;
    packets.protocol[packet] = ARP;
    packets.ttl[packet] = 1;
    packets.lengthBytes[packet] = ARP_BYTES;
    packets.content[packet] = message;
    sendFrame(packet);
  };
  return new VrrpMember({
    context,
    subject: vrrpName(member.instance, name),
    routerId: (scenario.havips.findIndex((candidate) => candidate.name === name) % 255) + 1,
    address: stack.address,
    virtualAddress,
    initialTtl: values.get('ip.initial_ttl'),
    settings,
    firstToken,
    emit,
    setHolding: (isHolding, event) => stack.setExtraAddress(virtualAddress, isHolding, event),
    announce,
  });
}

/** Its EIP leads to whoever has it; what is sent from it leaves by the Internet gateway. */
export function havipAddressable(plant: Plant, { vpc, zone, address }: Havip): Addressable {
  const name = vpcRouterName(vpc, zone);
  const region = plant.scenario.vpcs.find((candidate) => candidate.name === vpc)?.region ?? '';
  const iface = plant.ifaceBetween(internetGatewayName(region), name);
  return {
    region,
    target: { vpc: plant.vpc(vpc).number, address, iface },
    attachments: [],
    source: { router: plant.vpcRouter(name), address },
  };
}
