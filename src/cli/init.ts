/** `vpcsim init`: a commented first scenario, written to the current folder, never over an existing file. */
import { writeFileSync } from 'node:fs';
import { print, printError } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { SHOP } from './init-shop.ts';
import { whyUnwritable } from './reason.ts';

const TEMPLATES: Readonly<Record<string, string>> = { shop: SHOP };
/** Known by name, not there yet. */
const LATER = ['hybrid', 'branches'];

export function initCommand(name: string): ExitCode {
  const template = Object.hasOwn(TEMPLATES, name) ? TEMPLATES[name] : undefined;
  if (template === undefined) {
    const known = Object.keys(TEMPLATES).join(', ');
    const why = LATER.includes(name) ? 'is not supported yet' : 'is no template';
    printError(`error[unknown-template]: '${name}' ${why}; there is: ${known}`);
    return EXIT.usage;
  }
  const file = `${name}.yaml`;
  try {
    writeFileSync(file, template, { flag: 'wx' });
  } catch (error) {
    printError(`${file}: error[unwritable-file]: ${whyUnwritable(error)}`);
    return EXIT.usage;
  }
  print(`Wrote ${file}. Next:\n  npx vpcsim check ${file}\n  npx vpcsim run ${file}`);
  return EXIT.pass;
}
