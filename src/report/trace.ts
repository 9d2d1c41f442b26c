/** One line per verdict, for `--trace`: when, where, whose packet, and what became of it. */

export interface VerdictLine {
  readonly timeNs: number;
  /** Device that decided, or the link that ended the packet. */
  readonly place: string;
  /** Null for packets of detectors and of the control plane. */
  readonly flow: string | null;
  readonly unit: number | null;
  readonly protocol: string;
  readonly source: string;
  readonly sourcePort: number | null;
  readonly destination: string;
  readonly destinationPort: number | null;
  /** What kind of packet: TCP flags, ICMP type. Empty when there is nothing to say. */
  readonly kind: string;
  /** IP length. */
  readonly lengthBytes: number;
  readonly verdict: 'forward' | 'deliver' | 'consume' | 'drop';
  /** Interface it leaves by, or reason of a drop. */
  readonly detail: string | null;
}

/**
 * Columns: time in s with all nine decimals, place, flow and unit, 5-tuple as seen there, TCP flags or ICMP type, IP
 * length, verdict. Cells longer than
 * their column push the others to the right, so that nothing is cut.
 */
export function formatVerdictLine(line: VerdictLine): string {
  const unit = line.unit === null ? '' : `#${line.unit}`;
  const source = formatEnd(line.source, line.sourcePort);
  const destination = formatEnd(line.destination, line.destinationPort);
  const cells = [
    formatSeconds(line.timeNs).padStart(15),
    line.place.padEnd(30),
    `${line.flow ?? '-'}${unit}`.padEnd(18),
    `${line.protocol.padEnd(4)} ${source} > ${destination}`.padEnd(50),
    `${line.kind.padEnd(7)} ${String(line.lengthBytes).padStart(4)}B`,
    line.detail === null ? line.verdict : `${line.verdict.padEnd(7)} ${line.detail}`,
  ];
  return cells.join(' ');
}

function formatEnd(address: string, port: number | null): string {
  return port === null ? address : `${address}:${port}`;
}

/** Exact, unlike a division: `31.000000042s`. */
function formatSeconds(timeNs: number): string {
  const digits = String(Math.abs(timeNs)).padStart(10, '0');
  return `${timeNs < 0 ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}s`;
}
