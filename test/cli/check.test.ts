/** Goal: `vpcsim check` tells what a file holds without a run. Method: its words are compared with those of a run. */
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import { runCli, temporaryFolder } from '../support/cli.ts';
import { pings, shop } from '../support/cli-scenarios.ts';

const folder = temporaryFolder();
const cwd = folder.path;
folder.write('pings.yaml', pings());
folder.write('shop.yaml', shop());
folder.write('bad.yaml', 'vpcsim: 1\ntitle: x\nduration: 10\nvpc: {}\n');

/** Names under a heading of `--list`, without what stands behind them. */
function listed(stdout: string, heading: string): string[] {
  const lines = stdout.split('\n');
  const start = lines.indexOf(`${heading}:`) + 1;
  expect(start, heading).toBeGreaterThan(0);
  const length = lines.slice(start).findIndex((line) => !line.startsWith('  '));
  return lines.slice(start, start + length).map((line) => line.trim().split(' ')[0] as string);
}

describe.concurrent('vpcsim check', () => {
  test('says what a good file amounts to, and lists all problems of a bad one among them', async () => {
    const { code, stdout, stderr } = await runCli(['check', 'pings.yaml', 'bad.yaml', 'shop.yaml'], { cwd });
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^pings\.yaml: ok, 5 devices, 4 links, 1 flow, 0 events, 1 expectation$/),
      expect.stringMatching(/^shop\.yaml: ok, \d+ devices, \d+ links, 1 flow, 1 event, 1 expectation$/),
      '',
    ]);
    expect(stderr).toMatch(/^bad\.yaml:3:11 error\[bad-unit\]: /);
    expect(stderr).toMatch(/^bad\.yaml:4:1 error\[unknown-key\]: unknown key 'vpc'$/m);
    expect(stderr).toContain("did you mean 'vpcs'?");
    expect(code).toBe(2);
  });

  test('lists exactly the devices and links that a run has', async () => {
    const [list, run] = await Promise.all([
      runCli(['check', '--list', 'shop.yaml'], { cwd }),
      runCli(['run', '--json', 'shop.yaml'], { cwd }),
    ]);
    const { topology, flows, events } = JSON.parse(run.stdout) as RunResult;
    expect(listed(list.stdout, 'devices')).toEqual(topology.nodes.map(({ name }) => name));
    expect(listed(list.stdout, 'links')).toEqual(topology.links.map(({ name }) => name));
    expect(listed(list.stdout, 'interfaces').sort()).toEqual(
      topology.links.flatMap(({ a, b }) => [`${a}:${b}`, `${b}:${a}`]).sort(),
    );
    expect(listed(list.stdout, 'flows')).toEqual(Object.keys(flows));
    expect(listed(list.stdout, 'events')).toEqual(Object.keys(events));
    const servers = listed(list.stdout, 'listeners and servers');
    expect(servers).toEqual(['front/web', 'front/web/web-1', 'front/web/web-2']);
    expect(list.code).toBe(0);
  });

  test('prints the scenario as it was understood', async () => {
    const { code, stdout } = await runCli(['check', '--resolved', 'pings.yaml'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({
      file: 'pings.yaml',
      seed: '1',
      durationNs: 10e9,
      instances: [
        { name: 'a', vswitch: 'shop-h' },
        { name: 'b', vswitch: 'shop-h' },
      ],
    });
    expect(code).toBe(0);
  });

  test('does not choose between two ways of printing', async () => {
    const { code, stdout, stderr } = await runCli(['check', '--list', '--resolved', 'pings.yaml'], { cwd });
    expect(stderr).toContain("option '--resolved' cannot be used with option '--list'");
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
