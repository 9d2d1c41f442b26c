// Simulates every scenario with the built program under this Node version and compares with the pinned fingerprints.
import { readFileSync } from 'node:fs';
import { loadScenario } from '../dist/cli/files.js';
import { simulate } from '../dist/index.js';

const pinned = JSON.parse(readFileSync(new URL('../test/golden/fingerprints.json', import.meta.url), 'utf8'));
const names = Object.keys(pinned);
let different = 0;
for (const name of names) {
  const file = `scenarios/${name}.yaml`;
  const loaded = loadScenario(file);
  const fingerprints = loaded.ok
    ? ['calendar', 'heap'].map((eventQueue) => simulate(loaded.scenario, { eventQueue }).fingerprint)
    : [];
  const isSame =
    fingerprints.length === 2 && fingerprints.every((fingerprint) => fingerprint === pinned[name]);
  if (!isSame) {
    different++;
    console.error(
      `${file}: ${fingerprints.join(' and ')} on Node ${process.version}, pinned ${pinned[name]}`,
    );
  }
}
console.log(`Node ${process.version}: ${names.length - different} of ${names.length} fingerprints as pinned`);
if (names.length === 0 || different > 0) process.exit(1);
