/**
 * Lowers a scenario into a network that runs, in ordered passes: devices and links, routes, CLBs, NAT gateways and EIPs, traffic,
 * events. After the checks of the language this cannot fail; what fails here is a bug of ours.
 */
import { assert } from '../base/assert.ts';
import type { ParameterValues } from '../base/parameters.ts';
import type { RandomStreams } from '../base/random.ts';
import type { GroupAdmin } from '../control/alb-admin.ts';
import type { Engine } from '../engine/engine.ts';
import { FaultInjector } from '../faults/injector.ts';
import { Recorder, type RecorderPlan, type ScopePlan } from '../measure/recorder.ts';
import type { CostRow, HopResult } from '../measure/result.ts';
import { Network } from '../network/network.ts';
import { readTcpSettings } from '../protocols/tcp-settings.ts';
import { listParts } from '../scenario/parts.ts';
import type { Expectation, Scenario } from '../scenario/scenario.ts';
import { buildAlbs, buildZoneShifts } from './albs.ts';
import { buildCapacities } from './clb-capacity.ts';
import { buildLayer7 } from './clb-proxies.ts';
import { buildClbs } from './clbs.ts';
import { accountOf } from './costs.ts';
import { buildDevices } from './devices.ts';
import { buildNames } from './dns.ts';
import { buildEips } from './eips.ts';
import { type Controls, scheduleEvents } from './events.ts';
import { collectHops } from './hops.ts';
import { beginPaths, buildPaths } from './internet-paths.ts';
import { addNatEntries, buildNatAdmins } from './nat-gateways.ts';
import { buildNetworkAcls } from './network-acls.ts';
import { buildNlbs } from './nlbs.ts';
import { Plant } from './plant.ts';
import { buildRouteAdmin } from './route-tables.ts';
import { buildRoutes } from './routes.ts';
import { Timeline } from './timeline.ts';
import { buildServers, buildWorkloads, planFlows } from './traffic.ts';

/** How expectations become windows; the judge knows which have one and when their bounds hold. */
export interface ExpectationLowering {
  isScoped(expectation: Expectation): boolean;
  holdsOn(expectation: Expectation): NonNullable<ScopePlan['holds']>;
}

export interface BuiltNetwork {
  readonly plant: Plant;
  readonly recorder: Recorder;
  /** Begins traffic, events and measurement: the engine's present is 0 s. */
  begin(): void;
  /** What traceroutes have found; ask once, at the end. */
  hops(): Record<string, HopResult[]>;
  /** What a month of the design costs; ask once, at the end. */
  account(): CostRow[];
}

export function buildNetwork(
  scenario: Scenario,
  values: ParameterValues,
  streams: RandomStreams,
  engine: Engine,
  lowering: ExpectationLowering,
): BuiltNetwork {
  const network = new Network(engine, streams);
  const parts = listParts(scenario, values);
  const plant = new Plant(scenario, values, engine, streams, network, parts, readTcpSettings(values));
  // Flows come first: their numbers are their positions in the scenario, below those of any detector.
  for (const { name } of scenario.traffic) network.flows.add(name, true);
  buildDevices(plant);
  buildPaths(plant);
  buildRoutes(plant);
  const layer4 = buildClbs(plant);
  const clbs = buildLayer7(plant, layer4);
  const groups = new Map<string, GroupAdmin>([...buildAlbs(plant), ...buildNlbs(plant, layer4)]);
  const nats = buildNatAdmins(plant);
  const { eips, plans } = buildEips(plant, nats);
  addNatEntries(plant, nats, eips);
  const capacities = buildCapacities(plant);
  const acls = buildNetworkAcls(plant);
  const controls: Controls = {
    clbs,
    capacities,
    groups,
    shifts: buildZoneShifts(plant),
    eips,
    plans,
    nats,
    acls,
    routes: buildRouteAdmin(plant),
    names: buildNames(plant),
    faults: buildFaults(plant),
  };
  const timeline = new Timeline(scenario, streams);
  const recorder = buildRecorder(plant, timeline, lowering);
  buildServers(plant, recorder);
  const workloads = buildWorkloads(plant, recorder);
  network.addObserver(recorder);
  assertBuilt(plant);

  const begin = (): void => {
    network.startMeasuring();
    for (const timeNs of recorder.boundaries()) {
      engine.call(network.zeroNs + timeNs, () => recorder.atBoundary(timeNs));
    }
    beginPaths(plant);
    scheduleEvents(plant, controls, timeline, (event, reason) => recorder.refuse(event, reason));
    for (const workload of workloads) workload.start(scenario.durationNs);
  };
  return {
    plant,
    recorder,
    begin,
    hops: () => collectHops(plant, workloads),
    account: () => accountOf(plant),
  };
}

function buildRecorder(plant: Plant, timeline: Timeline, lowering: ExpectationLowering): Recorder {
  const { scenario, network, engine } = plant;
  const plan: RecorderPlan = {
    flows: planFlows(plant),
    events: timeline.planEvents(),
    scopes: scenario.expectations
      .filter((expectation) => lowering.isScoped(expectation))
      .map((expectation) => timeline.planScope(expectation, plant.parts, (e) => lowering.holdsOn(e))),
    durationNs: scenario.durationNs,
    quietNs: plant.values.get('measure.quiet'),
    seriesStepNs: plant.values.get('measure.series_step'),
  };
  return new Recorder(plan, {
    now: () => engine.nowNs - network.zeroNs,
    packets: network.packets,
    packetCounts: () => network.describePackets(),
    deviceResult: (name) => network.describeDevice(name),
  });
}

function buildFaults(plant: Plant): FaultInjector {
  const { network, engine, streams, values } = plant;
  const settings = { bootNs: values.get('ecs.boot_time'), reorderDelayNs: values.get('link.reorder_delay') };
  const faults = new FaultInjector(network, engine, streams, settings);
  for (const [name, { a, b, ends }] of plant.links) faults.addLink(name, a, b, ends);
  const linksOf = linksByDevice(plant);
  for (const [name, id] of plant.ids) {
    faults.addMachine(name, id, plant.hosts.get(name)?.stack ?? null, linksOf.get(name) ?? []);
  }
  return faults;
}

/** Names of the links of each device, in the order of the links. */
function linksByDevice(plant: Plant): Map<string, string[]> {
  const linksOf = new Map<string, string[]>();
  for (const { name, a, b } of plant.parts.links) {
    for (const device of [a, b]) {
      const links = linksOf.get(device);
      if (links === undefined) linksOf.set(device, [name]);
      else links.push(name);
    }
  }
  return linksOf;
}

/** The language promised these parts by name. */
function assertBuilt(plant: Plant): void {
  assert(
    plant.ids.size === plant.parts.devices.length,
    'the build made other devices than the language names',
  );
  assert(plant.links.size === plant.parts.links.length, 'the build made other links than the language names');
}
