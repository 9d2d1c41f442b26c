/**
 * Goal: Ctrl-C ends a run with what there is, so that hours are not lost. Method: runs that would take hours; the
 * signal comes from outside once the trace shows that time moves, or from a preloaded module after so many slices.
 */
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import type { ScoreboardJson } from '../../src/report/scoreboard.ts';
import { runCli, temporaryFolder } from '../support/cli.ts';
import { pings, shop } from '../support/cli-scenarios.ts';

const folder = temporaryFolder();
const cwd = folder.path;
const long = { title: 'Hours of pings', duration: '20h', rate: '50000/s' };
folder.write('long.yaml', pings(long));
folder.write('repeated.yaml', pings({ ...long, head: ['replications: 1000'] }));
// 16 nodes ask 32 servers ten times, 50 s apart: some hundred thousand events before 0 s.
folder.write('settling.yaml', shop({ nodes: 16, servers: 32, interval: '50s' }));

/** Sends itself SIGINT, `times` times in a row, as soon as it listens and `slices` slices have passed. */
const preload = folder.write(
  'interrupt.mjs',
  `process.on('newListener', function heard(name) {
    if (name !== 'SIGINT') return;
    process.off('newListener', heard);
    let slices = Number(process.env.TEST_SLICES);
    const next = () => {
      if (slices-- > 0) setImmediate(next);
      else for (let n = Number(process.env.TEST_TIMES ?? 1); n > 0; n--) process.kill(process.pid, 'SIGINT');
    };
    setImmediate(next);
  });\n`,
);
const interruptAfter = (slices: number, times = 1) => ({
  cwd,
  preload: `file://${preload}`,
  env: { TEST_SLICES: String(slices), TEST_TIMES: String(times) },
});

describe.skipIf(process.platform === 'win32').concurrent('Ctrl-C', () => {
  test('ends a long run with the report so far', async () => {
    const { code, stdout } = await runCli(['run', '--trace', 'long.yaml'], {
      cwd,
      onStart: (child) => child.stdout?.once('data', () => child.kill('SIGINT')),
    });
    const report = stdout.slice(stdout.indexOf('Hours of pings\n'));
    expect(report).toMatch(/^Hours of pings\nlong\.yaml, interrupted at [\d.]+m?s of 20h, /);
    expect(report).toMatch(/INCONCLUSIVE +flow: hello, lost: 0\n +lost 0 \(interrupted at /);
    expect(report).toMatch(/fingerprint [\da-f]{16}\n$/);
    expect(code).toBe(130);
  });

  test('leaves valid JSON of what was simulated', async () => {
    const { code, stdout, stderr } = await runCli(['run', '--json', 'long.yaml'], interruptAfter(3));
    const result = JSON.parse(stdout) as RunResult;
    expect(result).toMatchObject({ complete: false, verdict: 'inconclusive', replication: 0 });
    expect(result.simulatedNs).toBeGreaterThan(0);
    expect(result.simulatedNs).toBeLessThan(20 * 3600e9);
    const { sent = 0, delivered = 0, lost = 0, pending = 0 } = result.flows.hello ?? {};
    expect(sent).toBeGreaterThan(100);
    expect(delivered + lost + pending).toBe(sent);
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
  });

  test('is heard while the control plane settles', async () => {
    const { code, stdout } = await runCli(['run', '--json', 'settling.yaml'], interruptAfter(2));
    const result = JSON.parse(stdout) as RunResult;
    expect(result).toMatchObject({ complete: false, verdict: 'inconclusive', simulatedNs: 0 });
    expect(result.eventsProcessed).toBeGreaterThan(1000);
    expect(result.flows.browse).toMatchObject({ sent: 0, delivered: 0, lost: 0 });
    expect(code).toBe(130);
  });

  test('ends a test: the replication under way is undecided, later files are not judged', async () => {
    const files = ['repeated.yaml', 'long.yaml', 'settling.yaml'];
    const { code, stdout, stderr } = await runCli(['test', '--json', ...files], interruptAfter(3));
    const { scenarios } = JSON.parse(stdout) as ScoreboardJson;
    expect(scenarios.map(({ file, verdict }) => [file, verdict])).toEqual([
      ['repeated.yaml', 'inconclusive'],
    ]);
    expect(stderr).toBe('interrupted: 2 files not judged, from long.yaml on\n');
    expect(code).toBe(130);
  });

  test('ends everything at once when it comes twice', async () => {
    const { code, stdout } = await runCli(['run', 'long.yaml'], interruptAfter(3, 2));
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
  });
});
