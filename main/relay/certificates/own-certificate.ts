import { X509Certificate } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { JsonFile } from '../../base/json-file.ts';
import { log } from '../../base/log.ts';
import { type Certificate, certificateFrom } from './certificates.ts';
import { type CertificateName, makeSelfSigned } from './self-signed.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Safari rejects certificates that are valid for more than 825 days (https://support.apple.com/103769). */
const LIFETIME_MS = 800 * DAY_MS;
/** Remaining lifetime below which the certificate is replaced when the relay starts, in ms. */
const RENEW_LEFT_MS = 90 * DAY_MS;

const schema = z.object({ cert: z.string(), key: z.string() }).nullable().default(null);

/**
 * Returns the relay's own certificate for a home network, either from the data folder or newly created. The
 * certificate is kept as long as possible, because each device remembers its user's exception for exactly
 * this certificate.
 */
export async function ownCertificate(dataDir: string): Promise<Certificate> {
  const file = new JsonFile(join(dataDir, 'own-certificate.json'), schema);
  const stored = usable(await file.load(null, (notice) => log.warn(notice)));
  if (stored) return stored;
  const made = await makeSelfSigned(LIFETIME_MS, machineNames());
  await file.save(made);
  return certificateFrom(made.cert, made.key);
}

function usable(stored: z.output<typeof schema>): Certificate | undefined {
  if (!stored) return undefined;
  try {
    const leftMs = Date.parse(new X509Certificate(stored.cert).validTo) - Date.now();
    return leftMs > RENEW_LEFT_MS ? certificateFrom(stored.cert, stored.key) : undefined;
  } catch (error) {
    log.warn(`the stored certificate cannot be used, so a new one is made: ${String(error)}`);
    return undefined;
  }
}

/** Returns the names and addresses that other devices on a home network can use to reach this machine. */
function machineNames(): CertificateName[] {
  const name = hostname().toLowerCase();
  const isName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name);
  const dns = isName ? [name, `${name}.local`] : [];
  const addresses = Object.values(networkInterfaces())
    .flatMap((found) => found ?? [])
    // Link-local IPv6 addresses need a zone, which a certificate cannot contain.
    .filter(({ internal, scopeid }) => !internal && !scopeid);
  return [
    ...dns.map((value) => ({ type: 'dns' as const, value })),
    ...addresses.map(({ address }) => ({ type: 'ip' as const, value: address })),
  ];
}
