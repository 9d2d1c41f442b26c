/** Goal: `check --list` names whatever can be failed. Method: fail all it names; hold its groups against those there are. */
import { describe, expect, test } from 'vitest';
import { listNames } from '../../src/cli/check.ts';
import { problemsOf, RICH_EXAMPLE, scenarioOf } from '../support/scenario-texts.ts';

/** Names by heading, without what stands behind them. */
function sectionsOf(text: string): Map<string, string[]> {
  const sections = new Map<string, string[]>();
  let heading = '';
  for (const line of listNames(scenarioOf(text)).split('\n')) {
    const name = line.trim().split(' ')[0] ?? '';
    if (line.startsWith('  ')) sections.get(heading)?.push(name);
    else {
      heading = line.slice(0, -1);
      sections.set(heading, []);
    }
  }
  return sections;
}

describe('check --list', () => {
  const sections = sectionsOf(RICH_EXAMPLE);

  test('names groups of machines of every kind', () => {
    expect(sections.get('VPCs, CLBs and NAT gateways')).toEqual(['shop', 'far', 'front', 'outer', 'out']);
    expect(sections.get('services')).toEqual(['lonely/api']);
    expect(sections.get('SNAT entries')).toEqual(['out/all', 'out/rack']);
    expect(sections.get('devices')).toContain('out/cn-hangzhou-i');
    expect(sections.get('clusters')).toEqual([
      'front/cn-hangzhou-h',
      'front/cn-hangzhou-i',
      'outer/cn-hangzhou-i',
    ]);
    expect(sections.get('zones')).toEqual(['cn-hangzhou-h', 'cn-hangzhou-i', 'ap-southeast-1a']);
    expect(sections.get('regions')).toEqual(['cn-hangzhou', 'ap-southeast-1']);
    // That of a vSwitch among those of machines.
    expect(sections.get('risk groups')?.sort()).toEqual(['duct-a', 'rack-1', 'rack-2', 'rack-3']);
  });

  test.each([
    'devices',
    'links',
    'VPCs, CLBs and NAT gateways',
    'clusters',
    'zones',
    'regions',
    'risk groups',
  ])('names %s that can all be failed', (heading) => {
    const names = sections.get(heading) ?? [];
    expect(names.length).toBeGreaterThan(1);
    const network = RICH_EXAMPLE.slice(0, RICH_EXAMPLE.indexOf('\nevents:'));
    const events = `events:\n  all-fail: { at: 1s, fail: [${names.join(', ')}] }\n`;
    expect(problemsOf(`${network}\n${events}`)).toEqual([]);
  });
});
