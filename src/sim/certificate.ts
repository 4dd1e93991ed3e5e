// X.509 certificates for simulators and tests, signed with keys of node:crypto (RFC 5280), because Node.js can read
// certificates and cannot make them.
import { createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto'

export type CertificateOf = {
  /** The common name of its owner. */
  name: string
  key: KeyObject
  /** Who signs it; the owner unless given. */
  issuer?: { name: string; key: KeyObject }
  /** Whether it may sign others. */
  isAuthority?: boolean
  from: Date
  to: Date
}

/** A certificate of a private key of RSA or on a curve, as PEM. An owner that is no authority may be a client in TLS. */
export function makeCertificate({
  name,
  key,
  issuer = { name, key },
  isAuthority = false,
  from,
  to,
}: CertificateOf): string {
  const algorithm = algorithms[issuer.key.asymmetricKeyType ?? '']
  if (!algorithm) throw new Error(`A key of the type "${issuer.key.asymmetricKeyType}" signs no certificate here.`)
  const body = sequence(
    tagged(0xa0, integer(2)),
    serial(),
    algorithm,
    nameOf(issuer.name),
    sequence(time(from), time(to)),
    nameOf(name),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions(isAuthority))),
  )
  const der = sequence(body, algorithm, bits(sign('sha256', body, issuer.key)))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function tagged(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const size = content.length
  const long = size < 0x80 ? [] : size < 0x100 ? [0x81] : [0x82, size >> 8]
  return Buffer.concat([Buffer.from([tag, ...long, size & 0xff]), content])
}
const sequence = (...parts: Buffer[]): Buffer => tagged(0x30, ...parts)
const identifier = (hex: string): Buffer => tagged(0x06, Buffer.from(hex, 'hex'))
const bits = (content: Buffer): Buffer => tagged(0x03, Buffer.from([0]), content)
const yes = tagged(0x01, Buffer.from([0xff]))
const integer = (...bytes: number[]): Buffer => tagged(0x02, Buffer.from(bytes))
/** Sixteen bytes; the first one neither begins with a bit that would make it negative nor with a superfluous zero. */
const serial = (): Buffer => integer(...randomBytes(16).map((byte, n) => (n === 0 ? 0x40 | (byte & 0x3f) : byte)))
/** `YYMMDDHHMMSSZ`, which counts until 2049. */
const time = (at: Date): Buffer => tagged(0x17, Buffer.from(`${at.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`))

/** sha256WithRSAEncryption and ecdsa-with-SHA256. */
const algorithms: Record<string, Buffer> = {
  rsa: sequence(identifier('2a864886f70d01010b'), tagged(0x05)),
  ec: sequence(identifier('2a8648ce3d040302')),
}

function nameOf(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(identifier('550403'), tagged(0x0c, Buffer.from(commonName)))))
}

/** Basic constraints; for a client also that it may be one. */
function extensions(isAuthority: boolean): Buffer[] {
  const constraints = sequence(identifier('551d13'), yes, tagged(0x04, sequence(...(isAuthority ? [yes] : []))))
  const client = sequence(identifier('551d25'), tagged(0x04, sequence(identifier('2b06010505070302'))))
  return isAuthority ? [constraints] : [constraints, client]
}
