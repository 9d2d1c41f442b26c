/** Where output goes: results to standard output, messages and progress to standard error. */
import { EXIT } from './exit-codes.ts';
import { whyUnwritable } from './reason.ts';

export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

export function printError(text: string): void {
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Whatever a user did, this is ours to mend; with the stack, unlike every other message. */
export function printBug(error: unknown): void {
  const details = error instanceof Error ? error.stack : String(error);
  printError(`vpcsim has a bug. Please report it, with the scenario and these lines:\n${details}`);
}

/** Colours on terminals, unless NO_COLOR says otherwise. */
export function wantsColour(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR;
}

/** A reader that goes away early (`| head`) is no error; a disk that is full is the user's to mend. */
export function handleOutputErrors(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    printError(`error[unwritable-output]: standard output: ${whyUnwritable(error)}`);
    process.exit(EXIT.usage);
  });
  // Messages that nobody can read change nothing about the result.
  process.stderr.on('error', () => {});
}
