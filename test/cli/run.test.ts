/** Goal: `vpcsim run` says what happened, to people and to programs. Method: the command itself, on small scenarios. */
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import { runCli, temporaryFolder } from '../support/cli.ts';
import { INCONCLUSIVE, pings, shop } from '../support/cli-scenarios.ts';

const folder = temporaryFolder();
const cwd = folder.path;
folder.write('pings.yaml', pings());
folder.write('inconclusive.yaml', INCONCLUSIVE);
folder.write('shop.yaml', shop());
const OUT_OF_USE = 'restore: a';
folder.write('warned.yaml', pings({ events: [`odd: { at: 1s, ${OUT_OF_USE} }`] }));

const isTraceLine = (line: string): boolean => /^ *\d+\.\d{9}s /.test(line);

const parseResult = (stdout: string): RunResult => JSON.parse(stdout) as RunResult;

/** Every verdict is a forwarding or one of three ends. */
function countVerdicts({ packets, devices }: RunResult): number {
  const forwarded = Object.values(devices).reduce((sum, device) => sum + device.forwarded, 0);
  return forwarded + packets.delivered + packets.consumed + packets.dropped;
}

describe.concurrent('vpcsim run', () => {
  const shops = Promise.all(
    [['--seed', '5'], ['--seed', '5'], []].map((seed) =>
      runCli(['run', '--json', 'shop.yaml', ...seed], { cwd }),
    ),
  );

  test('prints a report and exits with 0', async () => {
    const { code, stdout, stderr } = await runCli(['run', 'pings.yaml'], { cwd });
    expect(stdout).toMatch(/^One instance pings another\npings\.yaml, 10s simulated, seed 1,/);
    expect(stdout).toContain('PASS: 1 of 1 expectation met; rests on ');
    expect(stdout).toMatch(/fingerprint [\da-f]{16}\n$/);
    expect(stderr).toMatch(/^\d[\d,]* events in .* times real time\n$/);
    expect(code).toBe(0);
  });

  test('exits with 3 when an expectation cannot be decided', async () => {
    const { code, stdout } = await runCli(['run', 'inconclusive.yaml'], { cwd });
    expect(stdout).toMatch(/^INCONCLUSIVE: 0 of 1 expectation met; /m);
    expect(code).toBe(3);
  });

  test('prints JSON and nothing else when asked to', async () => {
    const [{ code, stdout, stderr }] = await shops;
    const result = parseResult(stdout);
    expect(result).toMatchObject({ scenario: 'shop.yaml', verdict: 'pass', complete: true, seed: '5' });
    expect(result.flows.browse?.sent).toBeGreaterThan(0);
    expect(stdout).toBe(`${JSON.stringify(result, null, 2)}\n`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('repeats itself with the same seed and behaves otherwise with another', async () => {
    const [first, again, other] = (await shops).map(({ stdout }) => ({ ...parseResult(stdout), wallMs: 0 }));
    expect(again).toEqual(first);
    expect([first?.seed, other?.seed]).toEqual(['5', '1']);
    expect(other?.fingerprint).not.toBe(first?.fingerprint);
  });

  test('traces a line per verdict from 0 s on, ahead of the report', async () => {
    const traced = await runCli(['run', '--trace', '--seed', '5', 'shop.yaml'], { cwd });
    const [plain] = await shops;
    const lines = traced.stdout.split('\n');
    const reportAt = lines.indexOf('A shop behind a load balancer');
    expect(lines.slice(0, reportAt).every(isTraceLine)).toBe(true);
    expect(lines.slice(reportAt).some(isTraceLine)).toBe(false);
    expect(reportAt).toBe(countVerdicts(parseResult(plain.stdout)));
    expect(reportAt).toBeGreaterThan(100);
    for (const verdict of ['forward', 'deliver', 'consume', 'drop'])
      expect(
        lines.slice(0, reportAt).some((line) => line.includes(` ${verdict}`)),
        verdict,
      ).toBe(true);
    expect(traced.code).toBe(0);
  });

  test('keeps the trace out of the JSON', async () => {
    const { code, stdout, stderr } = await runCli(['run', '--trace', '--json', 'pings.yaml'], { cwd });
    const result = parseResult(stdout);
    expect(stdout.startsWith('{')).toBe(true);
    const lines = stderr.trimEnd().split('\n');
    expect(lines.every(isTraceLine)).toBe(true);
    expect(lines).toHaveLength(countVerdicts(result));
    expect(code).toBe(0);
  });

  test('shows a warning once: in the report, or beside the JSON', async () => {
    const [report, json] = await Promise.all([
      runCli(['run', 'warned.yaml'], { cwd }),
      runCli(['run', '--json', 'warned.yaml'], { cwd }),
    ]);
    expect(report.stdout).toMatch(/\nWarnings\n {2}line 9: no event fails, flaps or degrades 'a'\n/);
    expect(report.stderr).not.toContain('degrades');
    expect(json.stderr).toMatch(/^warned\.yaml:9:\d+ warning\[never-broken\]: /);
    expect(json.stderr).toContain(OUT_OF_USE);
    expect(parseResult(json.stdout).warnings).toHaveLength(1);
    expect([report.code, json.code]).toEqual([0, 0]);
  });
});
