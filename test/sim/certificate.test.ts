// Certificates that simulators and tests make: Node.js reads them as they are meant.
import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import * as assert from 'uvu/assert'
import { makeCertificate } from '../../src/sim/certificate.ts'
import { suite } from '../suite.ts'

const test = suite('certificates of simulators')
const from = new Date('2026-11-23T14:00:00Z')
const to = new Date('2026-12-07T14:00:00Z')
const keys = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
}

test('an authority signs for a client, on each kind of key', () => {
  for (const [kind, key] of Object.entries(keys)) {
    const authority = new X509Certificate(makeCertificate({ name: 'ca', key, isAuthority: true, from, to }))
    const issuer = { name: 'ca', key }
    const client = new X509Certificate(makeCertificate({ name: 'Zoë', key: keys.ec, issuer, from, to }))
    assert.equal([authority.ca, client.ca], [true, false], kind)
    assert.equal([client.subject, client.issuer, authority.subject], ['CN=Zoë', 'CN=ca', 'CN=ca'], kind)
    assert.ok(client.verify(createPublicKey(key)) && client.checkIssued(authority), kind)
    assert.ok(client.checkPrivateKey(keys.ec), kind)
    assert.equal([client.validFromDate, client.validToDate], [from, to], kind)
    assert.equal(client.keyUsage, ['1.3.6.1.5.5.7.3.2'], kind)
  }
})

test('no serial number comes twice, and each is positive', () => {
  const made = Array.from({ length: 50 }, () => makeCertificate({ name: 'x', key: keys.ec, from, to }))
  const serials = made.map(pem => new X509Certificate(pem).serialNumber)
  assert.is(new Set(serials).size, 50)
  for (const serial of serials) assert.match(serial, /^[4-7][0-9A-F]{31}$/)
})

test('a key that signs no certificate here is refused', () => {
  const { privateKey: key } = generateKeyPairSync('ed25519')
  assert.throws(() => makeCertificate({ name: 'x', key, from, to }), /"ed25519" signs no certificate/)
})

test.run()
