/** `vpcsim check FILE...`: diagnostics without a run; with `--list` the names of everything the file makes. */

import { formatIpv4 } from '../base/ipv4.ts';
import { ParameterValues } from '../base/parameters.ts';
import { formatPlural } from '../report/table.ts';
import { albZoneName } from '../scenario/alb-types.ts';
import { poolsOf } from '../scenario/clb-pools.ts';
import { AUTHORITY_NAME, type GroupPart, listGroups, listParts, PROBE_NAME } from '../scenario/parts.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { print, printError } from './console.ts';
import { EXIT, type ExitCode, worstExit } from './exit-codes.ts';
import { loadScenario } from './files.ts';
import { interfaceNames } from './interfaces.ts';

export interface CheckOptions {
  readonly list?: boolean;
  readonly resolved?: boolean;
}

export function checkCommand(files: readonly string[], options: CheckOptions): ExitCode {
  return worstExit(files.map((file) => checkFile(file, options)));
}

function checkFile(file: string, options: CheckOptions): ExitCode {
  const loaded = loadScenario(file);
  if (!loaded.ok) {
    for (const problem of loaded.problems) printError(problem);
    return EXIT.usage;
  }
  for (const warning of loaded.warnings) printError(warning);
  const { scenario } = loaded;
  if (options.resolved) print(JSON.stringify(scenario, null, 2));
  else if (options.list) print(listNames(scenario));
  else print(`${file}: ok, ${describeSize(scenario)}`);
  return EXIT.pass;
}

function describeSize(scenario: Scenario): string {
  const { devices, links } = listParts(scenario, new ParameterValues(scenario.assume));
  return [
    formatPlural(devices.length, 'device'),
    formatPlural(links.length, 'link'),
    formatPlural(scenario.traffic.length, 'flow'),
    formatPlural(scenario.events.length, 'event'),
    formatPlural(scenario.expectations.length, 'expectation'),
  ].join(', ');
}

/** One name a line under the heading of its kind. */
export function listNames(scenario: Scenario): string {
  const { devices, links } = listParts(scenario, new ParameterValues(scenario.assume));
  const groups = listGroups(scenario, { devices });
  const groupNames = (wanted: GroupPart['kind']): string[] =>
    groups.flatMap(({ name, kind }) => (kind === wanted ? [name] : []));
  const addressed = [
    ...scenario.instances.map(({ name, privateAddress }) => ({ name, address: privateAddress })),
    ...scenario.clbs,
    ...scenario.albs.flatMap(({ name, zones }) =>
      zones.map(({ zone, address }) => ({ name: albZoneName(name, zone), address })),
    ),
    ...scenario.eips,
    ...scenario.internetHosts,
    ...listNameHosts(scenario),
  ];
  const listeners = scenario.clbs.flatMap((clb) =>
    poolsOf(clb).flatMap((listener) => [
      ...(clb.listeners.includes(listener) ? [`${clb.name}/${listener.name}`] : []),
      ...listener.backends.map(({ instance }) => `${clb.name}/${listener.name}/${instance}`),
    ]),
  );
  const albServers = scenario.albs.flatMap((alb) =>
    alb.serverGroups.flatMap(({ name, servers }) =>
      servers.map(({ instance }) => `${alb.name}/${name}/${instance}`),
    ),
  );
  const services = [...scenario.instances, ...scenario.internetHosts].flatMap((host) =>
    host.services.map(({ name }) => `${host.name}/${name}`),
  );
  const entries = scenario.natGateways.flatMap(({ name, snatEntries }) =>
    snatEntries.map((entry) => `${name}/${entry.name}`),
  );
  const forwards = scenario.natGateways.flatMap(({ name, forwardEntries }) =>
    forwardEntries.map((entry) => `${name}/${entry.name}`),
  );
  const records = (scenario.nameService?.records ?? []).flatMap(({ name, values }) => [
    name,
    ...values.map(({ target }) => `${name}/${target}`),
  ]);
  const sections: [string, string[]][] = [
    ['addresses', addressed.map(({ name, address }) => `${name} ${formatIpv4(address)}`)],
    ['devices', devices.map(({ name, kind }) => `${name} (${kind})`)],
    ['links', links.map(({ name }) => name)],
    ['interfaces', interfaceNames(links)],
    ['listeners and servers', [...listeners, ...albServers]],
    ['services', services],
    ['SNAT entries', entries],
    ['DNAT entries', forwards],
    ['DNS records and values', records],
    ['VPCs, CLBs and NAT gateways', groupNames('resource')],
    ['clusters', groupNames('cluster')],
    ['zones', groupNames('zone')],
    ['regions', groupNames('region')],
    ['risk groups', groupNames('risk')],
    ['flows', scenario.traffic.map(({ name }) => name)],
    ['events', scenario.events.map(({ name }) => name)],
  ];
  return sections
    .filter(([, names]) => names.length > 0)
    .map(([heading, names]) => `${heading}:\n${names.map((name) => `  ${name}`).join('\n')}`)
    .join('\n');
}

/** What serves names, with its public addresses. */
function listNameHosts({ nameService }: Scenario): { readonly name: string; readonly address: number }[] {
  if (nameService === null) return [];
  const { authorityAddress, probeAddress, resolvers } = nameService;
  return [
    { name: AUTHORITY_NAME, address: authorityAddress },
    ...(probeAddress === null ? [] : [{ name: PROBE_NAME, address: probeAddress }]),
    ...resolvers,
  ];
}
