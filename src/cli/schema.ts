/** `vpcsim schema`: the JSON Schema of scenario files. */
import { exportJsonSchema } from '../scenario/schema.ts';
import { print } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

export function schemaCommand(): ExitCode {
  print(JSON.stringify(exportJsonSchema(), null, 2));
  return EXIT.pass;
}
