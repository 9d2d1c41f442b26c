/**
 * Goal: output suits where it goes: a terminal, a pipe that is read to its end or not. Method: each of them played to
 * a process of its own.
 */
import { describe, expect, test } from 'vitest';
import { runCli, temporaryFolder } from '../support/cli.ts';
import { FAILING, pings } from '../support/cli-scenarios.ts';

const folder = temporaryFolder();
const cwd = folder.path;
folder.write('pings.yaml', pings());
folder.write('busy.yaml', pings({ rate: '500/s' }));
folder.write('failing.yaml', FAILING);
const ESCAPE = '\u001b';

/** Makes both outputs terminals, as far as a program can ask. */
const terminal = `file://${folder.write(
  'terminal.mjs',
  'process.stdout.isTTY = true; process.stderr.isTTY = true;\n',
)}`;

describe.concurrent('a reader that goes away', () => {
  test('is no error', async () => {
    const { code, stdout, stderr } = await runCli(['run', '--trace', 'busy.yaml'], {
      cwd,
      onStart: (child) => child.stdout?.once('data', () => child.stdout?.destroy()),
    });
    expect(stdout).toMatch(/^ *0\.\d{9}s /);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('does not turn a failure into a success', async () => {
    const onStart = (child: { stdout: { destroy(): void } | null }): void => child.stdout?.destroy();
    const { code, stderr } = await runCli(['test', 'failing.yaml'], { cwd, onStart });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  });

  test('of messages changes nothing about the result', async () => {
    const { code, stdout } = await runCli(['run', '--json', '--trace', 'busy.yaml'], {
      cwd,
      onStart: (child) => child.stderr?.destroy(),
    });
    expect(JSON.parse(stdout)).toMatchObject({ complete: true, verdict: 'pass' });
    expect(code).toBe(0);
  });
});

describe.concurrent('colours and progress', () => {
  test('stay away from pipes, even where colours are forced', async () => {
    const env = { FORCE_COLOR: '1' };
    const commands = [['run', 'failing.yaml'], ['params']];
    const runs = await Promise.all(commands.map((args) => runCli(args, { cwd, env })));
    expect(runs.map(({ code }) => code)).toEqual([1, 0]);
    for (const { stdout, stderr } of runs) expect(`${stdout}${stderr}`).not.toContain(ESCAPE);
  });

  test('are shown on a terminal', async () => {
    const { stdout, stderr } = await runCli(['run', 'failing.yaml'], { cwd, preload: terminal });
    expect(stdout).toContain(`${ESCAPE}[31mFAIL`);
    expect(stderr).toMatch(/\r.*100% {2}10s of 10s {2}One instance pings another\r/);
  });

  test('leave colours to NO_COLOR', async () => {
    const env = { NO_COLOR: '1' };
    const { code, stdout } = await runCli(['test', 'failing.yaml'], { cwd, env, preload: terminal });
    expect(stdout).toContain('FAIL');
    expect(stdout).not.toContain(ESCAPE);
    expect(code).toBe(1);
  });
});
