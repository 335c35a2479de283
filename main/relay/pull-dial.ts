import { shortId } from '../../common/words/caller-identity.ts';
import type { LiveEndpoint } from '../endpoint/endpoint.ts';
import type { Dial } from '../pull/peer.ts';
import { AddressError, type AddressRules, allowedAddress } from './addresses.ts';
import type { OnRefused } from './limits.ts';

/** Calls publishers where their tickets say, as far as the relay may go there; rejects with AddressError too. */
export function pullDial(endpoint: LiveEndpoint, rules: AddressRules, onRefused: OnRefused): Dial {
  return async (address, signal) => {
    try {
      return await endpoint.connect(await allowedAddress(address, rules), { signal });
    } catch (error) {
      if (error instanceof AddressError)
        onRefused('address', `peer ${shortId(address.endpointId)}`, error.message);
      throw error;
    }
  };
}
