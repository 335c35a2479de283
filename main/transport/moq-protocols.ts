/**
 * The MoQ versions that sessions offer to servers and accept from clients, newest first, as ALPNs or subprotocols. With
 * `moql`, SETUP messages negotiate the version.
 */
export const MOQ_PROTOCOLS = ['moq-lite-05', 'moq-lite-04', 'moq-lite-03', 'moql'] as const;
