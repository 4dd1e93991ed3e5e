// The consumer as a program: `node server.ts`, behind a load balancer that ends TLS.
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { OAuth2Client } from 'google-auth-library'
import { createConsumer, type EventsSchema } from './consumer.ts'
import { openTable } from './table.ts'

/** Cloud Logging's largest entry has 256 KiB, a third more in base64. */
const mostBytes = 1_000_000

const setting = (name: string): string => {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set.`)
  return value
}

const google = new OAuth2Client({
  // Only for tests: where Google's certificates are.
  ...(process.env['CERTIFICATES'] && { endpoints: { oauth2FederatedSignonPemCertsUrl: process.env['CERTIFICATES'] } }),
})
const schemaFile = process.env['SCHEMA'] ?? new URL('../../reference/events.schema.json', import.meta.url)
const schema = JSON.parse(readFileSync(schemaFile, 'utf8')) as EventsSchema
const expected = {
  audience: setting('AUDIENCE'),
  account: setting('ACCOUNT'),
  subscription: setting('SUBSCRIPTION'),
  log: setting('LOG'),
}
const consume = createConsumer(expected, { google, schema, table: openTable(process.env['DATABASE'] ?? 'events.db') })

const server = createServer((request, response) => {
  void answer(request).then(status => response.writeHead(status).end())
})
server.listen(Number(process.env['PORT'] ?? 8080), process.env['HOST'], () =>
  console.log('listening', server.address()),
)

async function answer(request: IncomingMessage): Promise<number> {
  try {
    if (request.method !== 'POST') return 405
    const body = await bodyOf(request)
    if (body === undefined) return 413
    const { status, what } = await consume({ authorization: request.headers.authorization, body })
    console.log(JSON.stringify({ status, what }))
    return status
  } catch {
    return 500
  }
}

/** undefined when it is too long. It is read to its end, so that the sender hears the answer. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= mostBytes) chunks.push(chunk)
  }
  return size > mostBytes ? undefined : Buffer.concat(chunks).toString('utf8')
}
