/** The shape of health checks of a listener that ask for more than its protocol has to offer. */
import * as leaf from './schema-leaves.ts';

/** In order, from 2xx. */
export const HTTP_CODES = ['http_2xx', 'http_3xx', 'http_4xx', 'http_5xx'] as const;
export type HttpCode = (typeof HTTP_CODES)[number];

const OURS = 'As in the API; alicloud_slb_listener has no such key.';
const checkText = () =>
  leaf
    .matching(/^[A-Za-z0-9]{1,500}$/, 'letters and digits, at most 500')
    .optional()
    .describe(OURS);

export const listenerChecks = {
  health_check_type: leaf.word('tcp', 'http').optional(),
  health_check_uri: leaf
    .matching(/^\/[A-Za-z0-9\-/.%?#&]{0,79}$/, "a path such as '/health', at most 80 characters")
    .optional(),
  health_check_domain: leaf
    .matching(/^[A-Za-z0-9.-]{1,80}$/, "a host such as 'shop.example', at most 80 characters")
    .optional(),
  health_check_method: leaf.word('head', 'get').optional(),
  health_check_http_code: leaf
    .matching(
      /^http_[2-5]xx(,http_[2-5]xx)*$/,
      `${HTTP_CODES.join(', ')}, or several of them with commas between`,
    )
    .optional(),
  health_check_req: checkText(),
  health_check_exp: checkText(),
};
