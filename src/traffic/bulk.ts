/**
 * Bulk transfers over TCP, each on a connection of its own, of a size or until the end. A unit is one segment's worth of the
 * stream: offered when the sender hands it over, delivered when it is acknowledged, lost when that takes longer than the
 * time-out or the connection breaks. A sender keeps a bounded amount ready beyond what is under way, and hands over more
 * as that leaves; with a rate it hands over a unit at a time instead, and none while so much is waiting.
 */
import { NONE } from '../base/brand.ts';
import { MAX_TIME_NS, SECOND_NS } from '../base/units.ts';
import { type TimerId, Timers } from '../engine/timers.ts';
import { OUT } from '../network/packet-table.ts';
import type { HostStack } from '../protocols/host-stack.ts';
import type { SocketOptions } from '../protocols/tcp-settings.ts';
import type { SocketHandlers, TcpSocket } from '../protocols/tcp-socket.ts';
import { failureOf, Reconnect, type ReconnectSettings } from './connection-failure.ts';
import { withAddress } from './destination.ts';
import type { Failure } from './ledger.ts';
import { UnitQueue } from './unit-queue.ts';
import { spreadSlots, type Workload, type WorkloadOptions } from './workload.ts';

const NEVER = Number.POSITIVE_INFINITY;

export interface BulkSettings {
  readonly connections: number;
  /** Of each transfer; infinite: until the end. */
  readonly transferBytes: number;
  /** Over all connections; infinite: as fast as TCP takes it. */
  readonly rateBps: number;
  readonly unitBytes: number;
  /** Kept ready beyond what is under way. */
  readonly unsentBytes: number;
  readonly reconnect: ReconnectSettings | null;
  readonly socket: SocketOptions;
}

/** One connection at work; offsets count from its present beginning. */
interface Transfer {
  readonly timer: TimerId;
  readonly slot: number;
  readonly stack: HostStack;
  connection: number;
  socket: TcpSocket | null;
  isUp: boolean;
  readonly queue: UnitQueue;
  totalBytes: number;
  offeredBytes: number;
  acknowledgedBytes: number;
  /** Of the stream, up to the end of the oldest unit in the queue. */
  firstEnd: number;
  openNs: number;
  /** With a rate: when to offer next. */
  offerNs: number;
  failures: number;
}

export class BulkWorkload implements Workload {
  private readonly options: WorkloadOptions;
  private readonly settings: BulkSettings;
  private readonly reconnect: Reconnect;
  private readonly timers: Timers;
  private readonly transfers: readonly Transfer[];
  /** Between the units of one connection; 0: no rate. */
  private readonly gapNs: number;
  private readonly handlers: SocketHandlers = {
    onConnected: (socket) => this.onConnected(transferOf(socket), socket),
    onAcknowledged: (socket, bytes) => this.onAcknowledged(transferOf(socket), socket, bytes),
    onClosed: (socket, reason) => {
      const transfer = transferOf(socket);
      if (transfer.socket === socket) this.lose(transfer, failureOf(reason, transfer.isUp));
    },
  };

  constructor(options: WorkloadOptions, settings: BulkSettings) {
    this.options = options;
    this.settings = settings;
    const { engine, streams, name, senders } = options;
    const { unitBytes, rateBps, transferBytes } = settings;
    this.reconnect = new Reconnect(settings.reconnect, streams.stream(name, 'reconnect'));
    this.timers = new Timers(engine, (timer) => this.onTimer(this.transfers[timer] as Transfer));
    this.transfers = spreadSlots(senders, settings.connections).map(({ stack }, slot) => ({
      timer: this.timers.create(),
      slot,
      stack,
      connection: NONE,
      socket: null,
      isUp: false,
      queue: new UnitQueue(),
      totalBytes: transferBytes,
      offeredBytes: 0,
      acknowledgedBytes: 0,
      firstEnd: 0,
      openNs: NEVER,
      offerNs: NEVER,
      failures: 0,
    }));
    this.gapNs = rateBps === NEVER ? 0 : (unitBytes * 8 * SECOND_NS * this.transfers.length) / rateBps;
  }

  /** All at once, in order; the first units of a paced flow are spread over a gap. */
  start(): void {
    for (const transfer of this.transfers) this.open(transfer);
  }

  // Opening.

  private open(transfer: Transfer): void {
    const { destination } = this.options;
    transfer.openNs = NEVER;
    transfer.offeredBytes = 0;
    transfer.acknowledgedBytes = 0;
    const unit = this.offer(transfer);
    transfer.firstEnd = transfer.offeredBytes;
    this.arm(transfer);
    withAddress(destination, transfer.stack, unit, (address) => {
      // It may have been given up while the name was asked for.
      const isWaiting = transfer.queue.length > 0 && transfer.queue.firstUnit === unit;
      if (isWaiting) this.connect(transfer, address);
    });
  }

  private connect(transfer: Transfer, address: number): void {
    const { ledger, flow, port } = this.options;
    const { stack, queue } = transfer;
    if (address === NONE) {
      this.lose(transfer, 'name-error');
      return;
    }
    transfer.connection = ledger.openConnection(flow);
    const billing = { flow, unit: queue.firstUnit, connection: transfer.connection, direction: OUT };
    const { socket } = this.settings;
    transfer.socket = stack.tcp.connect(stack.address, address, port, billing, this.handlers, socket);
    if (transfer.socket === null) this.lose(transfer, 'refused');
    else transfer.socket.attachment = transfer;
  }

  private onConnected(transfer: Transfer, socket: TcpSocket): void {
    const { ledger, flow, engine } = this.options;
    transfer.isUp = true;
    ledger.openSession(flow, transfer.connection);
    socket.send(transfer.offeredBytes);
    if (this.gapNs === 0) this.refill(transfer, socket);
    else transfer.offerNs = engine.nowNs + this.gapNs * (1 + transfer.slot / this.transfers.length);
    this.arm(transfer);
  }

  // Offering.

  /** The next unit, or what is left of the transfer. */
  private offer(transfer: Transfer): number {
    const { ledger, flow, engine } = this.options;
    const unit = ledger.offer(flow, transfer.slot);
    transfer.queue.push(unit, engine.nowNs);
    const left = transfer.totalBytes - transfer.offeredBytes;
    transfer.offeredBytes += Math.min(this.settings.unitBytes, left);
    return unit;
  }

  private refill(transfer: Transfer, socket: TcpSocket): void {
    const { unsentBytes } = this.settings;
    while (transfer.offeredBytes < transfer.totalBytes && socket.queuedBytes < unsentBytes)
      this.handOver(transfer, socket);
  }

  private handOver(transfer: Transfer, socket: TcpSocket): void {
    const { queue, offeredBytes } = transfer;
    const unit = this.offer(transfer);
    if (queue.length === 1) socket.billing.unit = unit;
    socket.send(transfer.offeredBytes - offeredBytes);
  }

  private onAcknowledged(transfer: Transfer, socket: TcpSocket, bytes: number): void {
    const { ledger, flow } = this.options;
    if (transfer.socket !== socket) return;
    transfer.acknowledgedBytes += bytes;
    transfer.failures = 0;
    this.deliver(transfer);
    ledger.useSession(flow, transfer.connection);
    if (transfer.acknowledgedBytes >= transfer.totalBytes) {
      this.complete(transfer, socket);
      return;
    }
    if (this.gapNs === 0) this.refill(transfer, socket);
    this.bill(transfer, socket);
    this.arm(transfer);
  }

  private deliver(transfer: Transfer): void {
    const { ledger, flow } = this.options;
    const { unitBytes } = this.settings;
    while (transfer.queue.length > 0 && transfer.firstEnd <= transfer.acknowledgedBytes) {
      const size = transfer.firstEnd % unitBytes === 0 ? unitBytes : transfer.firstEnd % unitBytes;
      ledger.deliver(flow, transfer.queue.shift(), size);
      this.advance(transfer);
    }
  }

  /** Packets are billed to the oldest unit, which is the one they hold up. */
  private bill({ queue }: Transfer, socket: TcpSocket): void {
    if (queue.length > 0) socket.billing.unit = queue.firstUnit;
  }

  private advance(transfer: Transfer): void {
    transfer.firstEnd = Math.min(transfer.firstEnd + this.settings.unitBytes, transfer.totalBytes);
  }

  // The end.

  private complete(transfer: Transfer, socket: TcpSocket): void {
    const { ledger, flow } = this.options;
    ledger.completeSession(flow, transfer.connection);
    this.rest(transfer);
    socket.close();
  }

  private lose(transfer: Transfer, failure: Failure): void {
    const { ledger, flow, engine } = this.options;
    const { queue } = transfer;
    if (transfer.isUp)
      ledger.breakSession(flow, transfer.connection, queue.length > 0 ? queue.firstUnit : NONE);
    while (queue.length > 0) ledger.fail(flow, queue.shift(), failure);
    this.rest(transfer);
    // What the receiver has need not be sent again.
    transfer.totalBytes -= transfer.acknowledgedBytes;
    transfer.failures++;
    transfer.openNs = engine.nowNs + this.reconnect.delayNs(transfer.failures);
    this.arm(transfer);
  }

  private rest(transfer: Transfer): void {
    transfer.socket = null;
    transfer.isUp = false;
    transfer.offerNs = NEVER;
    this.timers.disarm(transfer.timer);
  }

  // Time.

  private onTimer(transfer: Transfer): void {
    const { nowNs } = this.options.engine;
    const { socket, queue } = transfer;
    if (transfer.openNs <= nowNs) {
      this.open(transfer);
      return;
    }
    // The machine restarted under it: nobody was there to hear that the connection is gone.
    if (socket !== null && socket.state === 'closed') {
      this.lose(transfer, 'reset');
      return;
    }
    if (queue.length > 0 && this.deadlineOf(transfer) <= nowNs) {
      if (socket === null || !transfer.isUp) {
        this.lose(transfer, 'connect-timeout');
        socket?.abort();
        return;
      }
      this.giveUpLate(transfer, socket);
    }
    if (transfer.offerNs <= nowNs && socket !== null) this.offerPaced(transfer, socket);
    this.arm(transfer);
  }

  private deadlineOf({ queue }: Transfer): number {
    return queue.length === 0 ? NEVER : queue.firstOfferedNs + this.options.timeoutNs;
  }

  private giveUpLate(transfer: Transfer, socket: TcpSocket): void {
    const { ledger, flow, engine } = this.options;
    while (this.deadlineOf(transfer) <= engine.nowNs) {
      ledger.fail(flow, transfer.queue.shift(), 'response-timeout');
      this.advance(transfer);
    }
    this.bill(transfer, socket);
  }

  /** An application that may not write more now leaves the unit out. */
  private offerPaced(transfer: Transfer, socket: TcpSocket): void {
    transfer.offerNs += this.gapNs;
    if (transfer.offeredBytes >= transfer.totalBytes) transfer.offerNs = NEVER;
    else if (socket.queuedBytes < this.settings.unsentBytes) this.handOver(transfer, socket);
  }

  private arm(transfer: Transfer): void {
    const atNs = Math.min(this.deadlineOf(transfer), transfer.openNs, transfer.offerNs);
    // What lies beyond the engine's clock never comes.
    if (atNs <= MAX_TIME_NS) this.timers.arm(transfer.timer, Math.ceil(atNs));
  }
}

function transferOf(socket: TcpSocket): Transfer {
  return socket.attachment as Transfer;
}
