import type { Scope } from '../../common/base/scope.ts';
import { Emitter } from '../../common/base/store.ts';
import { makeFolder } from '../base/data-folder.ts';
import { fileProblem } from '../base/file-problem.ts';
import { lockFolder } from '../base/folder-lock.ts';
import { log } from '../base/log.ts';
import { warnIfReadable, warnIfWritable } from '../base/private-file.ts';
import { ThrottledLog } from '../base/throttled-log.ts';
import { admissionLimits } from '../endpoint/admission.ts';
import { LiveEndpoint } from '../endpoint/endpoint.ts';
import { loadIdentity } from '../endpoint/identity.ts';
import { openAtLastPort } from '../endpoint/last-port.ts';
import { Authorizer } from './access/auth.ts';
import { KeyFiles } from './access/key-files.ts';
import { openCertificates, type RelayCertificates } from './certificates/open-certificates.ts';
import type { RelayEvent } from './relay-events.ts';
import type { RelayOptions } from './relay-options.ts';
import type { RelayStatus } from './relay-status.ts';

/** The resources that a relay needs before it can listen. */
export interface Opened {
  scope: Scope;
  refusalLog: ThrottledLog;
  endpoint: LiveEndpoint;
  auth: Authorizer;
  keys: KeyFiles;
  certificates: RelayCertificates;
  /** Emits when a new certificate could not be obtained or read. */
  certificateTroubles: Emitter<{ trouble: undefined }>;
  /** The state that `relay health` reports. The relay updates it. */
  status: RelayStatus;
}

/**
 * Opens the resources that a relay needs before it can listen. `scope` closes them.
 *
 * @throws Error with a message for the user
 */
export async function openParts(
  options: RelayOptions,
  parts: { onEvent: (event: RelayEvent) => void },
  scope: Scope,
): Promise<Opened> {
  const { dataDir, authKeyFiles, publicRead, publicPublish, allowPull } = options;
  await warnAboutConfigFile(options);
  const keys = await KeyFiles.open(authKeyFiles);
  scope.own(() => keys.close());
  const status: RelayStatus = { pid: process.pid, waitingFor: 'start', http: null };
  await claimDataDir(dataDir, status, scope);
  const secretKey = await loadIdentity(dataDir);
  const refusalLog = new ThrottledLog({ write: log.warn });
  scope.own(() => refusalLog.close());
  // The endpoint is opened before the certificates. Otherwise, requesting a certificate could fail before the
  // caller has started to count failures.
  const endpoint = await openEndpoint(options, secretKey);
  scope.own(() => endpoint.close());
  const certificateTroubles = new Emitter<{ trouble: undefined }>();
  const certificates = await openCertificates(options, {
    onTrouble: (message) => {
      log.error(message);
      certificateTroubles.emit('trouble', undefined);
      parts.onEvent({ event: 'error', message });
    },
  });
  scope.own(() => {
    certificates.https?.close();
    certificates.webTransport?.close();
  });
  const auth = new Authorizer({ keys: () => keys.keys, publicRead, publicPublish, allowPull });
  return { scope, refusalLog, endpoint, auth, keys, certificates, certificateTroubles, status };
}

async function warnAboutConfigFile({ configFile, cluster }: RelayOptions): Promise<void> {
  if (configFile === null) return;
  await warnIfWritable(configFile, 'the configuration file');
  // The configuration file may contain the cluster token.
  if (cluster?.token) await warnIfReadable(configFile, 'the configuration file');
}

async function claimDataDir(dataDir: string, status: RelayStatus, scope: Scope): Promise<void> {
  const lock = await openLock(dataDir, status);
  if (!lock) {
    throw new Error(
      `Another relay uses the data folder ${dataDir}. Two relays would have the same identity; choose another folder with ` +
        '--data-dir.',
    );
  }
  scope.own(() => lock.close());
}

async function openLock(dataDir: string, status: RelayStatus) {
  try {
    makeFolder(dataDir);
    return await lockFolder(dataDir, () => status);
  } catch (error) {
    throw new Error(`The data folder ${dataDir} (--data-dir) cannot be used: ${fileProblem(error)}`, {
      cause: error,
    });
  }
}

function openEndpoint(options: RelayOptions, secretKey: Uint8Array): Promise<LiveEndpoint> {
  return openAtLastPort(options.dataDir, options.irohBind, (bind) =>
    LiveEndpoint.open({
      secretKey,
      relay: options.irohRelay,
      // Address lookup could return private addresses. If those are not allowed, pulls dial only the
      // addresses in the ticket.
      lookup: options.allowPrivateAddresses,
      limits: admissionLimits(options.limits.sessions),
      ...(bind ? { bind } : {}),
    }),
  );
}
