// Three simulators with a throwaway project, channel and policy, a configuration for them, and `hallpass trial` run there.
import { mkdtempSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { runCommand } from '../../src/cli/outcome.ts'
import { type GoogleSim, startGoogle } from '../../src/sim/google/google.ts'
import { defaultGoogleSeeds, defaultKeys, groupsReader } from '../../src/sim/google/seeds.ts'
import { cloudPlatform } from '../../src/sim/google/tokens.ts'
import { defaultRoutingKey, type EventsSim, startEvents } from '../../src/sim/pagerduty/events.ts'
import { type PagerDutySim, startPagerDuty } from '../../src/sim/pagerduty/start.ts'
import { type SlackSim, startSlack } from '../../src/sim/slack/start.ts'
import { ManualClock } from '../fakes/clock.ts'

export const project = 'projects/hallpass-try'
export const places = {
  project,
  channel: 'C0PRODACCESS',
  policy: 'PMANAGERS',
  person: 'dana@example.com',
  'outside-channel': 'C0GENERAL',
  resource:
    '//storage.googleapis.com/projects/_/buckets/hallpass-try,//secretmanager.googleapis.com/projects/hallpass-try/secrets/try,//cloudkms.googleapis.com/projects/hallpass-try/locations/global/keyRings/try/cryptoKeys/try,//run.googleapis.com/projects/hallpass-try/locations/europe-west1/services/try',
  'fine-bucket': '//storage.googleapis.com/projects/_/buckets/hallpass-try-fine',
  route: 'try',
  group: 'try@example.com',
}
const secrets = {
  'slack-bot-token': 'xoxb-sandbox',
  'slack-app-token': 'xapp-sandbox',
  'pagerduty-token': 'pd-sandbox-key',
  'oauth-client-secret': 'GOCSPX-sim-client-secret',
  'google-access-token': 'sim-token-controller',
  'pagerduty-route-try': defaultRoutingKey,
}

export type Stage = {
  clock: ManualClock
  google: GoogleSim
  slack: SlackSim
  pagerduty: PagerDutySim
  /** PagerDuty's Events API. */
  events: EventsSim
  token: string
  /** Puts another token into the file. */
  writeToken(token: string): void
  /** The configuration, the secrets and the token: `config.yaml`, `secrets`, `token`. */
  folder: string
  reportPath: string
  report(): string
  /** Aborts the trial, as Ctrl-C does. */
  stop(): void
  /** What is called at each pause, with the clock moved already. */
  onPause?: () => void
  close(): Promise<void>
}

/** Starts the simulators. */
export async function openStage(): Promise<Stage & { run: Run }> {
  const clock = new ManualClock()
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-trial-'))
  const [google, slack, pagerduty, events] = [
    await startGoogle({ clock, seeds: seeds() }),
    await startSlack({ clock }),
    await startPagerDuty({ clock }),
    await startEvents({ clock }),
  ]
  slack.useSockets()
  writePlace(folder, { google, slack, pagerduty, events })
  const token = google.tokens.issue(places.person, [cloudPlatform, 'email'], google.seeds.client.id)
  const writeToken = (text: string): void => writeFileSync(join(folder, 'token'), `${text}\n`)
  writeToken(token)
  const reportPath = join(folder, 'trial.md')
  let stopping = new AbortController()
  const stage: Stage = {
    clock,
    google,
    slack,
    pagerduty,
    events,
    token,
    writeToken,
    folder,
    reportPath,
    report: () => (existsSync(reportPath) ? readFileSync(reportPath, 'utf8') : ''),
    stop: () => stopping.abort(),
    close: async () => {
      await Promise.all([google.close(), slack.close(), pagerduty.close(), events.close()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
  const run: Run = async (words, answer) => {
    stopping = new AbortController()
    rmSync(reportPath, { force: true })
    return runTrial(words, { stage, signal: stopping.signal, ...(answer && { answer }) })
  }
  return Object.assign(stage, { run })
}

/** Runs `hallpass trial` with further words; `answer` is what the person types when they read something, if anything. */
export type Run = (
  words: string[],
  answer?: (said: string) => Promise<string | undefined> | string | undefined,
) => Promise<{ code: number; out: string; err: string }>

/** The words of a command line for this stage, without what a test adds. */
export function wordsOf({ folder, reportPath }: Stage): string[] {
  const given = Object.entries(places).flatMap(([name, value]) => [`--${name}`, value])
  return ['trial', ...given, '--token-file', join(folder, 'token'), '--report', reportPath, '--key', defaultKeys.ticket]
}

type Running = { stage: Stage; signal: AbortSignal; answer?: Parameters<Run>[1] }

async function runTrial(
  words: string[],
  { stage, signal, answer }: Running,
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const stdin = new Readable({ read: () => undefined })
  const { folder } = stage
  const code = await runCommand([...wordsOf(stage), ...words], {
    environment: { configPath: join(folder, 'config.yaml'), secretsPath: join(folder, 'secrets') },
    stdin,
    out: text => void (out += text),
    err: text => {
      err += text
      if (answer) void Promise.resolve(answer(text)).then(said => said !== undefined && stdin.push(`${said}\n`))
    },
    now: () => stage.clock.now(),
    pause: async (ms, stopped) => {
      stopped.throwIfAborted()
      stage.clock.forward(ms / 1000)
      stage.onPause?.()
      stopped.throwIfAborted()
    },
    untilStopped: () => signal,
  })
  return { code, out, err }
}

function seeds(): ReturnType<typeof defaultGoogleSeeds> {
  const seeds = defaultGoogleSeeds()
  const members = [`user:${places.person}`]
  const bindings = [
    { role: 'roles/owner', members },
    { role: 'roles/logging.admin', members },
    { role: 'roles/storage.objectViewer', members: ['user:otto@example.com'] },
  ]
  seeds.resources.push({ name: project, bindings })
  for (const name of `${places.resource},${places['fine-bucket']}`.split(',')) {
    const relative = relativeOf(name)
    const owner = [{ role: owners[name.split('/')[2] ?? ''] ?? 'roles/owner', members }]
    seeds.resources.push({ name: relative, parent: project, bindings: owner, isUniform: !relative.endsWith('fine') })
  }
  seeds.groups[places.group] = [places.person]
  seeds.directory?.groups.push({ email: places.group, name: 'groups/0try', labels: ['security'] })
  const reader = seeds.resources.find(({ name }) => name.endsWith(`/serviceAccounts/${groupsReader}`))
  reader?.bindings.push({ role: 'roles/iam.serviceAccountTokenCreator', members })
  const key = seeds.resources.find(({ name }) => name === defaultKeys.ticket)
  key?.bindings.push({ role: 'roles/cloudkms.cryptoKeyEncrypterDecrypter', members })
  return seeds
}

/** The name without host, as the simulator keeps it. */
export function relativeOf(name: string): string {
  return name.replace(/^\/\/[^/]+\//, '')
}

const owners: Record<string, string> = {
  'storage.googleapis.com': 'roles/storage.admin',
  'secretmanager.googleapis.com': 'roles/secretmanager.admin',
  'cloudkms.googleapis.com': 'roles/cloudkms.admin',
  'run.googleapis.com': 'roles/run.admin',
}

type Sims = Pick<Stage, 'google' | 'slack' | 'pagerduty' | 'events'>

function writePlace(folder: string, { google, slack, pagerduty, events }: Sims): void {
  mkdirSync(join(folder, 'secrets'))
  for (const [name, secret] of Object.entries(secrets)) writeFileSync(join(folder, 'secrets', name), secret)
  writeFileSync(
    join(folder, 'config.yaml'),
    JSON.stringify({
      publicUrl: 'https://hallpass.example.com',
      hostedDomains: ['example.com'],
      slack: { teams: ['T0HALLPASS'], mode: 'socket' },
      google: {
        oauthClientID: google.seeds.client.id,
        ticketKey: defaultKeys.ticket,
        tokenKey: defaultKeys.token,
        auditLog: 'projects/hallpass-ops/logs/hallpass',
        groupsReader,
      },
      pagerduty: { routes: [{ name: 'try', namespaces: ['hallpass'] }] },
      iAmASandbox: {
        acceptLoopbackEndpoints: true,
        google: google.url,
        slack: slack.apiUrl,
        pagerduty: pagerduty.url,
        pagerdutyEvents: events.url,
      },
    }),
  )
}
