import type { LogLevel } from '../base/log.ts';
import type { RelayLimits } from './access/limits.ts';
import type { AcmeOptions } from './certificates/acme.ts';
import type { ClusterOptions } from './cluster/cluster.ts';

/** Configuration of a relay: the command line and the configuration file, merged and checked. */
export interface RelayOptions {
  /** Development mode: self-signed certificate, everything public, every ticket pulled. */
  dev: boolean;
  /** `ADDR:PORT` for QUIC (UDP). Port 0: use the port number of `httpBind`. */
  bind: string;
  /** `ADDR:PORT` for HTTP and WebSocket (TCP). */
  httpBind: string;
  /** Absolute paths of PEM files; null: no certificate from files. */
  tls: { certFile: string; keyFile: string } | null;
  /** Certificates from an ACME authority; null: none are requested. */
  acme: AcmeOptions | null;
  /** The moq-relay cluster that this relay is a gateway of; null: none. */
  cluster: ClusterOptions | null;
  /** Absolute path. */
  dataDir: string;
  /** `ADDR:PORT` for iroh (UDP). Undefined: the port of the last run, on all addresses. */
  irohBind: string | undefined;
  /** `default`, `disabled`, or an http(s) URL. */
  irohRelay: string;
  logLevel: LogLevel;
  json: boolean;
  /** Path prefixes that need no token for reading. The empty prefix covers every path. */
  publicRead: readonly string[];
  /** Path prefixes that need no token for publishing. The empty prefix covers every path. */
  publicPublish: readonly string[];
  /** Absolute path of the JWK that verifies tokens; null: tokens are not accepted. */
  authKeyFile: string | null;
  /** Whether a session without a token may make the relay pull a ticket. */
  allowPull: boolean;
  /** Whether tickets may contain private, loopback, and link-local addresses. */
  allowPrivateAddresses: boolean;
  /** Whether the last address in `X-Forwarded-For` is the client's address. */
  trustProxy: boolean;
  /** `ADDR:PORT` of the Prometheus endpoint; null: no separate endpoint. */
  metricsBind: string | null;
  limits: RelayLimits;
  /** How long a pull continues after its last reader has left, in milliseconds. */
  releaseMs: number;
}
