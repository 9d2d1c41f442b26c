/** A whole result and its scenario, by hand: the CLB example of the language, a refused event, and every verdict. */
import type { RunResult } from '../../src/measure/result.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { eventResult, flowResult, runResult, SECOND } from './measure-result.ts';

const MS = 1_000_000;

const browse = flowResult({
  sent: 6000,
  delivered: 5543,
  lost: 457,
  lostByReason: { 'device-down': 450, 'connect-timeout': 7 },
  strayLost: 2,
  latencyNs: { min: 6e6, p50: 8.412e6, p90: 9.1e6, p99: 1.0094e9, p999: 1.02e9, max: 1.03e9, mean: 9e6 },
  impairments: [
    { startNs: 31.2 * SECOND, endNs: 49.62 * SECOND, lost: 440, offered: 921 },
    { startNs: 60 * SECOND, endNs: 60.3 * SECOND, lost: 15, offered: 16 },
  ],
  resolutionNs: 20 * MS,
  lossDerivedNs: 9.14 * SECOND,
  connections: {
    opened: 6000,
    affected: 480,
    moved: 0,
    outageNs: { p50: 0, p99: 0, max: 0 },
    byDirection: { in: { affected: 0, moved: 0 }, out: { affected: 480, moved: 0 } },
  },
  requests: {
    ok: 5543,
    failed: 457,
    byOutcome: { ok: 5543, 'device-down': 450, 'connect-timeout': 7 },
    retried: 0,
    retries: 0,
  },
  goodputBps: 369_533,
});

const voice = flowResult({
  sent: 24_000,
  delivered: 23_990,
  pending: 10,
  latencyKind: 'one-way',
  latencyNs: { min: 5e6, p50: 6.1e6, p90: 6.2e6, p99: 6.3e6, p999: 6.4e6, max: 6.5e6, mean: 6.1e6 },
  connections: { ...browse.connections, opened: 4, affected: 0 },
  requests: { ok: 0, failed: 0, byOutcome: {}, retried: 0, retries: 0 },
  goodputBps: 1_551_353,
});

const cost = {
  lost: 457,
  outageNs: 0,
  impairmentNs: 18.42 * SECOND,
  healedAfterNs: 18.42 * SECOND,
  sessionsBroken: 0,
  connectionsMoved: 0,
  connectionsAffected: 480,
};

export const SAMPLE: RunResult = runResult({
  scenario: 'scenarios/clb-backend-loss.yaml',
  title: 'A CLB loses one of two backends',
  verdict: 'fail',
  simulatedNs: 120 * SECOND,
  flows: { browse, voice },
  events: {
    'web-1-dies': eventResult({
      atNs: 31_203_771_940,
      detectedAfterNs: 19.31 * SECOND,
      switchedAfterNs: 19.3105 * SECOND,
      healedAfterNs: 18.42 * SECOND,
      flows: { browse: cost },
    }),
    'web-1-returns': eventResult({
      atNs: 90 * SECOND,
      what: 'restore web-1',
      detectedAfterNs: 7.904 * SECOND,
      switchedAfterNs: 7.9045 * SECOND,
    }),
    'move-address': eventResult({
      atNs: 100 * SECOND,
      what: 'associate front-ip with web-2',
      refused: 'an EIP is associated with one resource at a time; disassociate it from front first',
      detectedAfterNs: null,
      detectedBy: 'none',
      switchedAfterNs: null,
    }),
    'too-late': eventResult({
      atNs: null,
      what: 'fail web-2',
      detectedAfterNs: null,
      detectedBy: 'none',
      switchedAfterNs: null,
      healedAfterNs: null,
    }),
  },
  packets: {
    created: 128_411,
    delivered: 101_200,
    consumed: 25_911,
    dropped: 1_300,
    inFlight: 0,
    droppedByReason: { 'queue-full': 12, 'device-down': 1_288 },
  },
  devices: Object.fromEntries(
    ['front/cn-hangzhou-h/node-1', 'web-1', 'web-2'].map((name) => [
      name,
      {
        forwarded: 0,
        delivered: 0,
        consumed: 0,
        dropped: 0,
        droppedByReason: {},
        retransmitted: 0,
        gauges: {},
      },
    ]),
  ),
  parameters: [
    { id: 'clb.cluster_nodes', value: 4, provenance: 'assumed', source: 'published for N = 4' },
    { id: 'ip.initial_ttl', value: 64, provenance: 'documented', source: 'Linux' },
    { id: 'link.queue', value: 1e7, provenance: 'scenario', source: 'drop-tail' },
  ],
  warnings: ['the listener front/web names no security group for web-1: it is unfiltered, which is assumed'],
  expectations: [
    {
      text: '{ event: web-1-dies, detected_by: health-check, detect: { min: 18.9s, max: 21.1s } }',
      actual: 'detected_by health-check, detect 19.31s',
      verdict: 'pass',
    },
    {
      text: '{ flow: browse, requests: { failed: { min: 6.8%, max: 7.5% } } }',
      actual: 'requests.failed 7.617% (457 of 6000)',
      verdict: 'fail',
    },
    {
      text: '{ flow: browse, impairment: { min: 18.41s, max: 18.425s } }',
      actual: 'impairment 18.42s (units are 20ms apart)',
      verdict: 'inconclusive',
    },
    {
      text: '{ flow: browse, during: [web-1-dies + 25s, web-1-returns], requests: { failed: 0 }, lost_by: { device-down: 0, connect-timeout: 0 } }',
      actual: 'requests.failed 0, lost_by.device-down 0, lost_by.connect-timeout 0',
      verdict: 'pass',
    },
  ],
});

export const SAMPLE_SCENARIO: Scenario = {
  file: 'scenarios/clb-backend-loss.yaml',
  sha256: 'ab'.repeat(32),
  title: 'A CLB loses one of two backends',
  covers: ['I8'],
  description: '',
  seed: '7',
  durationNs: 120 * SECOND,
  settleNs: 300 * SECOND,
  replications: 1,
  tcpProfile: 'linux-6.6',
  assume: {},
  regions: [],
  vpcs: [],
  vswitches: [],
  securityGroups: [],
  networkAcls: [],
  ipv4Gateways: [],
  routeTables: [],
  routeEntries: [],
  instances: [],
  havips: [],
  clbs: [],
  albs: [],
  natGateways: [],
  bandwidthPlans: [],
  dataTransferPlans: [],
  prices: null,
  usage: {},
  eips: [],
  internetHosts: [],
  internetPaths: [],
  nameService: null,
  traffic: [],
  events: [],
  expectations: [],
  warnings: [],
};
