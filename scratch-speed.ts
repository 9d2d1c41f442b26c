import { twoHosts } from './test/support/fixtures.ts';
import { connect, listen } from './test/support/sockets.ts';
const MS=1e6, S=1e9;
for (const loss of [0, 0.001, 0.01]) {
const net = twoHosts({ latencyNs: 5*MS, rateBps: 1e9, queueNs: 20*MS, impairment: { loss }, assume: {} });
net.arrivals.push = () => 0; net.drops.push = () => 0;
listen(net);
const c = connect(net);
net.engine.call(S, () => c.socket!.send(1e11));
net.run(2*S);
let t0=process.hrtime.bigint(); const h0=process.memoryUsage().heapUsed; const una0=c.socket!.sender.una;
net.run(7*S);
const ns=Number(process.hrtime.bigint()-t0); const h1=process.memoryUsage().heapUsed;
const segs=(c.socket!.sender.una-una0)/1448;
console.log({loss, segs, nsPerSeg: ns/segs, goodputMbps: (c.socket!.sender.una-una0)*8/5/1e6, heapKB:(h1-h0)/1024, rtx:c.socket!.retransmissions, cwnd: c.socket!.congestionWindowBytes/1448});
}
