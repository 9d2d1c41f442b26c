/** How routers come to know who has the address of a CLB: announcers at its nodes, learners at routers and gateway. */
import { type Cidr, parseIpv4 } from '../base/ipv4.ts';
import type { VpcRouter } from '../devices/vpc-router.ts';
import type { DeviceContext } from '../network/device.ts';
import type { FlowId } from '../network/ids.ts';
import { Announcer } from '../protocols/announcer.ts';
import { type LearnerSettings, type NodeToLearn, RouteLearner } from '../protocols/route-learner.ts';
import { EcmpGroup } from '../routing/ecmp.ts';
import type { NextHop } from '../routing/fib.ts';
import { internetGatewayName, vpcRouterName } from '../scenario/parts.ts';
import type { Clb, Vpc } from '../scenario/scenario.ts';
import type { BuiltNode, Plant } from './plant.ts';

/** Routers of a VPC answer to the n-th of these, the Internet gateway to the other: link-local (RFC 3927). */
const ROUTER_ADDRESSES = parseIpv4('169.254.0.0') as number;
const GATEWAY_ADDRESS = parseIpv4('169.254.255.1') as number;

export interface AttachedNode {
  readonly name: string;
  readonly zone: string;
  readonly built: BuiltNode;
  readonly nextHop: NextHop;
}

interface LearntNode extends NodeToLearn {
  readonly nextHop: NextHop;
}

/** Answers the next hop of the address: a group whose members each zone's router learns for itself. */
export function learnClb(
  plant: Plant,
  clb: Clb,
  zones: readonly string[],
  attached: readonly AttachedNode[],
) {
  const group = plant.vpc(clb.vpc).tables.nextHops.createGroup(new EcmpGroup([]));
  for (const { built } of attached) addAnnouncer(plant, clb, built);
  zones.forEach((here, index) => {
    const name = vpcRouterName(clb.vpc, here);
    const router = plant.vpcRouter(name);
    const learner = learnerOf(plant, name, ROUTER_ADDRESSES + index + 1, router);
    const members = new EcmpGroup([]);
    router.forwarder.setGroup(group, members);
    const nodes = attached.map((node): LearntNode => {
      const neighbour = node.zone === here ? node.name : vpcRouterName(clb.vpc, node.zone);
      return { ...toLearn(plant, node, name, neighbour, learner.address), nextHop: node.nextHop };
    });
    const onChange = ({ nextHop }: LearntNode, isIn: boolean): void => {
      if (isIn) members.add(nextHop);
      else members.remove(nextHop);
    };
    router.setLearnt(group, learner.addService(nodes, onChange));
  });
  learnAtGateway(plant, clb, attached);
  return group;
}

/** The Internet gateway sends to the zone of a node that has the address; which node, that zone's router decides. */
function learnAtGateway(plant: Plant, clb: Clb, attached: readonly AttachedNode[]): void {
  const name = internetGatewayName(clb.region);
  const learner = learnerOf(plant, name, GATEWAY_ADDRESS, plant.gateway(name));
  const nodes = attached.map((node) =>
    toLearn(plant, node, name, vpcRouterName(clb.vpc, node.zone), learner.address),
  );
  plant.clbRoutes.set(
    clb.name,
    learner.addService(nodes, () => {}),
  );
}

function toLearn(
  plant: Plant,
  { name, built }: AttachedNode,
  router: string,
  neighbour: string,
  routerAddress: number,
): NodeToLearn {
  const flow: FlowId = plant.network.flows.add(`announcements/${router}/${name}`, false);
  built.node.announcer?.tellRouter({ address: routerAddress, flow });
  return { name, address: built.nodeAddress, flow, iface: plant.ifaceBetween(router, neighbour) };
}

function addAnnouncer(plant: Plant, { slaveZone }: Clb, { node, context, nodeAddress }: BuiltNode): void {
  const timerToken = node.addAgent({
    start: () => node.announcer?.start(),
    onTimer: () => node.announcer?.onTimer(),
    onPowerLost: () => node.announcer?.onPowerLost(),
  });
  node.announcer = new Announcer({
    context,
    address: nodeAddress,
    intervalNs: plant.values.get('clb.hello_interval'),
    initialTtl: plant.values.get('ip.initial_ttl'),
    timerToken,
    announcesUnasked: slaveZone === null,
    emit: (packet) => node.emit(packet),
  });
}

function learnerOf(
  plant: Plant,
  name: string,
  address: number,
  device: { learnBy(make: (context: DeviceContext) => RouteLearner): void },
): RouteLearner {
  const known = plant.learners.get(name);
  if (known !== undefined) return known;
  const { values } = plant;
  const settings: LearnerSettings = {
    intervalNs: values.get('clb.hello_interval'),
    holdNs: values.get('clb.hello_hold'),
    installNs: values.get('clb.route_delay'),
    initialTtl: values.get('ip.initial_ttl'),
  };
  let learner: RouteLearner | undefined;
  device.learnBy((context) => {
    learner = new RouteLearner(context, settings, address);
    return learner;
  });
  plant.learners.set(name, learner as unknown as RouteLearner);
  return learner as unknown as RouteLearner;
}

/** How nodes reach the routers of their VPC and the Internet gateway. */
export function routeToLearners(
  plant: Plant,
  vpc: Vpc,
  zones: readonly string[],
  toInternet: NextHop,
  route: (cidr: Cidr, nextHop: NextHop) => void,
): void {
  const { nextHops } = plant.vpc(vpc.name).tables;
  zones.forEach((zone, index) => {
    const nextHop = nextHops.create();
    const name = vpcRouterName(vpc.name, zone);
    for (const here of zones) {
      if (here === zone) continue;
      const router: VpcRouter = plant.vpcRouter(vpcRouterName(vpc.name, here));
      router.forwarder.setIface(nextHop, plant.ifaceBetween(vpcRouterName(vpc.name, here), name));
    }
    route({ base: ROUTER_ADDRESSES + index + 1, length: 32 }, nextHop);
  });
  route({ base: GATEWAY_ADDRESS, length: 32 }, toInternet);
}
