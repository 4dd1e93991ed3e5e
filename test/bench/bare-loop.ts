// The least that Node.js can do the same work with: one list in pages, a watch that is read and decoded, and eight at once
// patching what was listed, by undici alone. No cache, no queue, nothing repeated.
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'undici'
import type { Told } from './kube-child.ts'

type Meta = { name: string; resourceVersion: string; uid: string }
type Page = { metadata: { resourceVersion: string; continue?: string }; items: { metadata: Meta }[] }

const { namespace = '', expect = 0, status } = JSON.parse(process.argv[2] ?? '{}') as Told
const kubeconfig = JSON.parse(await readFile(process.env['KUBECONFIG'] ?? '', 'utf8')) as {
  clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }]
  users: [{ user: { token: string } }]
}
const { server, 'certificate-authority-data': data } = kubeconfig.clusters[0].cluster
const connect = { ca: Buffer.from(data, 'base64').toString() }
const pool = new Agent({ connect, connections: 8, allowH2: false })
const watching = new Agent({ connect, allowH2: false, bodyTimeout: 0 })
const collection = `${server}/apis/hallpass.dev/v1alpha1/namespaces/${namespace}/accessrequests`
const headers = { authorization: `Bearer ${kubeconfig.users[0].user.token}`, accept: 'application/json' }
const patchHeaders = { ...headers, 'content-type': 'application/merge-patch+json' }

const waiting: Meta[] = []
let version = ''
let token = ''
do {
  const url = `${collection}?limit=500${token && `&continue=${encodeURIComponent(token)}`}`
  const page = (await (await request(url, { headers, dispatcher: pool })).body.json()) as Page
  for (const { metadata } of page.items) waiting.push(metadata)
  token = page.metadata.continue ?? ''
  version = page.metadata.resourceVersion
} while (token)

const stop = new AbortController()
const watched = watch().catch(() => undefined)
let done = 0
await Promise.all(Array.from({ length: 8 }, work))
process.stdin.on('end', () => stop.abort()).resume()
await watched
await Promise.all([pool.destroy(), watching.destroy()])

async function work(): Promise<void> {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { name, resourceVersion, uid } = next
    const body = JSON.stringify({ status, metadata: { resourceVersion, uid } })
    const url = `${collection}/${name}/status`
    const answer = await request(url, { method: 'PATCH', headers: patchHeaders, body, dispatcher: pool })
    await answer.body.json()
    if (answer.statusCode !== 200) throw new Error(`The API server answered ${answer.statusCode}.`)
    if (++done === expect) console.log(JSON.stringify({ done }))
  }
}

async function watch(): Promise<void> {
  const url = `${collection}?watch=true&allowWatchBookmarks=true&resourceVersion=${version}`
  const answer = await request(url, { headers, dispatcher: watching, signal: stop.signal })
  let rest = ''
  for await (const chunk of answer.body.setEncoding('utf8')) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) JSON.parse(line)
  }
}
