import type { Connection, ConnectionStats } from '@number0/iroh';
import { BundleConnection } from './bundle-connection.ts';
import { MAX_CONNECTIONS } from './protocol.ts';

const NO_TOTALS: ConnectionStats = {
  udpTxDatagrams: 0,
  udpTxBytes: 0,
  udpRxDatagrams: 0,
  udpRxBytes: 0,
  lostPackets: 0,
  lostBytes: 0,
};

/** Callbacks of `AdditionalConnections`. */
export interface AdditionalConnectionsEvents {
  onAdded: (connection: BundleConnection) => void;
  onEnded: (connection: BundleConnection) => void;
}

/** The connections that a bundle has in addition to its first. */
export class AdditionalConnections {
  readonly #events: AdditionalConnectionsEvents;
  readonly #open: BundleConnection[] = [];
  /** Counters of connections that have ended. */
  #endedTotals = NO_TOTALS;
  #closed = false;

  constructor(events: AdditionalConnectionsEvents) {
    this.#events = events;
  }

  /** The open connections, oldest first. */
  get open(): readonly BundleConnection[] {
    return this.#open;
  }

  /** Counters of all additional connections since the session began. */
  get totals(): ConnectionStats {
    return this.#open.reduce((sum, { totals }) => addTotals(sum, totals), this.#endedTotals);
  }

  /** Adds a connection and becomes its owner. If there are too many, closes it and returns false. */
  add(connection: Connection): boolean {
    if (this.#closed || this.#open.length >= MAX_CONNECTIONS - 1) {
      close(connection, 'not needed');
      return false;
    }
    const added = new BundleConnection(connection);
    this.#open.push(added);
    const onClosed = () => this.#remove(added);
    connection.closed().then(onClosed, onClosed);
    this.#events.onAdded(added);
    return true;
  }

  /** Closes the newest connections until only `count` are left. */
  closeAbove(count: number): void {
    for (const connection of this.#open.slice(count)) this.closeOne(connection);
  }

  /** Closes a connection. Its unacknowledged records are sent on the others. */
  closeOne(connection: BundleConnection): void {
    this.#remove(connection);
    close(connection.connection, 'not needed');
  }

  /** Closes all connections. Connections that are added later are closed at once. */
  close(): void {
    this.#closed = true;
    this.closeAbove(0);
  }

  #remove(connection: BundleConnection): void {
    const index = this.#open.indexOf(connection);
    if (index < 0) return;
    this.#open.splice(index, 1);
    this.#endedTotals = addTotals(this.#endedTotals, connection.totals);
    this.#events.onEnded(connection);
  }
}

/** Adds the counters of two connections. */
export function addTotals(a: ConnectionStats, b: ConnectionStats): ConnectionStats {
  return {
    udpTxDatagrams: a.udpTxDatagrams + b.udpTxDatagrams,
    udpTxBytes: a.udpTxBytes + b.udpTxBytes,
    udpRxDatagrams: a.udpRxDatagrams + b.udpRxDatagrams,
    udpRxBytes: a.udpRxBytes + b.udpRxBytes,
    lostPackets: a.lostPackets + b.lostPackets,
    lostBytes: a.lostBytes + b.lostBytes,
  };
}

function close(connection: Connection, reason: string): void {
  connection.close(0n, Array.from(Buffer.from(reason)));
}
