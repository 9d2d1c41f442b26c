/** The scenario that `vpcsim init shop` writes. */
export const SHOP = `# yaml-language-server: $schema=./node_modules/vpcsim/schema/vpcsim-1.schema.json
#
# A small shop in two zones behind a load balancer. One of its servers loses power for a while.
# Run it:      npx vpcsim run shop.yaml
# Judge it:    npx vpcsim test shop.yaml
# All names:   npx vpcsim check --list shop.yaml

vpcsim: 1                # version of the language
title: A shop loses one of two servers
description: >
  The load balancer probes its servers every 2 s and gives a probe 5 s. Three probes in a row must fail:
  3 x 5 s + 2 x 2 s = 19 s, plus up to 2 s until the first failing probe starts.
seed: 1                  # the same seed gives the same run, to the nanosecond
duration: 90s

# The network. Attribute names are those of the Alibaba Cloud Terraform provider.
vpcs:
  shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }
vswitches:
  shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
  shop-i: { vpc_id: shop, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }
instances:
  web-1: { vswitch_id: shop-h }
  web-2: { vswitch_id: shop-i }
clbs:
  front:
    vswitch_id: shop-h
    master_zone_id: cn-hangzhou-h
    slave_zone_id: cn-hangzhou-i
    listeners:
      web:
        { protocol: tcp, frontend_port: 80, backend_port: 8080,
          health_check_interval: 2s, health_check_timeout: 5s,
          backend_servers: { web-1: 100, web-2: 100 } }
eips:
  front-ip: { region: cn-hangzhou, bandwidth: 50Mbps, instance_id: front }

# Who uses it.
clients:
  shopper: { city: Shanghai }
traffic:
  browse: { kind: http, from: shopper, to: front-ip:80, rate: 20/s, timeout: 3s }

# What happens.
events:
  web-1-dies:    { at: { uniform: [20s, 22s] }, fail: web-1 }
  web-1-returns: { at: 60s, restore: web-1 }

# What must be true. A broken expectation makes \`vpcsim test\` exit with 1.
expect:
  - { event: web-1-dies, detected_by: health-check, detect: { min: 18.9s, max: 21.1s } }
  - { flow: browse, impairment: { max: 20.5s } }
  - { flow: browse, during: [web-1-dies + 25s, web-1-returns], requests: { failed: 0 } }
`;
