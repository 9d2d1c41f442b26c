/** The shape of what gives an instance a static public IP. */
import { chargeType } from './schema-costs.ts';
import * as leaf from './schema-leaves.ts';

export const publicIp = {
  ...chargeType,
  internet_max_bandwidth_out: leaf
    .quantity('bitrate')
    .optional()
    .describe('Gives the instance a static public IP, named after it: web-1/public-ip.'),
  public_ip: leaf.address().optional().describe('The address of the static public IP, if it matters.'),
};
