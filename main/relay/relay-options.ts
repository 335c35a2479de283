import type { LogLevel } from '../base/log.ts';
import type { RelayLimits } from './access/limits.ts';
import type { AcmeOptions } from './certificates/acme.ts';
import type { ClusterOptions } from './cluster/cluster.ts';

/** A relay's configuration: the command line and the configuration file, merged and checked. */
export interface RelayOptions {
  /**
   * Development mode: the certificate is self-signed, every path is public, and every ticket may be pulled.
   */
  dev: boolean;
  /**
   * Whether only clients on this machine may connect. True in development mode, unless an address option is
   * set.
   */
  localOnly: boolean;
  /** `ADDR:PORT` for QUIC (UDP). Port 0 means the same port number as `httpBind`. */
  bind: string;
  /** `ADDR:PORT` for HTTP and WebSocket (TCP). */
  httpBind: string;
  /** The option that sets `httpBind`, for error messages. */
  httpBindOption: '--bind' | '--http-bind';
  /** Absolute paths of PEM files. Null means that there is no certificate from files. */
  tls: { certFile: string; keyFile: string } | null;
  /** Whether HTTPS uses a certificate that the relay makes itself and keeps in the data folder. */
  ownCertificate: boolean;
  /** A certificate from an ACME authority. Null means that none is requested. */
  acme: AcmeOptions | null;
  /** The moq-relay cluster that uses this relay as a gateway. Null means none. */
  cluster: ClusterOptions | null;
  /** Absolute path of the configuration file. Null means none. */
  configFile: string | null;
  /** The data folder as an absolute path. */
  dataDir: string;
  /**
   * `ADDR:PORT` for iroh (UDP), or one address of each IP version, separated by a comma. Undefined means the ports from the
   * last run, on all addresses.
   */
  irohBind: string | undefined;
  /** The iroh relay: `default`, `disabled`, or an http(s) URL. */
  irohRelay: string;
  logLevel: LogLevel;
  /** Whether each HTTP request and each session is logged when it ends, at level `info`. */
  accessLog: boolean;
  json: boolean;
  /** Path prefixes that can be read without a token. The empty prefix covers every path. */
  publicRead: readonly string[];
  /** Path prefixes that can be published to without a token. The empty prefix covers every path. */
  publicPublish: readonly string[];
  /** Absolute paths of the files with keys that verify tokens. If there are none, tokens are not accepted. */
  authKeyFiles: readonly string[];
  /** Whether sessions without a token may make the relay pull tickets. */
  allowPull: boolean;
  /** Whether the relay may dial private, loopback, and link-local addresses. */
  allowPrivateAddresses: boolean;
  /** Whether the last address in `X-Forwarded-For` is used as the client's address. */
  trustProxy: boolean;
  /** `ADDR:PORT` of a separate Prometheus endpoint. Null means none. */
  metricsBind: string | null;
  limits: RelayLimits;
  /** How long a pull continues after its last reader leaves, in ms. */
  releaseMs: number;
}
