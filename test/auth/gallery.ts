// Renders the main pages to test/out/auth, as HTML and as screenshots, for looking at them: node test/auth/gallery.ts
import { mkdir, writeFile } from 'node:fs/promises'
import chromium from '@sparticuz/chromium'
import { chromium as playwright, type Page as BrowserPage } from 'playwright-core'
import type { AccessRequest, GrantRecord } from '../../src/api/kinds.ts'
import { approvedIn, Browser, mo, otto, start, Fixture } from './fakes.ts'

const folder = 'test/out/auth'
const widths = [360, 390, 1280]

/** Pages by name: what a browser sees after this was done. */
const pages: Record<string, (fixture: Fixture, browser: Browser) => Promise<string>> = {
  ask: async (fixture, browser) => (await browser.get(`/approve?t=${await fixture.ticket()}`)).body,
  'ask-more': async (fixture, browser) => {
    fixture.mapping.spec.grants = [
      {
        resource: 'projects/prod-eu',
        role: 'roles/cloudsql.client',
        condition:
          'resource.type == "sqladmin.googleapis.com/Instance" && resource.name.endsWith("/instances/payments-primary")',
      },
      { resource: 'folders/123456789012', role: 'organizations/998877665544/roles/breakGlassOperatorForPayments' },
    ]
    fixture.ask(asked => {
      asked.spec.grants = fixture.mapping.spec.grants
      asked.spec.reason =
        'INC-4711 the payout batch of last night stopped half-way; I need to read the locks and\u202E end the session that holds them. Runbook: https://runbooks.example.com/payouts'
      asked.spec.duration = '4h'
    })
    return (await fixture.begin(browser, { grants: [] })).asked.body
  },
  granting: async (fixture, browser) => {
    const { location } = await fixture.approve(mo, { browser, change: { grants: ['1'], duration: '10m' } })
    return (await browser.get(location)).body
  },
  granted: async (fixture, browser) => outcome(fixture, browser, granted(fixture, 'Written')),
  'in-doubt': async (fixture, browser) => outcome(fixture, browser, granted(fixture, 'Unknown')),
  'granted-for-anyone': async (fixture, browser) =>
    outcome(fixture, browser, granted(fixture, 'Written', 'other'.padEnd(43, 'x'))),
  denied: async (fixture, browser) =>
    outcome(fixture, browser, {
      decisions: [
        {
          id: 'd',
          verdict: 'Denied',
          who: { email: 'mo@example.com' },
          at: '2026-11-23T14:04:00Z',
          comment: 'use the replica',
        },
      ],
    }),
  failed: async (fixture, browser) =>
    outcome(fixture, browser, {
      phase: 'Failed',
      conditions: [
        {
          type: 'Provisioned',
          status: 'False',
          reason: 'AccessDenied',
          lastTransitionTime: '2026-11-23T14:05:00Z',
          message:
            'Google refused to change the IAM policy of "projects/prod-eu": mo@example.com may not grant "roles/cloudsql.client" there.',
        },
      ],
    }),
  'another-account': async (fixture, browser) => (await fixture.approve({ email: 'mo@gmail.com' }, { browser })).body,
  'not-an-approver': async (fixture, browser) => (await fixture.approve(otto, { browser })).body,
  oneself: async (fixture, browser) => (await fixture.approve({ email: 'dana@example.com' }, { browser })).body,
  unticked: async (fixture, browser) => (await fixture.approve({ ...mo, scopes: ['openid'] }, { browser })).body,
  'no-rights': async (fixture, browser) => {
    fixture.rights.forbidden = ['projects/prod-eu']
    return (await fixture.approve(mo, { browser })).body
  },
  'bad-link': async (_, browser) => (await browser.get('/approve?t=somethingelse-entirely')).body,
  'not-here': async (_, browser) => (await browser.get('/approve/not-here')).body,
  broken: async (fixture, browser) => {
    fixture.sealedTokens.isDown = true
    return (await fixture.approve(mo, { browser })).body
  },
}

type Status = NonNullable<AccessRequest['status']>

const salt = 'S'.repeat(43)
const claims = { iss: '', aud: '', sub: '', email: 'mo@example.com', iat: 0, exp: 0, nonce: '' }

function granted(fixture: Fixture, state: GrantRecord['state'], by = salt): Status {
  return {
    decisions: [
      {
        id: 'a',
        verdict: 'Approved',
        who: { email: 'mo@example.com' },
        at: '2026-11-23T14:05:00Z',
        evidence: { hash: '', salt: by, claims },
      },
    ],
    approvedBy: 'mo@example.com',
    phase: 'Provisioned',
    startsAt: '2026-11-23T14:05:12Z',
    expiresAt: '2026-11-23T14:35:12Z',
    grants: fixture.stored().spec.grants.map(({ resource, role }) => ({ resource, role, state })),
    told: [{ what: 'granted', at: '2026-11-23T14:05:20Z' }],
  }
}

async function outcome(fixture: Fixture, browser: Browser, status: Status): Promise<string> {
  fixture.ask(asked => Object.assign(asked.status ?? {}, status))
  return (await approvedIn(browser, salt).get(`/approve/outcome?t=${await fixture.ticket()}`)).body
}

async function write(page: BrowserPage, name: string): Promise<void> {
  const fixture = await new Fixture().open()
  fixture.ask(({ status = {} }) => {
    status.message = {
      channel: 'C0PRODACCESS',
      intentAt: start.toISOString(),
      permalink: 'https://example.slack.com/archives/C0/p1',
    }
  })
  fixture.clock.forward(200)
  const html = (await pages[name]?.(fixture, new Browser(fixture))) ?? ''
  await fixture.close()
  await writeFile(`${folder}/${name}.html`, html)
  await page.setContent(html.replace(/<meta http-equiv="refresh"[^>]*>/, ''))
  for (const width of widths)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 800 })
      await page.emulateMedia({ colorScheme })
      await page.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}.png`, fullPage: true })
      const overflow = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'))
      if (overflow > 0) console.log(`${name} is ${overflow} px too wide at ${width}`)
    }
}

await mkdir(folder, { recursive: true })
// In one process Chromium ends with its first page.
const args = chromium.args.filter(arg => arg !== '--single-process')
const chrome = await playwright.launch({ executablePath: await chromium.executablePath(), args })
const page = await chrome.newPage()
for (const name of Object.keys(pages)) await write(page, name)
await chrome.close()
console.log(`Wrote ${Object.keys(pages).length} pages to ${folder}.`)
