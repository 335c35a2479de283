import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

/**
 * Parses the first certificate of a PEM chain. Replaces OpenSSL's message, which does not say what is wrong.
 *
 * @throws Error with a message to follow the file's name
 */
export function parseCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new Error('there is no certificate in PEM format', { cause: error });
  }
}

/**
 * Parses a PEM private key.
 *
 * @throws Error with a message that is meant to follow the file's name
 */
export function parsePrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    const fault = pem.includes('ENCRYPTED')
      ? 'the key is protected by a password; remove it: openssl pkey -in OLD.key -out NEW.key'
      : 'there is no private key in PEM format';
    throw new Error(fault, { cause: error });
  }
}
