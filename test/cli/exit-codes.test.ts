/** Goal: exit codes are the promised ones, also for our own bugs. Method: a module that breaks the event queue. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { EXIT, exitOfVerdict, worstExit } from '../../src/cli/exit-codes.ts';
import { buildDist, runCli, temporaryFolder } from '../support/cli.ts';
import { pings } from '../support/cli-scenarios.ts';

describe('the worst exit code', () => {
  test('comes first in the order 70, 2, 1, 3, 0, and an interrupt ahead of all', () => {
    const order = [130, 70, 2, 1, 3, 0] as const;
    expect(Object.values(EXIT).sort()).toEqual([...order].sort());
    order.forEach((worst, i) => {
      const better = order.slice(i);
      expect(worstExit(better)).toBe(worst);
      expect(worstExit([...better].reverse())).toBe(worst);
    });
    expect(worstExit([])).toBe(0);
  });

  test('follows from a verdict; nothing expected is nothing missed', () => {
    const verdicts = ['pass', 'fail', 'inconclusive', 'none'] as const;
    expect(verdicts.map(exitOfVerdict)).toEqual([0, 1, 3, 0]);
  });
});

describe.concurrent('a bug of ours', () => {
  const folder = temporaryFolder();
  const cwd = folder.path;
  folder.write('one.yaml', pings({ head: ['seed: 41'] }));
  folder.write('two.yaml', pings());

  /** A queue that gives up after the 30th event of the process. */
  async function preloadBug(): Promise<string> {
    const queue = pathToFileURL(join(await buildDist(), 'engine', 'calendar-queue.js')).href;
    const text = `import { CalendarQueue } from '${queue}';
      const { pop } = CalendarQueue.prototype;
      let left = 30;
      CalendarQueue.prototype.pop = function () {
        if (left-- === 0) throw new Error('the queue is broken');
        return pop.call(this);
      };\n`;
    return pathToFileURL(folder.write('bug.mjs', text)).href;
  }

  test('ends a run with 70 and all it takes to repeat it', async () => {
    const preload = await preloadBug();
    const { code, stdout, stderr } = await runCli(['run', 'one.yaml'], { cwd, preload });
    expect(stderr).toMatch(/^vpcsim has a bug\. Please report it, with the scenario and these lines:\n/);
    expect(stderr).toMatch(
      /the queue is broken\n {2}scenario one\.yaml, seed 41, replication 0, at .*, event \d+, vpcsim /,
    );
    expect(stderr).toMatch(/^ {4}at /m);
    expect({ code, stdout }).toEqual({ code: 70, stdout: '' });
  });

  test('does not keep a test from judging the other files', async () => {
    const preload = await preloadBug();
    const { code, stdout, stderr } = await runCli(['test', 'one.yaml', 'two.yaml', 'gone.yaml'], {
      cwd,
      preload,
    });
    expect(stderr).toContain('the queue is broken\n  scenario one.yaml, seed 41,');
    expect(stdout).toMatch(/PASS +two\.yaml/);
    expect(stdout).toContain('1 passed, 0 failed');
    expect(code).toBe(70);
  });
});
