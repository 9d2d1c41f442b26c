#!/usr/bin/env node
/** The command line: commands, options, exit codes. Each command imports what it needs only when it is called. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { VERSION } from '../version.ts';
import { handleOutputErrors, printBug } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

const program = new Command('vpcsim')
  .description(
    'Simulates cloud networks of the Alibaba Cloud VPC family, packet by packet: what happens to your traffic, for how long, and how much of it is lost, when something fails or changes.',
  )
  .version(VERSION)
  .exitOverride()
  .showSuggestionAfterError()
  .showHelpAfterError("'vpcsim --help' lists the commands, 'vpcsim COMMAND --help' what each takes")
  .addHelpText(
    'after',
    '\nExit codes: 0 pass, 1 an expectation failed, 2 bad input or usage, 3 inconclusive,\n70 a bug of vpcsim, 130 interrupted.',
  );

/** The command's exit code becomes the process's; output still under way is written out. */
function finishWith(action: () => Promise<ExitCode>): Promise<void> {
  return action().then((code) => {
    process.exitCode = code;
  });
}

program
  .command('run')
  .description('one run: a report for people, or the result as JSON')
  .argument('<file>', 'scenario file')
  .option('--seed <n>', "instead of the scenario's seed", parseSeed)
  .option('--json', 'print the result as JSON and nothing else')
  .option('--trace', 'a line per verdict, ahead of the report')
  .option('--out <dir>', 'write result.json and captures into this folder')
  .option('--pcap <iface...>', 'capture these interfaces (device:peer, * stands for anything); needs --out')
  .option('--snaplen <bytes>', 'keep at most so much of each captured frame')
  .action((file, options) => finishWith(async () => (await import('./run.ts')).runCommand(file, options)));

program
  .command('test')
  .description('judge the expectations of scenario files; a folder means every *.yaml in it and below')
  .argument('<path...>', 'scenario files or folders')
  .option('--json', 'print the scoreboard as JSON')
  .option('--junit <file>', 'write a JUnit report')
  .option('--markdown <file>', 'write a Markdown table')
  .action((paths, options) =>
    finishWith(async () => (await import('./test.ts')).testCommand(paths, options)),
  );

program
  .command('check')
  .description('diagnostics without a run')
  .argument('<file...>', 'scenario files')
  .option('--list', 'print the names of all parts, links, interfaces, flows and events')
  .addOption(new Option('--resolved', 'print the scenario as understood, as JSON').conflicts('list'))
  .action((files, options) =>
    finishWith(async () => (await import('./check.ts')).checkCommand(files, options)),
  );

program
  .command('schema')
  .description('the JSON Schema of scenario files, for editors')
  .action(() => finishWith(async () => (await import('./schema.ts')).schemaCommand()));

program
  .command('params')
  .description('the registry of parameters: defaults, and whether documented or assumed')
  .option('--json', 'as JSON')
  .action((options) => finishWith(async () => (await import('./params.ts')).paramsCommand(options)));

program
  .command('prices')
  .description('the lines under prices: that a design needs, empty where the file has none')
  .requiredOption('--template <file>', 'scenario file')
  .action((options) => finishWith(async () => (await import('./prices.ts')).pricesCommand(options.template)));

program
  .command('init')
  .description('write a commented first scenario to the current folder')
  .argument('[name]', 'shop', 'shop')
  .action((name) => finishWith(async () => (await import('./init.ts')).initCommand(name)));

function parseSeed(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('A seed must not be empty.');
  return text;
}

handleOutputErrors();
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.pass : EXIT.usage;
  else {
    printBug(error);
    process.exitCode = EXIT.bug;
  }
}
