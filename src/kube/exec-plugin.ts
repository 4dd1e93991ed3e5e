// Runs the credential plugin of a kubeconfig (kubernetes.io/docs/reference/access-authn-authz/authentication,
// "client-go credential plugins"). What a plugin prints may hold credentials: its answer goes nowhere but into the
// credentials, and its other output only to a person's own terminal.
import { spawn } from 'node:child_process'
import type { Timers } from './environment.ts'
import { type Fields, fieldsOf, textIn } from './kubeconfig-files.ts'

/** What a plugin gives: a token, a client certificate with its key, or both. */
export type Given = { token?: string | undefined; cert?: string | undefined; key?: string | undefined }

/** The environment for plugins, and whether a person sits at the terminal of this process. */
export type Surroundings = {
  variables: Readonly<Record<string, string | undefined>>
  isAttended: boolean
  timers: Timers
}

type Plugin = {
  user: string
  apiVersion: string
  command: string
  args: string[]
  env: Record<string, string>
  installHint: string | undefined
  interactive: boolean
  cluster: Fields | undefined
}

/** Plugins answer in a second or two. A person may have to log in in a browser first. */
const [patienceMs, attendedPatienceMs] = [30_000, 180_000]
/** Far more than a token and a certificate. */
const mostPrinted = 1_000_000
const versions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']

/**
 * A function that gives the plugin's credentials. It runs the plugin again when they have expired, and keeps credentials
 * without an end. Throws when `exec` is not valid; the function rejects with what a person can do.
 */
export function createPlugin(
  exec: Fields,
  of: { user: string; cluster: Fields },
  surroundings: Surroundings,
): () => Promise<Given> {
  const plugin = pluginIn(exec, of, surroundings.isAttended)
  let known: { given: Given; endsAt: number } | undefined
  return async () => {
    const now = surroundings.timers.now().getTime()
    if (!known || now >= known.endsAt) known = credentialIn(await run(plugin, surroundings), plugin)
    return known.given
  }
}

function pluginIn(exec: Fields, { user, cluster }: { user: string; cluster: Fields }, isAttended: boolean): Plugin {
  const command = textIn(exec, 'command')
  const apiVersion = textIn(exec, 'apiVersion') ?? ''
  if (command === undefined) throw new Error(`"exec" of user "${user}" in the kubeconfig has no command`)
  if (!versions.includes(apiVersion))
    throw new Error(
      `"exec" of user "${user}" in the kubeconfig has the apiVersion "${apiVersion}". Change it to ${versions[0]}, and update the plugin if it does not know that version`,
    )
  const mode = textIn(exec, 'interactiveMode') ?? (apiVersion === versions[0] ? undefined : 'IfAvailable')
  if (mode === undefined)
    throw new Error(
      `"exec" of user "${user}" in the kubeconfig has no interactiveMode. Set it to Never, IfAvailable or Always`,
    )
  if (mode === 'Always' && !isAttended)
    throw new Error(
      `the credential plugin of user "${user}" asks questions (interactiveMode: Always), and there is no terminal. Use a user with a token or a certificate`,
    )
  return {
    user,
    apiVersion,
    command,
    args: listIn(exec, 'args').map(String),
    env: Object.fromEntries(
      listIn(exec, 'env').map(pair => {
        const { name, value } = fieldsOf(pair, 'env')
        return [String(name), String(value)]
      }),
    ),
    installHint: textIn(exec, 'installHint'),
    interactive: isAttended && mode !== 'Never',
    cluster: exec['provideClusterInfo'] === true ? clusterInfo(cluster) : undefined,
  }
}

function listIn(exec: Fields, field: string): unknown[] {
  const list = exec[field] ?? []
  if (!Array.isArray(list)) throw new Error(`"exec.${field}" of the kubeconfig must be a list`)
  return list
}

/** The cluster as a plugin is told it; the reserved extension holds its configuration. */
function clusterInfo(cluster: Fields): Fields {
  const told = ['server', 'tls-server-name', 'insecure-skip-tls-verify', 'certificate-authority-data', 'proxy-url']
  const extensions = Array.isArray(cluster['extensions']) ? (cluster['extensions'] as Fields[]) : []
  const own = extensions.find(({ name }) => name === 'client.authentication.k8s.io/exec')
  const fields = told.flatMap(name => (cluster[name] === undefined ? [] : [[name, cluster[name]] as const]))
  return { ...Object.fromEntries(fields), ...(own && { config: own['extension'] }) }
}

/** What the plugin printed as its answer. */
function run(plugin: Plugin, { variables, isAttended, timers }: Surroundings): Promise<string> {
  const { user, apiVersion, command, args, env, interactive, cluster } = plugin
  const spec = { interactive, ...(cluster && { cluster }) }
  const told = { KUBERNETES_EXEC_INFO: JSON.stringify({ kind: 'ExecCredential', apiVersion, spec }) }
  const named = `the credential plugin "${command}" of user "${user}"`
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...variables, ...env, ...told },
      // Its prompts, and its reasons, are for a person who is there. A log must not hold them.
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', isAttended ? 'inherit' : 'ignore'],
    })
    let printed = ''
    const fail = (why: string): void => {
      cancel()
      child.kill('SIGKILL')
      child.stdout?.destroy()
      reject(new Error(`${named} ${why}`))
    }
    const ms = isAttended ? attendedPatienceMs : patienceMs
    const cancel = timers.after(ms, () => fail(`did not answer within ${ms / 1000} s. Run it by hand to see why`))
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      if (printed.length > mostPrinted) fail('printed more than a credential')
    })
    child.on('error', error => fail(whyNotStarted(error, plugin)))
    child.on('close', code => {
      if (code !== 0) return fail(`ended with code ${code}. Run it by hand to see why`)
      cancel()
      resolve(printed)
    })
  })
}

function whyNotStarted(error: NodeJS.ErrnoException, { installHint }: Plugin): string {
  if (error.code !== 'ENOENT') return `could not be started (${error.code})`
  return `is not installed${installHint ? `: ${oneLine(installHint)}` : '. Install it, or use another user'}`
}

/** Without control characters, with which a kubeconfig from elsewhere could write over a terminal. */
function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, 500)
}

// The text is never part of an error: it may be a token.
function credentialIn(text: string, { user, command, apiVersion }: Plugin): { given: Given; endsAt: number } {
  const wrong = (why: string): Error =>
    new Error(`the credential plugin "${command}" of user "${user}" answered ${why}`)
  let answer: Fields
  try {
    answer = fieldsOf(JSON.parse(text), 'answer')
  } catch {
    throw wrong('something that is not JSON')
  }
  if (answer['kind'] !== 'ExecCredential' || answer['apiVersion'] !== apiVersion)
    throw wrong(`no ExecCredential of ${apiVersion}. Update the plugin, or correct apiVersion in the kubeconfig`)
  const {
    token,
    clientCertificateData: cert,
    clientKeyData: key,
    expirationTimestamp: end,
  } = fieldsOf(answer['status'], 'status')
  const given = { token: asText(token), cert: asText(cert), key: asText(key) }
  if (given.token === undefined && given.cert === undefined) throw wrong('neither a token nor a certificate')
  if ((given.cert === undefined) !== (given.key === undefined)) throw wrong('a certificate or a key without the other')
  const endsAt = end === undefined || end === null ? Infinity : Date.parse(asText(end) ?? '')
  if (Number.isNaN(endsAt)) throw wrong('an end that is no instant')
  return { given, endsAt }
}

const asText = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
