/**
 * Goal: whatever a user gives, the answer is a sentence that names the file and says what to do. Method: broken files
 * and command lines; of each call the whole output is looked at.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Outcome, runCli, temporaryFolder } from '../support/cli.ts';
import { pings } from '../support/cli-scenarios.ts';

const folder = temporaryFolder();
const cwd = folder.path;
const MIB = 1024 * 1024;
const USAGE = "'vpcsim --help' lists the commands, 'vpcsim COMMAND --help' what each takes\n";

/** Ten levels of ten aliases each. */
const BOMB = Array.from({ length: 10 }, (_, i) => {
  const items = Array.from({ length: 10 }, () => (i === 0 ? 'x' : `*level-${i - 1}`));
  return `level-${i}: &level-${i} [${items.join(', ')}]\n`;
}).join('');

/** What a file holds, and the first line of the answer. */
const FILES: Readonly<Record<string, { content: string | Uint8Array; answer: RegExp }>> = {
  'empty.yaml': { content: '', answer: /^:1:1 error\[empty-file\]: the file is empty$/ },
  'comment.yaml': { content: '# nothing yet\n', answer: /^:1:1 error\[empty-file\]: / },
  'binary.yaml': {
    content: Uint8Array.from({ length: 256 }, (_, i) => i),
    answer: /^: error\[binary-file\]: this is no text; a scenario is a YAML file, saved as UTF-8$/,
  },
  'utf-16.yaml': {
    content: Buffer.from('\ufeffvpcsim: 1\n', 'utf16le'),
    answer: /^: error\[binary-file\]: /,
  },
  'nul.yaml': { content: 'vpcsim: 1\ntitle: \0\n', answer: /^:2:8 error\[binary-file\]: .*U\+0000$/ },
  'just-too-large.yaml': {
    content: '#'.repeat(4 * MIB + 1),
    answer: /^: error\[file-too-large\]: 4194305 bytes; a scenario has at most 4 MiB, and ranges/,
  },
  'broken.yaml': {
    content: 'vpcsim: 1\ntitle: [a, b\nduration: 1s\n',
    answer: /^:\d+:\d+ error\[yaml-syntax\]: /,
  },
  'tab.yaml': { content: 'vpcsim: 1\nvpcs:\n\tshop: {}\n', answer: /^:3:1 error\[yaml-syntax\]: / },
  'two.yaml': {
    content: `${pings()}---\n${pings()}`,
    answer: /^:10:1 error\[yaml-syntax\]: a second document starts here$/,
  },
  'list.yaml': { content: '- vpcsim: 1\n', answer: /^:1:1 error\[/ },
  'unknown-key.yaml': {
    content: `${pings()}instanses: {}\n`,
    answer: /^:10:1 error\[unknown-key\]: unknown key 'instanses'$/,
  },
  'unknown-alias.yaml': {
    content: `${pings()}clients: *gone\n`,
    answer: /^:10:10 error\[unknown-alias\]: alias '\*gone' has no anchor '&gone' before it$/,
  },
  'bomb.yaml': {
    content: `${pings()}${BOMB}`,
    answer: /^:\d+:\d+ error\[alias-bomb\]: aliases expand to more than 100000 values$/,
  },
  'deep.yaml': { content: '['.repeat(50_000), answer: /^:1:\d+ error\[too-deep\]: / },
  'proto.yaml': {
    content: `${pings()}__proto__: { duration: 1h }\n`,
    answer: /^:10:1 error\[unknown-key\]: unknown key '__proto__'$/,
  },
  'proto-name.yaml': {
    content: pings().replace('instances: {', 'instances: { __proto__: { vswitch_id: shop-h },'),
    answer: /^:6:14 error\[bad-name\]: '__proto__' is no name$/,
  },
  'proto-alias.yaml': {
    content: `${pings()}clients: *__proto__\n`,
    answer: /^:10:10 error\[unknown-alias\]: /,
  },
};
for (const [name, { content }] of Object.entries(FILES)) folder.write(name, content);

/** Nothing on standard output, a message, no stack trace. */
function expectRefusal({ code, stdout, stderr }: Outcome): void {
  expect(stderr).not.toMatch(/^ {4}at |Error:|undefined|\[object/m);
  expect(stderr.length).toBeGreaterThan(10);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
}

describe.concurrent('a bad file', () => {
  const names = Object.keys(FILES);
  const checked = runCli(['check', ...names], { cwd });

  test.each(names)('%s is named, with place and reason', async (name) => {
    const outcome = await checked;
    const first = outcome.stderr.split('\n').find((line) => line.startsWith(name));
    expect(first?.slice(name.length)).toMatch(FILES[name]?.answer as RegExp);
    expectRefusal(outcome);
  });

  test.each(['run --json', 'test'])('gets the same answer from %s', async (command) => {
    const outcome = await runCli([...command.split(' '), 'unknown-key.yaml'], { cwd });
    expectRefusal(outcome);
    expect(outcome.stderr).toBe(
      [
        "unknown-key.yaml:10:1 error[unknown-key]: unknown key 'instanses'",
        '  10 | instanses: {}',
        '     | ^^^^^^^^^',
        "  did you mean 'instances'?",
        '',
      ].join('\n'),
    );
  });

  test('that does not exist, or is a folder, is named too; one of exactly 4 MiB is read', async () => {
    const text = pings();
    folder.write('large.yaml', `${text}#${' '.repeat(4 * MIB - text.length - 2)}\n`);
    const nowhere = join('no', 'where.yaml');
    const below = join('empty.yaml', 'in.yaml');
    const { code, stdout, stderr } = await runCli(['check', nowhere, '.', below, 'large.yaml'], { cwd });
    expect(stderr.split('\n')).toEqual([
      `${nowhere}: error[unreadable-file]: there is no such file; name one that exists`,
      '.: error[is-directory]: this is a folder; name a scenario file in it',
      `${below}: error[unreadable-file]: part of its path is no folder`,
      '',
    ]);
    expect(stdout).toMatch(/^large\.yaml: ok, .*\n$/);
    expect(code).toBe(2);
  });
});

describe.concurrent('a file of measured values', () => {
  const ask = (path: string) => {
    const name = `data-${path.replace(/\W/g, '')}.yaml`;
    const rate = `rate: { file: ${path} }`;
    const hosts = 'clients: { a: { city: Beijing } }\ninternet_hosts: { b: { city: Shanghai } }';
    const flow = `traffic: { f: { kind: udp, from: a, to: b:9, ${rate} } }`;
    folder.write(name, `vpcsim: 1\ntitle: t\nduration: 1s\n${hosts}\n${flow}\n`);
    return runCli(['check', name], { cwd });
  };

  test.skipIf(process.platform === 'win32')('that never ends is not read', async () => {
    const outcome = await ask('/dev/zero');
    expectRefusal(outcome);
    expect(outcome.stderr).toContain('error[data-file]: /dev/zero: this is no regular file\n');
  });

  test('is not taken for a scenario in what is said of it', async () => {
    expect((await ask('.')).stderr).toContain('.: this is a folder; name a file in it\n');
  });
});

describe.concurrent('a bad command line', () => {
  const CALLS: readonly [string[], string][] = [
    [['chekc', 'empty.yaml'], "unknown command 'chekc'\n(Did you mean check?)"],
    [['run'], "missing required argument 'file'"],
    [['run', 'a.yaml', 'b.yaml'], "too many arguments for 'run'. Expected 1 argument but got 2."],
    [['run', '--sed', '1', 'a.yaml'], "unknown option '--sed'\n(Did you mean --seed?)"],
    [['run', 'a.yaml', '--seed'], "option '--seed <n>' argument missing"],
    [['run', '--seed=', 'a.yaml'], "option '--seed <n>' argument '' is invalid. A seed must not be empty."],
  ];

  test.each(CALLS)('%j is refused with a way on', async (args, answer) => {
    const outcome = await runCli(args, { cwd });
    expectRefusal(outcome);
    expect(outcome.stderr).toBe(`error: ${answer}\n${USAGE}`);
  });

  test('without any argument gets the usage, on standard error', async () => {
    const outcome = await runCli([], { cwd });
    expectRefusal(outcome);
    expect(outcome.stderr).toMatch(/^Usage: vpcsim \[options\] \[command\]\n/);
  });
});
