// Faults of TLS in words: which server, what was expected, and what to change. Only codes and names of certificates are
// read, never texts of a library.

/** A sentence about why no trusted connection was made; undefined when it was something else than TLS. */
export function tlsFaultOf(cause: unknown, server: string): string | undefined {
  const { code } = (cause ?? {}) as { code?: unknown }
  if (typeof code !== 'string') return undefined
  const { host } = new URL(server)
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return wrongName(cause, host)
  const why = sentences[code]
  if (why) return `${host} ${why}`
  if (isCertificateCode(code)) return `${host} has a certificate that cannot be verified (${code}).`
  return code.startsWith('ERR_SSL_') || code === 'EPROTO' ? `TLS with ${host} failed (${code}).` : undefined
}

const unknownAuthority =
  'has a certificate of an authority that is not trusted. The kubeconfig’s certificate-authority must be the one that issued it.'

const refusedClient = 'did not accept the client certificate. It may have expired, or be of another cluster.'

const sentences: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  CERT_SIGNATURE_FAILURE: unknownAuthority,
  CERT_HAS_EXPIRED: 'has a certificate that has expired. Renew it, or set this machine’s clock.',
  CERT_NOT_YET_VALID: 'has a certificate that is not valid yet. Set this machine’s clock.',
  ERR_SSL_WRONG_VERSION_NUMBER: 'does not speak TLS. The address may need http, or another port.',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'does not speak TLS. The address may need http, or another port.',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'demands a client certificate, and the kubeconfig has none.',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: refusedClient,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: refusedClient,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: refusedClient,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: refusedClient,
  ERR_OSSL_X509_KEY_VALUES_MISMATCH:
    'was not called: the client certificate and the client key do not belong together.',
  ERR_OSSL_PEM_NO_START_LINE: 'was not called: a certificate or key of the kubeconfig is no PEM.',
}

const certificateCodes = /^(?:CERT_|UNABLE_TO_|INVALID_(?:CA|PURPOSE)|HOSTNAME_MISMATCH|PATH_LENGTH_EXCEEDED|CRL_)/
const isCertificateCode = (code: string): boolean => certificateCodes.test(code)

/** The names come from the server's certificate, so they are shortened and cleaned. */
function wrongName(cause: unknown, host: string): string {
  const { cert, host: expected } = cause as { cert?: { subjectaltname?: unknown }; host?: unknown }
  const listed = cert?.subjectaltname
  const names = (typeof listed === 'string' ? listed : 'no name').replace(/[^\x21-\x7e ]+/g, ' ').slice(0, 300)
  const name = typeof expected === 'string' ? expected : host
  return `${host} has a certificate for ${names}, and not for "${name}". Correct the address, or set tls-server-name in the kubeconfig to one of these names.`
}
