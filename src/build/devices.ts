/** First pass: a device for each part, a link for each pair. */
import { parseIpv4 } from '../base/ipv4.ts';
import { AlbNode } from '../devices/alb-node.ts';
import { ClbController } from '../devices/clb-controller.ts';
import { ClbNode } from '../devices/clb-node.ts';
import type { DnsProbe } from '../devices/dns-probe.ts';
import type { DnsResolver } from '../devices/dns-resolver.ts';
import { NextHopSpace } from '../devices/forwarder.ts';
import { Host } from '../devices/host.ts';
import { InternetGateway } from '../devices/internet-gateway.ts';
import { InternetRouter } from '../devices/internet-router.ts';
import { ManagementSwitch } from '../devices/management-switch.ts';
import type { NameServer } from '../devices/name-server.ts';
import { NatGateway } from '../devices/nat-gateway.ts';
import { VpcRouter } from '../devices/vpc-router.ts';
import type { Device, DeviceContext } from '../network/device.ts';
import type { DeviceId } from '../network/ids.ts';
import type { LinkOptions } from '../network/link-table.ts';
import { Fib } from '../routing/fib.ts';
import type { DevicePart, LinkPart } from '../scenario/parts.ts';
import { albNodeOptions } from './albs.ts';
import { readControllerSettings } from './clb-failover.ts';
import { makeClbProxy } from './clb-proxy-nodes.ts';
import { countedFlows } from './costs.ts';
import { propagationNs } from './distance.ts';
import { makeNameServer, makeProbe, makeResolver } from './dns.ts';
import { makeInstance } from './instances.ts';
import { firstLatencyNs, pathOf } from './internet-paths.ts';
import { makeNatController } from './nat-failover.ts';
import { natGatewayOptions } from './nat-gateways.ts';
import type { Plant } from './plant.ts';
import { customTables, emptyTable } from './route-tables.ts';
import { buildSecurityGroups } from './security-groups.ts';

/** Internet routers answer from TEST-NET-1 (RFC 5737); CLB nodes probe from the cloud's own 100.64.0.0/10. */
const ROUTER_ADDRESSES = parseIpv4('192.0.2.0') as number;
const NODE_ADDRESSES = parseIpv4('100.64.0.0') as number;
const CONTROLLER_ADDRESSES = parseIpv4('100.126.0.0') as number;
const CLB_PROXY_ADDRESSES = parseIpv4('100.80.0.0') as number;
const ALB_NODE_ADDRESSES = parseIpv4('100.96.0.0') as number;
const MANAGEMENT_ADDRESSES = parseIpv4('100.127.0.0') as number;
const PROXY_MANAGEMENT_ADDRESSES = parseIpv4('100.127.128.0') as number;

export function buildDevices(plant: Plant): void {
  plant.scenario.vpcs.forEach(({ name, cidr }, number) => {
    const tables = { cidr, nextHops: new NextHopSpace(), ...emptyTable(), fromInternet: new Fib() };
    plant.vpcs.set(name, { number, tables, custom: customTables(plant, name) });
  });
  buildSecurityGroups(plant);
  for (const part of plant.parts.devices) buildDevice(plant, part);
  for (const part of plant.parts.links) buildLink(plant, part);
}

function buildDevice(plant: Plant, part: DevicePart): void {
  switch (part.kind) {
    case 'internet-router': {
      const address = ROUTER_ADDRESSES + 1 + plant.internetRouters.size;
      const ttl = plant.values.get('ip.initial_ttl');
      const sendsErrors = plant.values.get('internet.sends_icmp_errors') > 0;
      const make = (context: DeviceContext) => new InternetRouter(context, address, ttl, sendsErrors);
      const { device } = add(plant, part.name, make);
      plant.internetRouters.set(part.name, device);
      break;
    }
    case 'internet-gateway':
      plant.gateways.set(
        part.name,
        add(plant, part.name, (context) => new InternetGateway(context, countedFlows(plant.scenario))).device,
      );
      break;
    case 'vpc-router': {
      const { tables } = plant.vpc(part.resource);
      plant.vpcRouters.set(
        part.name,
        add(plant, part.name, (context) => new VpcRouter(context, tables)).device,
      );
      break;
    }
    case 'management-switch':
      plant.managements.set(
        part.name,
        add(plant, part.name, (context) => new ManagementSwitch(context)).device,
      );
      break;
    case 'instance':
    case 'network-interface':
    case 'internet-host':
      buildHost(plant, part);
      break;
    case 'clb-node':
      buildNode(plant, part);
      break;
    case 'clb-proxy':
      buildClbProxy(plant, part);
      break;
    case 'clb-controller':
      buildClbController(plant, part);
      break;
    case 'alb-node':
      buildAlbNode(plant, part);
      break;
    case 'nat-gateway':
      buildNatGateway(plant, part);
      break;
    case 'nat-controller':
      plant.natControllers.set(
        part.name,
        add(plant, part.name, (context) => makeNatController(plant, context)).device,
      );
      break;
    case 'name-server':
    case 'dns-probe':
    case 'resolver':
      buildNameDevice(plant, part);
      break;
  }
}

function add<T extends Device>(
  plant: Plant,
  name: string,
  make: (context: DeviceContext) => T,
): { id: DeviceId; device: T } {
  const added = plant.network.addDevice(name, make);
  plant.ids.set(name, added.id);
  return added;
}

function buildHost(plant: Plant, part: DevicePart): void {
  const instance = plant.instances.get(part.name);
  if (instance !== undefined) {
    const { device } = add(plant, part.name, (context) => makeInstance(plant, instance, context));
    plant.hosts.set(part.name, device);
    return;
  }
  for (const host of plant.scenario.internetHosts) {
    if (host.name !== part.name) continue;
    const make = (context: DeviceContext): Host => new Host(context, plant.tcpOf(host), host.address);
    plant.hosts.set(host.name, add(plant, host.name, make).device);
  }
}

function buildNode(plant: Plant, part: DevicePart): void {
  const clb = plant.scenario.clbs.find(({ name }) => name === part.resource);
  if (clb === undefined) return;
  const { values } = plant;
  const index = plant.nodes.size + 1;
  const nodeAddress = NODE_ADDRESSES + index;
  const managementAddress = MANAGEMENT_ADDRESSES + index;
  let ownContext: DeviceContext | null = null;
  const { id, device } = add(plant, part.name, (context) => {
    ownContext = context;
    return new ClbNode(context, {
      serviceAddress: clb.address,
      nodeAddress,
      managementAddress,
      tcp: plant.tcp,
      timeouts: {
        halfOpenNs: values.get('clb.half_open_timeout'),
        closedNs: values.get('clb.closed_timeout'),
        refreshNs: values.get('clb.session_refresh'),
      },
    });
  });
  const context = ownContext as unknown as DeviceContext;
  plant.nodes.set(part.name, { id, node: device, context, managementAddress, nodeAddress });
}

function buildClbProxy(plant: Plant, part: DevicePart): void {
  const { name } = part;
  const index = plant.clbProxies.size + 1;
  const nodeAddress = CLB_PROXY_ADDRESSES + index;
  const managementAddress = PROXY_MANAGEMENT_ADDRESSES + index;
  let ownContext: DeviceContext | null = null;
  const { id, device } = add(plant, name, (context) => {
    ownContext = context;
    return makeClbProxy(plant, part, context, { nodeAddress, managementAddress });
  });
  const context = ownContext as unknown as DeviceContext;
  plant.clbProxies.set(name, { id, node: device, context, managementAddress, nodeAddress });
}

function buildClbController(plant: Plant, { name, region }: DevicePart): void {
  const managementAddress = CONTROLLER_ADDRESSES + plant.clbControllers.size + 1;
  const settings = readControllerSettings(plant.values);
  const make = (context: DeviceContext) => new ClbController(context, managementAddress, plant.tcp, settings);
  const { device } = add(plant, name, make);
  plant.clbControllers.set(region ?? '', { controller: device, managementAddress });
}

function buildAlbNode(plant: Plant, part: DevicePart): void {
  const nodeAddress = ALB_NODE_ADDRESSES + plant.albNodes.size + 1;
  const options = albNodeOptions(plant, part, nodeAddress);
  const { id, device } = add(plant, part.name, (context) => new AlbNode(context, options));
  plant.albNodes.set(part.name, { id, node: device, nodeAddress });
}

function buildNatGateway(plant: Plant, part: DevicePart): void {
  const gateway = plant.scenario.natGateways.find(({ name }) => name === part.resource);
  if (gateway === undefined) return;
  const options = natGatewayOptions(plant, gateway);
  const { device } = add(plant, part.name, (context) => new NatGateway(context, options));
  plant.natGateways.set(part.name, device);
}

function buildNameDevice(plant: Plant, { name, kind }: DevicePart): void {
  const make = (context: DeviceContext): NameServer | DnsProbe | DnsResolver => {
    if (kind === 'name-server') return makeNameServer(plant, context);
    return kind === 'dns-probe' ? makeProbe(plant, context) : makeResolver(plant, name, context);
  };
  plant.nameDevices.set(name, add(plant, name, make).device);
}

function buildLink(plant: Plant, part: LinkPart): void {
  const a = plant.ids.get(part.a) as DeviceId;
  const b = plant.ids.get(part.b) as DeviceId;
  const ends = plant.network.connect(part.name, a, b, linkOptions(plant, part));
  plant.links.set(part.name, { a: part.a, b: part.b, ends });
  plant.hosts.get(part.a)?.attach(ends.ifaceA);
  plant.hosts.get(part.b)?.attach(ends.ifaceB);
}

/** Rate, latency and queue of a link by its kind. */
function linkOptions(plant: Plant, part: LinkPart): LinkOptions {
  const { values } = plant;
  const shared = { queueNs: values.get('link.queue'), mtuBytes: values.get('ip.link_mtu') };
  switch (part.kind) {
    case 'access':
      return {
        ...shared,
        rateBps: values.get('internet.access_rate'),
        latencyNs: values.get('internet.access_latency'),
      };
    case 'internet': {
      const path = pathOf(plant, part);
      return {
        queueNs: shared.queueNs,
        mtuBytes: path?.mtuBytes ?? shared.mtuBytes,
        rateBps: path?.rateBps ?? values.get('internet.backbone_rate'),
        latencyNs: (path && firstLatencyNs(path)) ?? latencyBetween(plant, part.a, part.b),
      };
    }
    case 'zone':
      return {
        ...shared,
        rateBps: values.get('region.zone_rate'),
        latencyNs: values.get('region.zone_latency'),
      };
    case 'uplink':
    case 'local':
      return {
        ...shared,
        rateBps: values.get('region.local_rate'),
        latencyNs: values.get('region.local_latency'),
      };
    case 'management':
      return {
        ...shared,
        rateBps: values.get('region.local_rate'),
        latencyNs: values.get('management.latency'),
      };
  }
}

function latencyBetween(plant: Plant, a: string, b: string): number {
  const places = [a, b].map((name) => plant.parts.devices.find((part) => part.name === name)?.place);
  const [from, to] = places;
  if (!from || !to) return 0;
  const { values } = plant;
  return propagationNs(from, to, values.get('internet.path_factor'), values.get('internet.km_per_ms'));
}
