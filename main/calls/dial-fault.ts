import { ConnectError } from '../endpoint/endpoint.ts';
import type { DialFault } from './disconnect.ts';

/** What the endpoint's dialling failed with, as calls know it. */
export function dialFaultOf(error: unknown): DialFault {
  if (!(error instanceof ConnectError)) return 'failed';
  switch (error.reason) {
    case 'self':
      return 'invalid';
    case 'aborted':
      return 'failed';
    default:
      return error.reason;
  }
}
