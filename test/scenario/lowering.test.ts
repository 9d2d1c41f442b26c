/** Goal: a valid text becomes the scenario it means. Method: small texts, and the parts of the result they decide. */
import { describe, expect, test } from 'vitest';
import { formatIpv4 } from '../../src/base/ipv4.ts';
import { ParameterValues } from '../../src/base/parameters.ts';
import { listParts, regionOfZone } from '../../src/scenario/parts.ts';
import { CITIES, REGIONS } from '../../src/scenario/places.ts';
import {
  CLB_EXAMPLE,
  HEAD,
  problemsOf,
  RICH_EXAMPLE,
  SHOP,
  SHOP_WITH_TRAFFIC,
  scenarioOf,
} from '../support/scenario-texts.ts';

const SECOND = 1e9;
const network = `vpcs:\n  a: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }\nvswitches:\n  s: { vpc_id: a, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }\n`;

describe('the documented example', () => {
  const scenario = scenarioOf(CLB_EXAMPLE);

  test('keeps its head', () => {
    const { title, covers, seed, durationNs, settleNs, replications } = scenario;
    expect({ title, covers, seed, durationNs, settleNs, replications }).toEqual({
      title: 'A CLB loses one of two backends',
      covers: ['I8'],
      seed: '7',
      durationNs: 120 * SECOND,
      settleNs: 300 * SECOND,
      replications: 1,
    });
    expect(scenario.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(scenario.warnings).toEqual([]);
  });

  test('puts region, VPC and listener together', () => {
    expect(scenario.regions.map((region) => `${region.name} ${region.place.city}`)).toEqual([
      'cn-hangzhou Hangzhou',
    ]);
    expect(scenario.clbs[0]).toMatchObject({
      addressType: 'intranet',
      vpc: 'shop',
      region: 'cn-hangzhou',
      masterZone: 'cn-hangzhou-h',
      slaveZone: 'cn-hangzhou-i',
      listeners: [
        {
          name: 'web',
          healthCheck: {
            intervalNs: 2 * SECOND,
            timeoutNs: 5 * SECOND,
            unhealthyThreshold: 3,
            healthyThreshold: 3,
          },
          backends: [
            { instance: 'web-1', weight: 100 },
            { instance: 'web-2', weight: 100 },
          ],
        },
      ],
    });
  });

  test('assigns addresses in the order of the file', () => {
    const named = [...scenario.clbs, ...scenario.eips, ...scenario.internetHosts].map(
      ({ name, address }) => `${name} ${formatIpv4(address)}`,
    );
    const instances = scenario.instances.map(
      ({ name, privateAddress }) => `${name} ${formatIpv4(privateAddress)}`,
    );
    expect([...instances, ...named]).toEqual([
      'web-1 10.0.1.4',
      'web-2 10.0.2.4',
      'front 10.0.1.5',
      'front-ip 198.19.0.1',
      'shopper 198.18.0.1',
    ]);
  });

  test('reads events and expectations', () => {
    expect(scenario.events.map(({ text, time }) => ({ text, time }))).toEqual([
      { text: 'fail web-1', time: { kind: 'uniform', fromNs: 30 * SECOND, toNs: 32 * SECOND } },
      { text: 'restore web-1', time: { kind: 'at', atNs: 90 * SECOND } },
    ]);
    expect(scenario.expectations[4]).toEqual({
      text: 'flow: browse, during: [web-1-dies + 25s, web-1-returns], requests: { failed: 0 }',
      subject: 'flow',
      name: 'browse',
      scope: {
        kind: 'during',
        from: { kind: 'after', event: 'web-1-dies', offsetNs: 25 * SECOND },
        to: { kind: 'after', event: 'web-1-returns', offsetNs: 0 },
      },
      direction: null,
      measures: [
        {
          path: ['requests', 'failed'],
          bound: { kind: 'range', min: { value: 0, relative: false }, max: { value: 0, relative: false } },
        },
      ],
      inShareOfRuns: null,
    });
  });
});

test('a text that uses everything supported is accepted, with a warning of what tells nothing yet', () => {
  expect(problemsOf(RICH_EXAMPLE)).toEqual(['116:50 measures-nothing', '126:22 measures-nothing']);
});

describe('ports that are served', () => {
  const listen = (text: string, name: string): string[] => {
    const { instances, internetHosts } = scenarioOf(text);
    const host = [...instances, ...internetHosts].find((candidate) => candidate.name === name);
    return (host?.listen ?? []).map(({ protocol, port }) => `${port}/${protocol}`);
  };

  test('are those of listeners, flows and listen, once each', () => {
    expect(listen(SHOP_WITH_TRAFFIC, 'web-1')).toEqual(['8080/tcp']);
    const flows = `traffic:\n  a: { kind: udp, from: shopper, to: web-1:53, rate: 1/s }\n  b: { kind: http, from: web-2, to: web-1:8080, rate: 1/s }\n`;
    expect(listen(`${HEAD}${SHOP}${flows}`, 'web-1')).toEqual(['8080/tcp', '53/udp']);
    expect(listen(RICH_EXAMPLE, 'partner')).toEqual(['443/tcp']);
  });

  test('follow an EIP to every instance that it is associated with', () => {
    expect(listen(RICH_EXAMPLE, 'lonely')).toEqual(['7070/tcp', '5000/udp']);
    expect(listen(RICH_EXAMPLE, 'web-5')).toContain('7000/udp');
  });
});

describe('addresses', () => {
  test('skip explicit ones', () => {
    const { instances } = scenarioOf(
      `${HEAD}${network}instances:\n  a-1..2: { vswitch_id: s }\n  b: { vswitch_id: s, private_ip: 10.0.1.4 }\n`,
    );
    expect(instances.map((i) => formatIpv4(i.privateAddress))).toEqual(['10.0.1.5', '10.0.1.6', '10.0.1.4']);
  });

  test('of two VPCs may be the same', () => {
    const { instances } = scenarioOf(RICH_EXAMPLE);
    const shown = new Map(instances.map((i) => [i.name, formatIpv4(i.privateAddress)]));
    expect([shown.get('web-1'), shown.get('lonely')]).toEqual(['10.0.1.11', '10.0.1.4']);
  });

  test('of a public CLB come from a range of their own', () => {
    const outer = scenarioOf(RICH_EXAMPLE).clbs.find((clb) => clb.name === 'outer');
    expect([outer?.vpc, formatIpv4(outer?.address ?? 0)]).toEqual(['shop', '198.19.128.1']);
  });
});

describe('flows', () => {
  const flowOf = (flow: string) => scenarioOf(`${HEAD}${SHOP}traffic:\n  f: ${flow}\n`).traffic[0];
  const rateOf = (flow: string) => flowOf(flow) as unknown as { readonly ratePerSecond: number };

  test('of udp take a bit rate, which counts whole packets', () => {
    expect(rateOf('{ kind: udp, from: shopper, to: web-1:9, rate: 20Mbps, size: 1000B }').ratePerSecond).toBe(
      2500,
    );
    expect(rateOf('{ kind: udp, from: shopper, to: web-1:9, rate: 8Mbps }').ratePerSecond).toBe(1000);
  });

  test('of ping have a rate, no port and no connections', () => {
    const ping = flowOf('{ kind: ping, from: shopper, to: front-ip }');
    expect(ping).toMatchObject({ kind: 'ping', ratePerSecond: 1 });
    expect(ping).not.toHaveProperty('port');
    expect(ping).not.toHaveProperty('connections');
  });

  test('have a connection per sender unless told otherwise', () => {
    expect(flowOf('{ kind: udp, from: [web-1..2], to: shopper:9, rate: 1/s }')).toHaveProperty(
      'connections',
      2,
    );
    expect(flowOf('{ kind: http, from: shopper, to: front-ip:80, rate: 1/s }')).toHaveProperty('pool', null);
    expect(
      flowOf('{ kind: http, from: shopper, to: front-ip:80, rate: 1/s, keep_alive: true, connections: 9 }'),
    ).toHaveProperty('pool', { connections: 9, reuse: 'rotate' });
  });
});

describe('targets of events', () => {
  const targets = (name: string) => {
    const text = RICH_EXAMPLE.replace('fail: cn-hangzhou-i }', `fail: ${name} }`);
    const action = scenarioOf(text).events.find((e) => e.name === 'zone-dies')?.action;
    return action?.verb === 'fail' ? action.targets.flatMap((target) => target.devices) : [];
  };

  test.each([
    ['a resource', 'front', 4],
    ['the cluster of a zone', 'front/cn-hangzhou-i', 2],
    ['one node', 'front/cn-hangzhou-i/node-1', 1],
    ['the routers of a VPC', 'shop', 2],
    ['a shared-risk group', 'rack-1', 2],
    ['the shared-risk group of a vSwitch', 'duct-a', 3],
    ['a region with its gateway and management', 'ap-southeast-1', 3],
    ['a zone without the gateway of the region', 'ap-southeast-1a', 2],
    ['the router of a city', 'internet/kassel', 1],
  ])('%s', (_what, name, count) => expect(targets(name)).toHaveLength(count));

  test('a degraded machine stands for its links, and so does its restoration', () => {
    const actions = scenarioOf(RICH_EXAMPLE).events.filter((e) => ['blurs', 'clears'].includes(e.name));
    const links = actions.map(({ action }) => ('targets' in action ? action.targets[0]?.links : []));
    expect(links).toEqual([['visitor~internet/kassel/link-1'], ['visitor~internet/kassel/link-1']]);
  });
});

test('events say what they do', () => {
  const texts = scenarioOf(RICH_EXAMPLE).events.map((event) => event.text);
  expect(texts).toContain('fail web-4 (refuse)');
  expect(texts).toContain('set front-ip bandwidth=10Mbps');
  expect(texts).toContain('associate spare-1 with web-5');
});

describe('places', () => {
  test('every region lies in a built-in city', () => {
    expect([...REGIONS.values()].filter((city) => !CITIES.has(city))).toEqual([]);
    expect(REGIONS.size).toBeGreaterThan(30);
  });

  test('a region of the file overrides the built-in one', () => {
    const own = 'regions:\n  cn-hangzhou: { city: Moved, latitude: 1, longitude: 2 }\n';
    expect(scenarioOf(`${HEAD}${own}${network}`).regions).toEqual([
      { name: 'cn-hangzhou', place: { city: 'Moved', latitude: 1, longitude: 2 } },
    ]);
  });

  test('a zone tells its region in either form', () => {
    expect(['cn-hangzhou-h', 'ap-southeast-1a'].map(regionOfZone)).toEqual(['cn-hangzhou', 'ap-southeast-1']);
  });
});

test('assume overrides parameters in base units, and decides how many parts there are', () => {
  const scenario = scenarioOf(RICH_EXAMPLE);
  expect(scenario.assume).toEqual({
    'clb.cluster_nodes': 2,
    'tcp.min_rto': 0.3 * SECOND,
    'internet.path_factor': 1.4,
  });
  const parts = listParts(scenario, new ParameterValues(scenario.assume));
  expect(parts.devices.filter((device) => device.resource === 'front')).toHaveLength(4);
});

test('names of Object.prototype are names like others', () => {
  const { instances } = scenarioOf(`${HEAD}${network}instances:\n  constructor: { vswitch_id: s }\n`);
  expect(instances.map((i) => i.name)).toEqual(['constructor']);
});

test('a seed keeps digits that a number would lose', () => {
  expect(scenarioOf(`${HEAD}seed: 123456789012345678901\n`).seed).toBe('123456789012345678901');
});
