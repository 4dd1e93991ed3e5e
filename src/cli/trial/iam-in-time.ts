// Assumptions about IAM that take minutes: when access begins and ends, and what the audit log then says.
import { after, instant } from '../../domain/asking/duration.ts'
import { type Assumption, field, holds, listIn, needed, NotPrepared, type Trial } from './assumption.ts'
import { added, bindingOf, trialRole, untilExpression } from './policies.ts'

const service = 'Google IAM' as const
/** A permission of the trial's role that the owner of a project does not have by that. */
const permission = 'storage.objects.get'
/** People are told "usually within 2 minutes, sometimes 7 or more". */
const beginsWithinSeconds = 600
const endsWithinSeconds = 60
const loggedWithinSeconds = 300
const everySeconds = 5

function secondsBetween(since: Date, until: Date): number {
  return Math.round((until.getTime() - since.getTime()) / 1000)
}

async function isHeld({ services, places }: Trial): Promise<boolean> {
  const path = `v3/${places.project}:testIamPermissions`
  const body = { permissions: [permission] }
  const data = needed('Testing a permission', await services.google({ api: 'cloudresourcemanager', path, body }))
  return listIn(data, 'permissions').includes(permission)
}

/** Looks every few seconds until something is found; undefined after the limit. */
export async function within<T>(
  trial: Trial,
  seconds: number,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const until = after(trial.now(), seconds)
  for (;;) {
    const found = await look()
    if (found !== undefined || trial.now() >= until) return found
    await trial.pause(everySeconds)
  }
}

/** How long it took, in words. */
function took(since: Date, at: Date | undefined): { came: string; isSame: boolean } {
  return { came: at ? `after ${secondsBetween(since, at)} s` : 'not in this time', isSame: at !== undefined }
}

export const iamInTimeAssumptions: Assumption[] = [
  {
    id: 'iam-begins-and-ends',
    service,
    says: 'Access by a time condition begins within 10 minutes of the write, and ends at its time without any call.',
    changes: `adds a binding of ${trialRole} for you that ends after 10 minutes, waits for its end, and removes it`,
    check: async trial => {
      if (await isHeld(trial)) throw new NotPrepared(`You hold "${permission}" already, so nothing can be measured.`)
      const endsAt = after(trial.now(), beginsWithinSeconds)
      await added(trial, [bindingOf(trial, { name: 'time', expression: untilExpression(endsAt) })])
      const writtenAt = trial.now()
      const begins = await within(trial, secondsBetween(writtenAt, endsAt), async () =>
        (await isHeld(trial)) ? trial.now() : undefined,
      )
      const begun = holds('it begins', `within ${beginsWithinSeconds} s`, took(writtenAt, begins))
      if (!begins) return [begun]
      await trial.pause(Math.max(0, secondsBetween(trial.now(), endsAt)))
      const ends = await within(trial, endsWithinSeconds, async () => ((await isHeld(trial)) ? undefined : trial.now()))
      return [begun, holds('it ends', `within ${endsWithinSeconds} s of its time`, took(endsAt, ends))]
    },
  },
  {
    id: 'iam-audit-reason',
    service,
    says: 'The audit log records a policy write with the reason that was sent in X-Goog-Request-Reason.',
    changes: `adds a binding of ${trialRole} for you to the project, and removes it again; the two entries in the audit log stay`,
    check: async trial => {
      const since = trial.now()
      await added(trial, [bindingOf(trial, { name: 'reason' })], `${trial.id} reason`)
      let seen = 0
      const found = await within(trial, loggedWithinSeconds, async () => {
        const reasons = await reasonsOfWrites(trial, since)
        seen = reasons.length
        return reasons.includes(`hallpass trial ${trial.id} reason`) ? trial.now() : undefined
      })
      const came = found ? `an entry, ${secondsBetween(since, found)} s later` : `${seen} entries without it`
      return [holds('with the reason', 'an entry', { came, isSame: found !== undefined })]
    },
  },
]

/** The reasons in the entries about policy writes of this person since then. */
async function reasonsOfWrites({ services, places }: Trial, since: Date): Promise<unknown[]> {
  const { project, person } = places
  const filter = [
    `logName="${project}/logs/cloudaudit.googleapis.com%2Factivity"`,
    'protoPayload.methodName="SetIamPolicy"',
    `protoPayload.authenticationInfo.principalEmail="${person}"`,
    `timestamp>="${instant(since)}"`,
  ].join(' AND ')
  const body = { resourceNames: [project], filter, orderBy: 'timestamp asc', pageSize: 100 }
  const answer = await services.google({ api: 'logging', path: 'v2/entries:list', body })
  return listIn(needed('Reading the audit log', answer), 'entries').map(entry =>
    field(entry, 'protoPayload', 'requestMetadata', 'requestAttributes', 'reason'),
  )
}
