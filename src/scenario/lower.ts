/** Brings the lowering of all sections into order: what needs addresses, ports or parts comes after what makes them. */
import { AddressBook } from './address-book.ts';
import { CLIENT_POOL, EIP_POOL } from './address-rules.ts';
import type { Check } from './check.ts';
import { costNames, isCosted, listCostItems } from './cost-items.ts';
import { checkEventTimes } from './event-times.ts';
import { ListenPorts } from './listen-ports.ts';
import { AccessChanges } from './lower-access-changes.ts';
import { AlbChanges } from './lower-alb-changes.ts';
import { draftAlbs, finishAlbs } from './lower-albs.ts';
import { lowerBandwidthPlans, PlanChanges, PlanMembers } from './lower-bandwidth-plans.ts';
import type { ClbDraft, ClbInputs } from './lower-clbs.ts';
import { draftClbs, finishClbs } from './lower-clbs.ts';
import { lowerDataTransferPlans, lowerPrices, lowerUsage } from './lower-costs.ts';
import { checkResolverReferences, draftResolvers, lowerNameService, lowerRecords } from './lower-dns.ts';
import type { EipDraft, EipTargets } from './lower-eips.ts';
import { draftEips } from './lower-eips.ts';
import { lowerEvents } from './lower-events.ts';
import { lowerExpectations } from './lower-expectations.ts';
import { draftHavips, havipStates } from './lower-havips.ts';
import { assignPublic, draftInstances, draftInternetHosts } from './lower-hosts.ts';
import { lowerInternetPaths } from './lower-internet-paths.ts';
import { lowerIpv4Gateways } from './lower-ipv4-gateways.ts';
import { draftNatGateways, finishNatGateways, type NatInputs } from './lower-nat-gateways.ts';
import { lowerNetworkAcls } from './lower-network-acls.ts';
import { draftNetworkInterfaces } from './lower-network-interfaces.ts';
import { draftNlbs, finishNlbs, type NlbDraft, nlbPaths } from './lower-nlbs.ts';
import { draftPublicIps } from './lower-public-ips.ts';
import { Reconfigurations } from './lower-reconfigurations.ts';
import { everyValue, RecordChanges } from './lower-record-changes.ts';
import { Places } from './lower-regions.ts';
import { RouteChanges } from './lower-route-changes.ts';
import { lowerRouteEntries, lowerRouteTables, type RouteInputs } from './lower-routes.ts';
import { lowerSecurityGroups } from './lower-security-groups.ts';
import type { Settings } from './lower-settings.ts';
import { lowerTraffic } from './lower-traffic.ts';
import { lowerVpcs, lowerVSwitches } from './lower-vpcs.ts';
import { NatChanges } from './nat-changes.ts';
import { listGroups, listParts } from './parts.ts';
import { optional, textOf } from './reading.ts';
import type { Eip, Instance, Scenario, VSwitch } from './scenario.ts';
import { Targets } from './targets.ts';
import { child } from './tree.ts';

type Lowered = Pick<
  Scenario,
  | 'regions'
  | 'vpcs'
  | 'vswitches'
  | 'securityGroups'
  | 'networkAcls'
  | 'ipv4Gateways'
  | 'routeTables'
  | 'routeEntries'
  | 'instances'
  | 'havips'
  | 'clbs'
  | 'albs'
  | 'natGateways'
  | 'bandwidthPlans'
  | 'dataTransferPlans'
  | 'prices'
  | 'usage'
  | 'eips'
  | 'internetHosts'
  | 'internetPaths'
  | 'nameService'
  | 'traffic'
  | 'events'
  | 'expectations'
>;

const byName = <T extends { readonly name: string }>(items: readonly T[]): Map<string, T> =>
  new Map(items.map((item) => [item.name, item]));

/** What can be lowered of a file; complete if nothing was reported. */
export function lowerScenario(check: Check, settings: Settings): Lowered {
  const places = new Places(check);
  const book = new AddressBook(check.diagnostics);
  const ports = new ListenPorts();
  const addresses = new Map<string, number>();

  const vpcs = lowerVpcs(check, places);
  const vswitchList = lowerVSwitches(check, places, vpcs);
  const vswitches = byName(vswitchList);
  const securityGroups = lowerSecurityGroups(check);
  const networkAcls = lowerNetworkAcls(check);
  const instanceDrafts = draftInstances(check, vswitches, book, ports, addresses);
  const instanceByName = byName(instanceDrafts);
  const eniInputs = { check, vswitches, instances: instanceByName, book, ports, addresses };
  const eniDrafts = draftNetworkInterfaces(eniInputs);
  const havipDrafts = draftHavips({ check, vswitches, instances: instanceByName, book, addresses });
  const havipByName = byName(havipDrafts);
  const machineDrafts = [...instanceDrafts, ...eniDrafts];
  const machineByName = byName(machineDrafts);
  const clbInputs: ClbInputs = {
    check,
    places,
    vpcs: byName(vpcs),
    vswitches,
    instances: instanceByName,
    book,
    ports,
    addresses,
  };
  const clbDrafts = draftClbs(clbInputs);
  const clbByName = byName(clbDrafts);
  const albDrafts = draftAlbs(clbInputs);
  const albByName = byName(albDrafts);
  const nlbDrafts = draftNlbs(clbInputs);
  const nlbByName = byName(nlbDrafts);
  const natInputs: NatInputs = { check, vpcs: byName(vpcs), vswitches };
  const natDrafts = draftNatGateways(natInputs);
  const ipv4Gateways = lowerIpv4Gateways(check);
  const routeInputs: RouteInputs = {
    check,
    vpcs: byName(vpcs),
    vswitches,
    instances: instanceByName,
    havips: havipByName,
    natGateways: byName(natDrafts),
    ipv4Gateways: byName(ipv4Gateways),
  };
  const routeTables = lowerRouteTables(routeInputs);
  const routeEntries = lowerRouteEntries(routeInputs);
  const eipTargets: EipTargets = {
    instances: machineByName,
    vswitches,
    havips: havipByName,
    clbs: clbByName,
    natGateways: byName(natDrafts),
  };
  const publicIps = draftPublicIps(check, instanceByName, vswitches, book, addresses);
  const bandwidthPlans = lowerBandwidthPlans(check, places);
  const planMembers = new PlanMembers(check, bandwidthPlans);
  const dataTransferPlans = lowerDataTransferPlans(check, places);
  const ownEips = draftEips(check, places, eipTargets, book, addresses, publicIps, planMembers);
  const eipDrafts = [...ownEips, ...publicIps];
  const hostDrafts = draftInternetHosts(check, places, book, ports, addresses);

  assignPrivate(
    check,
    book,
    addresses,
    vswitches,
    byName<{ readonly name: string; readonly vswitch: string }>([...machineDrafts, ...havipDrafts]),
    clbByName,
  );
  assignPublic(
    check,
    book,
    addresses,
    EIP_POOL,
    eipDrafts.map((eip) => eip.name),
  );
  assignPublic(
    check,
    book,
    addresses,
    CLIENT_POOL,
    hostDrafts.map((host) => host.name),
  );
  const ownClbs = finishClbs(clbInputs, clbDrafts);
  const albs = finishAlbs(book, albDrafts);
  const clbs = [...ownClbs, ...finishNlbs(book, nlbDrafts)];
  const withAddress = <T extends { readonly name: string }>(drafts: readonly T[]) =>
    drafts.flatMap((draft) => {
      const address = addresses.get(draft.name);
      return address === undefined ? [] : [{ ...draft, address }];
    });
  const eips = withAddress(eipDrafts);

  const eipByName = byName(eipDrafts);
  const associations = associationsOf(check);
  const forwardInputs = { ...natInputs, instances: instanceByName, addresses, eips: eipByName };
  const natGateways = finishNatGateways(forwardInputs, natDrafts);
  const nats = new NatChanges({ ...forwardInputs, natGateways: byName(natGateways), associations });
  const isPublic = (target: string): boolean =>
    !machineByName.has(target) &&
    clbByName.get(target)?.addressType !== 'intranet' &&
    albByName.get(target.split('/')[0] ?? '')?.addressType !== 'Intranet' &&
    nlbByName.get(target.split('/')[0] ?? '')?.addressType !== 'intranet';
  const records = lowerRecords(check, isPublic);
  const resolvers = draftResolvers(check, places);
  checkResolverReferences(check);
  const traffic = lowerTraffic({
    check,
    clbs: byName([...clbDrafts, ...nlbDrafts]),
    albs: albByName,
    havips: havipByName,
    eips: eipByName,
    associations,
    forwards: [...natGateways.flatMap((gateway) => gateway.forwardEntries), ...nats.addedForwards()],
    ports,
    durationNs: settings.durationNs ?? Number.MAX_SAFE_INTEGER,
    records: everyValue(check, records),
  });
  const internetPaths = lowerInternetPaths(check, places.regions, hostDrafts);
  const albChanges = new AlbChanges(clbInputs, albByName, nlbByName);
  const reconfigurations = new Reconfigurations({
    check,
    eips: eipByName,
    clbs: clbByName,
    nats,
    albs: albChanges,
    eipTargets,
    ports,
    records: new RecordChanges(check, records, isPublic),
    routes: new RouteChanges(routeInputs),
    access: new AccessChanges(check, (name) => vswitches.get(instanceByName.get(name)?.vswitch ?? '')?.vpc),
    plans: new PlanChanges(check, bandwidthPlans, eipByName),
  });
  const nameService = lowerNameService({
    check,
    book,
    records,
    resolvers,
    traffic,
    regions: places.regions,
    instances: machineDrafts,
    vswitches,
    vpcs: byName(vpcs),
    hosts: hostDrafts,
  });

  // Parts depend on resources alone: ports and events may still be missing here.
  const network = {
    regions: places.regions,
    vpcs,
    vswitches: vswitchList,
    securityGroups,
    networkAcls,
    ipv4Gateways,
    routeTables,
    routeEntries,
    instances: machineDrafts.map((draft) => ({
      ...draft,
      privateAddress: addresses.get(draft.name) ?? 0,
      ...ownPublicAddresses(draft.name, eips),
      listen: [],
    })),
    havips: withAddress(havipDrafts),
    clbs,
    albs,
    natGateways,
    bandwidthPlans,
    dataTransferPlans,
    eips,
    internetHosts: withAddress(hostDrafts).map((host) => ({ ...host, listen: [] })),
    nameService,
  };
  const parts = listParts(network as unknown as Scenario, check.parameters);
  const targets = new Targets(check, parts, listGroups(network, parts));
  const events = lowerEvents(check, targets, reconfigurations);
  checkEventTimes(check, new Map(events.map(({ name, time }) => [name, time])), settings.durationNs);
  const costItems = listCostItems({ ...network, events }, check.parameters);
  const prices = lowerPrices(check, costItems);
  const usage = lowerUsage(check);
  const expectations = lowerExpectations({
    check,
    targets,
    paths: new Set([
      ...reconfigurations.paths(),
      ...nlbPaths(nlbDrafts, albChanges.added),
      ...eipStates(eipDrafts),
      ...havipStates(havipDrafts),
    ]),
    costItems: isCosted({ prices, usage }) ? new Set(costNames(network.dataTransferPlans, costItems)) : null,
    durationNs: settings.durationNs ?? Number.MAX_SAFE_INTEGER,
    replications: settings.replications,
  });

  const instances = network.instances.map((instance) => ({ ...instance, listen: ports.of(instance.name) }));
  const internetHosts = network.internetHosts.map((host) => ({ ...host, listen: ports.of(host.name) }));
  const lowered = {
    ...network,
    instances,
    internetHosts,
    internetPaths,
    traffic,
    events,
    expectations,
    prices,
    usage,
  };
  reportForgotten(check, lowered, nlbDrafts);
  return lowered;
}

/** Instances, HAVIPs and intranet CLBs without an explicit address, in the order of the file. */
function assignPrivate(
  check: Check,
  book: AddressBook,
  addresses: Map<string, number>,
  vswitches: ReadonlyMap<string, VSwitch>,
  holders: ReadonlyMap<string, { readonly vswitch: string }>,
  clbs: ReadonlyMap<string, ClbDraft>,
): void {
  const inOrder = check.names
    .inSections('instances', 'network_interfaces', 'havips', 'clbs')
    .sort((a, b) => a.span.start - b.span.start);
  for (const { name, span } of inOrder) {
    const clb = clbs.get(name);
    const vswitch = clb === undefined ? vswitches.get(holders.get(name)?.vswitch ?? '') : clb.vswitch;
    if (addresses.has(name) || vswitch === undefined || vswitch === null || clb?.addressType === 'internet')
      continue;
    const address = book.assignPrivate(vswitch.vpc, vswitch.name, vswitch.cidr, name, span);
    if (address !== undefined) addresses.set(name, address);
  }
}

/** Those of EIPs that an ENI has itself. */
function ownPublicAddresses(
  name: string,
  eips: readonly Eip[],
): Pick<Instance, 'boundAddress' | 'visibleAddresses'> {
  const own = eips.filter(({ target }) => target === name);
  const visible = own.filter(({ isVisible }) => isVisible).map(({ address }) => address);
  return {
    ...optional('boundAddress', own.find(({ isCutThrough }) => isCutThrough)?.address),
    ...optional('visibleAddresses', visible.length > 0 ? visible : undefined),
  };
}

/** What of EIPs has a state of its own beside what they are associated with. */
function eipStates(eips: readonly EipDraft[]): string[] {
  return eips.flatMap(({ name }) => [`${name}/bandwidth`, `${name}/plan`, `${name}/type`]);
}

/** Per EIP that events associate or disassociate, what they associate it with. */
function associationsOf(check: Check): Map<string, string[]> {
  const associations = new Map<string, string[]>();
  for (const { value } of check.names.inSections('events')) {
    const eip = textOf(child(value, 'associate')) ?? textOf(child(value, 'disassociate'));
    if (eip === undefined) continue;
    const targets = associations.get(eip) ?? [];
    const target = textOf(child(value, 'with'));
    if (target !== undefined) targets.push(target);
    associations.set(eip, targets);
  }
  return associations;
}

/** Nothing may vanish without a word: a thing that was not lowered, with nothing reported, is reported here. */
function reportForgotten(check: Check, lowered: Lowered, nlbs: readonly NlbDraft[]): void {
  if (check.diagnostics.hasErrors) return;
  const {
    vpcs,
    vswitches,
    securityGroups,
    networkAcls,
    routeTables,
    instances,
    havips,
    clbs,
    albs,
    natGateways,
    bandwidthPlans,
    dataTransferPlans,
    eips,
    internetHosts,
    internetPaths,
    nameService,
    traffic,
    events,
  } = lowered;
  const made = [
    ...vpcs,
    ...vswitches,
    ...securityGroups,
    ...networkAcls,
    ...routeTables,
    ...instances,
    ...havips,
    ...clbs,
    ...albs,
    ...nlbs,
    ...natGateways,
    ...bandwidthPlans,
    ...dataTransferPlans,
    ...eips,
    ...internetHosts,
    ...internetPaths,
    ...(nameService?.records ?? []),
    ...(nameService?.resolvers ?? []),
    ...traffic,
    ...events,
  ];
  const names = new Set(made.map((item) => item.name));
  const all = [
    'vpcs',
    'vswitches',
    'security_groups',
    'network_acls',
    'route_tables',
    'instances',
    'network_interfaces',
    'havips',
    'clbs',
    'albs',
    'nlbs',
    'nat_gateways',
    'common_bandwidth_packages',
    'data_transfer_plans',
    'eips',
    'dns_records',
    'resolvers',
    'clients',
    'internet_hosts',
    'internet_paths',
    'traffic',
    'events',
  ] as const;
  for (const { name, span } of check.names.inSections(...all)) {
    if (!names.has(name)) check.diagnostics.error('bad-value', span, `'${name}' cannot be read`);
  }
}
