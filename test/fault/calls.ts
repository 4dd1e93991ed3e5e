// What a call is named: its method and its route, without whatever differs from one story to the next, and for writes of
// a status the fields that are written. The same call of the next story has the same name.

/** As much of a call as its name is made of. */
export type Named = { method: string; url: string; body: Buffer }

/** Such as `PATCH accessrequests/:name/status {phase, conditions}` or `POST /v3/projects/*:setIamPolicy`. */
export function nameOf({ method, url, body }: Named): string {
  const path = url.split('?')[0] ?? ''
  const route = path
    .split('/')
    .map((part, i, parts) => (isWord(part, parts.slice(0, i)) ? part : `*${/:\w+$/.exec(part)?.[0] ?? ''}`))
    .join('/')
    .replace(/^\/apis?\/(?:[a-z.]+\.[a-z0-9.]+\/)?v\d\w*\/(?:namespaces\/\*\/)?/, '')
  return [method, route, fieldsOf(body, route)].filter(Boolean).join(' ')
}

/** After these comes the name of something, which may look like a word. */
const named = ['namespaces', 'accessrequests', 'rolemappings', 'secrets', 'events', 'projects', 'commands', 'actions']

function isWord(part: string, before: readonly string[]): boolean {
  if (before.some(one => one === 'commands' || one === 'actions')) return false
  if (named.includes(before.at(-1) ?? '')) return false
  return (
    part === '' ||
    /^v\d+((alpha|beta)\d+)?$/.test(part) ||
    /^[a-zA-Z][a-zA-Z.:_-]*(\.k8s\.io)?$/.test(part) ||
    part === 'oauth2'
  )
}

/** The outbox goes with every transition and says nothing about which one it is. */
const outbox = ['audit', 'auditSeq', 'auditHead']

function fieldsOf(body: Buffer, route: string): string {
  if (!route.endsWith('/status')) return ''
  const { status = {} } = JSON.parse(body.toString('utf8')) as { status?: object }
  const fields = Object.keys(status).filter(field => !outbox.includes(field))
  return `{${(fields.length > 0 ? fields : ['audit']).join(', ')}}`
}
