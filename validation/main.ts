/** `npm run validate [-- --only NAME]`: runs every validation in full, writes docs/VALIDATION.md, fails when a row does. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { validations } from './all.ts';
import { formatFinding, formatPage, type Validated, verdictsOf } from './report.ts';

const PAGE = join(import.meta.dirname, '../docs/VALIDATION.md');
const { values } = parseArgs({ options: { only: { type: 'string' } } });
const { only } = values;
const chosen = validations.filter(({ name }) => only === undefined || name.includes(only));
if (chosen.length === 0) {
  console.error(
    `No validation is named like '${only}'. There are: ${validations.map(({ name }) => name).join('; ')}`,
  );
  process.exit(2);
}

const done: Validated[] = chosen.map((validation) => {
  const findings = validation.run('full');
  for (const finding of findings) console.log(formatFinding(validation.name, finding, validation.unit));
  return { validation, findings };
});
const verdicts = done.flatMap(verdictsOf);
const failed = verdicts.filter((verdict) => verdict !== 'pass').length;
console.log(`${verdicts.length - failed} of ${verdicts.length} rows pass`);
// A page of some rows would pass for a page of all.
if (only === undefined) writeFileSync(PAGE, formatPage(done));
process.exitCode = failed === 0 ? 0 : 1;
