/**
 * The names of all machines and links that a scenario becomes. `build` makes exactly these; events, `expect`,
 * `--list`, captures and random streams use them. The picture:
 *
 *   client --- internet/<city> --- internet/<city> --- <region>/internet-gateway
 *                                                          |  one link per zone router
 *   <region>/management --- <clb>/<zone>/node-<n> --- <vpc>/<zone> --- <instance>
 *                                                          |
 *                                                     <vpc>/<other zone>
 *
 * `dns/authoritative` and `dns/probe` are hosts on the Internet, and so are resolvers; that of a region, `<region>/resolver`,
 * has a link to each zone router of the VPCs it serves besides the one to the Internet.
 *
 * A CLB with listeners at layer 7 also has `<clb>/<zone>/proxy-<n>`, attached as its nodes are.
 *
 * The nodes of an ALB, `<alb>/<zone>/node-<n>`, are on their zone's router alone.
 *
 * A NAT gateway, `<gateway>/<zone>`, stands between its zone's router and the Internet gateway of the region. Another one
 * stands by in another zone of the VPC; both, and `<region>/nat-controller`, are on the management network.
 */
import type { ParameterValues } from '../base/parameters.ts';
import type { Alb, Clb, NameService, NatGateway, Place, Scenario } from './scenario.ts';

export type PartKind =
  | 'internet-router'
  | 'internet-gateway'
  | 'vpc-router'
  | 'management-switch'
  | 'instance'
  | 'network-interface'
  | 'clb-node'
  | 'clb-proxy'
  | 'clb-controller'
  | 'alb-node'
  | 'nat-gateway'
  | 'nat-controller'
  | 'internet-host'
  | 'name-server'
  | 'dns-probe'
  | 'resolver';

export interface DevicePart {
  readonly name: string;
  readonly kind: PartKind;
  /** The resource it belongs to: the VPC of a router, the CLB of a node, a NAT gateway, the instance of an ENI; otherwise its own name. */
  readonly resource: string;
  readonly region: string | null;
  readonly zone: string | null;
  readonly place: Place | null;
  readonly risks: readonly string[];
}

export type LinkKind = 'access' | 'internet' | 'uplink' | 'zone' | 'local' | 'management';

export interface LinkPart {
  readonly name: string;
  readonly kind: LinkKind;
  /** Device names; direction `out` is a to b. */
  readonly a: string;
  readonly b: string;
}

/** Machines that one name stands for: secondary ENIs of an instance, those of a VPC, CLB or NAT gateway, of a CLB in a zone, of a zone, region or shared-risk group. */
export interface GroupPart {
  readonly name: string;
  readonly kind: 'resource' | 'machine' | 'cluster' | 'zone' | 'region' | 'risk';
  readonly devices: readonly string[];
}

export interface Parts {
  readonly devices: readonly DevicePart[];
  readonly links: readonly LinkPart[];
}

/** `cn-hangzhou-h` lies in `cn-hangzhou`, `ap-southeast-1a` in `ap-southeast-1`. */
export function regionOfZone(zone: string): string {
  if (/\d[a-z]$/.test(zone)) return zone.slice(0, -1);
  return zone.slice(0, zone.lastIndexOf('-'));
}

/** The middle of an Internet router's name: `Kuala Lumpur` gives `kuala-lumpur`. */
export function placeSlug(city: string): string {
  return city
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

export const internetRouterName = (city: string): string => `internet/${placeSlug(city)}`;
export const internetGatewayName = (region: string): string => `${region}/internet-gateway`;
export const managementName = (region: string): string => `${region}/management`;
export const clbControllerName = (region: string): string => `${region}/clb-controller`;
export const AUTHORITY_NAME = 'dns/authoritative';
export const PROBE_NAME = 'dns/probe';
export const vpcRouterName = (vpc: string, zone: string): string => `${vpc}/${zone}`;
/** An NLB's cluster in a zone bears its name already: `front/cn-hangzhou-h`. */
export const clbNodeName = (clb: string, zone: string, index: number): string =>
  clb.endsWith(`/${zone}`) ? `${clb}/node-${index}` : `${clb}/${zone}/node-${index}`;
/** Of a CLB with listeners at layer 7. */
export const clbProxyName = (clb: string, zone: string, index: number): string =>
  `${clb}/${zone}/proxy-${index}`;
export const natGatewayName = ({ name, zone }: Pick<NatGateway, 'name' | 'zone'>): string =>
  `${name}/${zone}`;
export const natControllerName = (region: string): string => `${region}/nat-controller`;
export const linkName = (a: string, b: string): string => `${a}~${b}/link-1`;

/** A resource's devices bear its name or lie below it: `front/cn-hangzhou-h/node-1` is one of `front`. */
export function isDeviceOf(device: string, resource: string): boolean {
  return device === resource || device.startsWith(`${resource}/`);
}

export const albNodeName = clbNodeName;

/** The zones a CLB has nodes in, master first. */
export function clbZones(clb: Clb): string[] {
  return clb.slaveZone === null ? [clb.masterZone] : [clb.masterZone, clb.slaveZone];
}

/** Zones of a VPC that have something in them, in order of first use. */
export function vpcZones(scenario: Scenario, vpc: string): string[] {
  const zones = new Set<string>();
  for (const vswitch of scenario.vswitches) if (vswitch.vpc === vpc) zones.add(vswitch.zone);
  for (const clb of scenario.clbs) if (clb.vpc === vpc) for (const zone of clbZones(clb)) zones.add(zone);
  for (const alb of scenario.albs) if (alb.vpc === vpc) for (const { zone } of alb.zones) zones.add(zone);
  return [...zones];
}

/** Names of the devices of a NAT gateway: the one that works at the start, and the one that stands by if there is one. */
export function natGatewayNames(scenario: Scenario, gateway: NatGateway): string[] {
  return natZones(scenario, gateway).map((zone) => natGatewayName({ name: gateway.name, zone }));
}

/** Those zones: its own, and the first other one of the VPC. */
export function natZones(scenario: Scenario, { vpc, zone, availabilityMode }: NatGateway): string[] {
  const other = vpcZones(scenario, vpc).find((candidate) => candidate !== zone);
  return availabilityMode === 'SingleAZ' || other === undefined ? [zone] : [zone, other];
}

/** Every part of the network of a scenario, in the order `build` makes them. */
export function listParts(scenario: Scenario, parameters: ParameterValues): Parts {
  const devices: DevicePart[] = [];
  const links: LinkPart[] = [];
  const link = (kind: LinkKind, a: string, b: string): void => {
    links.push({ name: linkName(a, b), kind, a, b });
  };

  addInternet(scenario, devices, link);
  addVpcs(scenario, devices, link);
  addInstances(scenario, devices, link);
  addClbs(scenario, parameters.get('clb.cluster_nodes'), devices, link);
  const layer7 = scenario.clbs.filter(hasHttp);
  if (layer7.length > 0) addClbProxies(layer7, parameters.get('clb.proxy_nodes'), devices, link);
  if (scenario.albs.length > 0) addAlbs(scenario.albs, parameters.get('alb.zone_nodes'), devices, link);
  addNatGateways(scenario, devices, link);
  addInternetHosts(scenario, devices, link);
  addNameService(scenario, devices, link);
  return { devices, links };
}

/** Every group of machines that has a name. Risks of a vSwitch are those of the instances in it. */
export function listGroups(
  { vswitches, instances }: Pick<Scenario, 'vswitches' | 'instances'>,
  { devices }: Pick<Parts, 'devices'>,
): GroupPart[] {
  const groups = new Map<string, { kind: GroupPart['kind']; devices: Set<string> }>();
  const risksOfVSwitch = new Map(vswitches.map(({ name, risks }) => [name, risks]));
  const homeRisks = new Map(instances.map(({ name, vswitch }) => [name, risksOfVSwitch.get(vswitch) ?? []]));
  for (const { name, resource, region, zone, kind, risks } of devices) {
    const add = (groupKind: GroupPart['kind'], group: string): void => {
      const known = groups.get(group);
      if (known === undefined) groups.set(group, { kind: groupKind, devices: new Set([name]) });
      else known.devices.add(name);
    };
    if (resource !== name) add(kind === 'network-interface' ? 'machine' : 'resource', resource);
    const [owner = resource] = resource.split('/');
    if (kind === 'clb-node' && owner !== resource) add('resource', owner);
    else if ((kind === 'clb-node' || kind === 'clb-proxy' || kind === 'alb-node') && zone !== null)
      add('cluster', `${resource}/${zone}`);
    if (zone !== null) add('zone', zone);
    if (region !== null) add('region', region);
    for (const risk of [...risks, ...(homeRisks.get(name) ?? [])]) add('risk', risk);
  }
  return [...groups].map(([name, group]) => ({ name, kind: group.kind, devices: [...group.devices] }));
}

type AddLink = (kind: LinkKind, a: string, b: string) => void;

const bare = { region: null, zone: null, place: null, risks: [] } as const;

/** One router per place in use, a link per pair of places, an Internet gateway per region. */
function addInternet(scenario: Scenario, devices: DevicePart[], link: AddLink): void {
  const places = new Map<string, Place>();
  for (const place of [
    ...scenario.regions.map((r) => r.place),
    ...scenario.internetHosts.map((h) => h.place),
    ...placesOf(scenario.nameService),
  ]) {
    const name = internetRouterName(place.city);
    if (!places.has(name)) places.set(name, place);
  }
  const names = [...places.keys()];
  for (const [name, place] of places) {
    devices.push({ ...bare, name, kind: 'internet-router', resource: name, place });
  }
  names.forEach((a, i) => {
    for (const b of names.slice(i + 1)) link('internet', a, b);
  });
  for (const { name: region, place } of scenario.regions) {
    const name = internetGatewayName(region);
    devices.push({ ...bare, name, kind: 'internet-gateway', resource: name, region, place });
    link('uplink', internetRouterName(place.city), name);
  }
}

/** A router instance per zone of a VPC, joined to each other and to the Internet gateway of the region. */
function addVpcs(scenario: Scenario, devices: DevicePart[], link: AddLink): void {
  for (const vpc of scenario.vpcs) {
    const routers = vpcZones(scenario, vpc.name).map((zone) => ({
      zone,
      name: vpcRouterName(vpc.name, zone),
    }));
    for (const { zone, name } of routers) {
      devices.push({ ...bare, name, kind: 'vpc-router', resource: vpc.name, region: vpc.region, zone });
      link('uplink', internetGatewayName(vpc.region), name);
    }
    routers.forEach((a, i) => {
      for (const b of routers.slice(i + 1)) link('zone', a.name, b.name);
    });
  }
}

function addInstances(scenario: Scenario, devices: DevicePart[], link: AddLink): void {
  const vswitches = new Map(scenario.vswitches.map((vswitch) => [vswitch.name, vswitch]));
  for (const { name, vswitch, risks, eniOf } of scenario.instances) {
    const home = vswitches.get(vswitch);
    if (home === undefined) continue; // Diagnosed elsewhere: parts are listed for the checks as well.
    const { zone } = home;
    const region = regionOfZone(zone);
    // Written out: spread from `bare`, each of thousands would get a hidden class of its own (260 bytes).
    const kind = eniOf === undefined ? 'instance' : 'network-interface';
    devices.push({ name, kind, resource: eniOf ?? name, region, zone, place: null, risks });
    link('local', vpcRouterName(home.vpc, home.zone), name);
  }
}

/** Cluster nodes per zone, each on its zone's router and on the region's management network. */
function addClbs(scenario: Scenario, nodesPerZone: number, devices: DevicePart[], link: AddLink): void {
  const managed = new Set<string>();
  const controlled = new Set<string>();
  for (const clb of scenario.clbs) {
    const management = managementName(clb.region);
    if (!managed.has(clb.region)) {
      managed.add(clb.region);
      devices.push({
        ...bare,
        name: management,
        kind: 'management-switch',
        resource: management,
        region: clb.region,
      });
    }
    addController(clb, controlled, devices, link);
    for (const zone of clbZones(clb)) {
      for (let index = 1; index <= nodesPerZone; index++) {
        const name = clbNodeName(clb.name, zone, index);
        const { region, risks } = clb;
        devices.push({ ...bare, name, kind: 'clb-node', resource: clb.name, region, zone, risks });
        link('local', vpcRouterName(clb.vpc, zone), name);
        link('management', management, name);
      }
    }
  }
}

/** Whether it has listeners at layer 7. */
export function hasHttp({ listeners }: Pick<Clb, 'listeners'>): boolean {
  return listeners.some(({ protocol }) => protocol === 'http');
}

/** Where the cluster nodes are, and like these: on the zone's router and on the management network. */
function addClbProxies(clbs: readonly Clb[], perZone: number, devices: DevicePart[], link: AddLink): void {
  for (const clb of clbs) {
    for (const zone of clbZones(clb)) {
      for (let index = 1; index <= perZone; index++) {
        const name = clbProxyName(clb.name, zone, index);
        const { region, risks } = clb;
        devices.push({ ...bare, name, kind: 'clb-proxy', resource: clb.name, region, zone, risks });
        link('local', vpcRouterName(clb.vpc, zone), name);
        link('management', managementName(region), name);
      }
    }
  }
}

/** One for the CLBs with two zones of a region. */
function addController(clb: Clb, controlled: Set<string>, devices: DevicePart[], link: AddLink): void {
  const { region, slaveZone } = clb;
  if (slaveZone === null || controlled.has(region)) return;
  controlled.add(region);
  const name = clbControllerName(region);
  devices.push({ ...bare, name, kind: 'clb-controller', resource: name, region });
  link('management', managementName(region), name);
}

/** Nodes per zone, each on its zone's router. */
function addAlbs(albs: readonly Alb[], nodesPerZone: number, devices: DevicePart[], link: AddLink): void {
  for (const { name: resource, region, vpc, zones, risks } of albs) {
    for (const { zone } of zones) {
      for (let index = 1; index <= nodesPerZone; index++) {
        const name = albNodeName(resource, zone, index);
        devices.push({ ...bare, name, kind: 'alb-node', resource, region, zone, risks });
        link('local', vpcRouterName(vpc, zone), name);
      }
    }
  }
}

/** A device in each of its zones; where there are two, they have a controller. */
function addNatGateways(scenario: Scenario, devices: DevicePart[], link: AddLink): void {
  for (const gateway of scenario.natGateways) {
    const { name: resource, region, vpc, risks } = gateway;
    const zones = natZones(scenario, gateway);
    if (zones.length > 1) addNatController(region, devices, link);
    for (const zone of zones) {
      const name = natGatewayName({ name: resource, zone });
      devices.push({ ...bare, name, kind: 'nat-gateway', resource, region, zone, risks });
      link('local', vpcRouterName(vpc, zone), name);
      link('uplink', internetGatewayName(region), name);
      if (zones.length > 1) link('management', managementName(region), name);
    }
  }
}

/** Once in a region, with the management network if there is none yet. */
function addNatController(region: string, devices: DevicePart[], link: AddLink): void {
  const name = natControllerName(region);
  if (devices.some((part) => part.name === name)) return;
  const management = managementName(region);
  if (!devices.some((part) => part.name === management)) {
    devices.push({ ...bare, name: management, kind: 'management-switch', resource: management, region });
  }
  devices.push({ ...bare, name, kind: 'nat-controller', resource: name, region });
  link('management', management, name);
}

function addInternetHosts(scenario: Scenario, devices: DevicePart[], link: AddLink): void {
  for (const { name, place, risks } of scenario.internetHosts) {
    devices.push({ ...bare, name, kind: 'internet-host', resource: name, place, risks });
    link('access', name, internetRouterName(place.city));
  }
}

function placesOf(nameService: NameService | null): Place[] {
  return nameService === null
    ? []
    : [nameService.place, ...nameService.resolvers.map((resolver) => resolver.place)];
}

/** The authoritative server, the probe node if something is probed, and the resolvers. */
function addNameService(scenario: Scenario, devices: DevicePart[], link: AddLink): void {
  const { nameService } = scenario;
  if (nameService === null) return;
  const addHost = (name: string, kind: PartKind, place: Place, risks: readonly string[]): void => {
    devices.push({ ...bare, name, kind, resource: name, place, risks });
    link('access', name, internetRouterName(place.city));
  };
  addHost(AUTHORITY_NAME, 'name-server', nameService.place, []);
  if (nameService.probeAddress !== null) addHost(PROBE_NAME, 'dns-probe', nameService.place, []);
  for (const { name, place, region, vpcs, risks } of nameService.resolvers) {
    if (region === null) {
      addHost(name, 'resolver', place, risks);
      continue;
    }
    devices.push({ ...bare, name, kind: 'resolver', resource: name, region, place, risks });
    link('uplink', name, internetRouterName(place.city));
    for (const vpc of vpcs)
      for (const zone of vpcZones(scenario, vpc)) link('uplink', vpcRouterName(vpc, zone), name);
  }
}
