// An installation that is as it should be: the base on a real API server, the simulators, and the settings and secrets of
// each process. `hallpass doctor` runs there within the test.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Places } from '../../src/app/cluster.ts'
import type { Process, Row } from '../../src/app/doctor/check.ts'
import { runCommand } from '../../src/cli/outcome.ts'
import { readSample } from '../../src/sandbox/town.ts'
import { SimClock } from '../../src/sim/clock.ts'
import { type GoogleSim, startGoogle } from '../../src/sim/google/google.ts'
import { defaultAuditView, defaultGoogleSeeds, defaultIdentities, defaultKeys } from '../../src/sim/google/seeds.ts'
import { defaultKey } from '../../src/sim/pagerduty/seeds.ts'
import { type PagerDutySim, startPagerDuty } from '../../src/sim/pagerduty/start.ts'
import { type SlackSim, startSlack } from '../../src/sim/slack/start.ts'
import { mappingsPath, startFixture, type Fixture } from '../deploy/fixture.ts'

/** What is different in one run. */
export type Run = {
  words?: string[]
  now?: () => Date
  settings?: Record<string, unknown>
  /** Undefined for a secret that is not there. */
  secrets?: Record<string, string | undefined>
  places?: Places
}
export type Seen = { code: number; out: string; err: string }
export type Stage = Fixture & {
  google: GoogleSim
  slack: SlackSim
  pagerduty: PagerDutySim
  run(process: Process | 'all', run?: Run): Promise<Seen>
  /** The same as JSON. */
  rows(process: Process | 'all', run?: Run): Promise<Row[]>
  /** A pod's identity of this process, as a folder. */
  podOf(process: Process): Promise<Places>
  close(): Promise<void>
}

export const publicUrl = 'http://127.0.0.1:8080'

/** Starts everything. */
export async function openStage(): Promise<Stage> {
  const clock = new SimClock()
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-doctor-'))
  const fixture = await startFixture()
  const { cluster } = fixture
  await cluster.transport.request({ method: 'POST', path: mappingsPath, body: await readSample('prod-db') })
  const seeds = defaultGoogleSeeds([`${publicUrl}/oauth/callback`])
  const [google, slack, pagerduty] = [
    await startGoogle({ clock, seeds }),
    await startSlack({ clock }),
    await startPagerDuty({ clock }),
  ]
  slack.quota.isOn = false
  pagerduty.quota.isOn = false
  let runs = 0
  const run: Stage['run'] = async (process, { words = [], now = () => new Date(), settings, secrets, places } = {}) => {
    const own = join(folder, `${++runs}`)
    mkdirSync(join(own, 'secrets'), { recursive: true })
    writeFileSync(
      join(own, 'config.yaml'),
      JSON.stringify({ ...settingsOf({ google, slack, pagerduty }), ...settings }),
    )
    for (const [name, value] of Object.entries({ ...secretsOf(process, google), ...secrets }))
      if (value !== undefined) writeFileSync(join(own, 'secrets', name), value)
    let [out, err] = ['', '']
    const code = await runCommand(['doctor', process, ...words], {
      environment: { configPath: join(own, 'config.yaml'), secretsPath: join(own, 'secrets') },
      places: places ?? { environment: { kubeconfig: cluster.controlPlane.kubeconfigPath } },
      stdin: Readable.from([]),
      out: text => void (out += text),
      err: text => void (err += text),
      now,
      untilStopped: () => new AbortController().signal,
    })
    return { code, out, err }
  }
  return {
    ...fixture,
    google,
    slack,
    pagerduty,
    run,
    rows: async (process, more = {}) => {
      const { out, err } = await run(process, { ...more, words: [...(more.words ?? []), '-o', 'json'] })
      if (out === '') throw new Error(err)
      return (JSON.parse(out) as { rows: Row[] }).rows
    },
    podOf: async process => {
      const pod = join(folder, `pod-${process}`)
      mkdirSync(pod, { recursive: true })
      const { url, caPem } = cluster.controlPlane
      writeFileSync(
        join(pod, 'token'),
        await cluster.controlPlane.serviceAccountToken('hallpass-system', `hallpass-${process}`),
      )
      writeFileSync(join(pod, 'ca.crt'), caPem)
      const { hostname: host, port } = new URL(url)
      return { environment: { service: { host, port } }, podFolder: pod }
    },
    close: async () => {
      await Promise.all([google.close(), slack.close(), pagerduty.close()])
      await cluster.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function settingsOf({ google, slack, pagerduty }: Pick<Stage, 'google' | 'slack' | 'pagerduty'>): object {
  return {
    namespaces: ['hallpass'],
    publicUrl,
    hostedDomains: ['example.com'],
    slack: { teams: [slack.state.team.id], command: '/access' },
    google: {
      oauthClientID: 'hallpass-sim.apps.googleusercontent.com',
      ticketKey: defaultKeys.ticket,
      tokenKey: defaultKeys.token,
      auditLog: 'projects/hallpass-ops/logs/hallpass',
      auditView: defaultAuditView,
    },
    iAmASandbox: {
      acceptLoopbackEndpoints: true,
      google: google.url,
      slack: slack.apiUrl,
      pagerduty: pagerduty.url,
    },
  }
}

/** Secrets as the simulators have them. */
export function secretsOf(process: Process | 'all', { seeds }: Pick<GoogleSim, 'seeds'>): Record<string, string> {
  const all: Record<Process, Record<string, string>> = {
    gateway: { 'slack-bot-token': 'xoxb-sandbox', 'slack-signing-secret': 'sandbox-signing-secret' },
    auth: { 'oauth-client-secret': seeds.client.secret, 'google-access-token': defaultIdentities.auth.token },
    controller: {
      'slack-bot-token': 'xoxb-sandbox',
      'pagerduty-token': defaultKey,
      'google-access-token': defaultIdentities.controller.token,
    },
  }
  return process === 'all' ? { ...all.gateway, ...all.auth, ...all.controller } : all[process]
}
