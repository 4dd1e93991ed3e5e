// Cloud Logging: the controller may write its log, tried as a dry run, and read it back.
import type { AuditEntry } from '../../domain/audit/audit.ts'
import { createAuditLog, LogDenied } from '../../google/audit-log.ts'
import { createLogReadBack } from '../../google/log-read-back.ts'
import { logReaderScopes, ownIdentity } from '../google.ts'
import { type Check, type Found, type Installation, ok, seesYou, wrong } from './check.ts'
import { parted } from './failed.ts'

const write: Check = {
  id: 'log-write',
  component: 'logging',
  of: ['controller'],
  asks: 'Does Cloud Logging let the controller write to google.auditLog?',
  look: installation =>
    asController(installation, async ({ auditLog }, google) => {
      const project = auditLog.split('/')[1] ?? ''
      const authClient = await ownIdentity(installation.config.sandbox)
      const log = createAuditLog({
        project,
        authClient,
        clock: installation.clock,
        timeoutMs: installation.withinMs,
        isDryRun: true,
        ...google,
      })
      try {
        await log.write([harmless(installation.clock.now())])
        return ok(`An entry for "${auditLog}", tried as a dry run, was accepted.`)
      } catch (error) {
        if (!(error instanceof LogDenied)) throw error
        const { says, remedy = 'Grant the controller roles/logging.logWriter there.' } = parted(error.message)
        return wrong(says, remedy)
      }
    }),
}

const read: Check = {
  id: 'log-read',
  component: 'logging',
  of: ['controller'],
  asks: 'Does Cloud Logging let the controller read its log back, which it does before it deletes a request?',
  look: installation =>
    asController(installation, async ({ auditLog, auditView }, google) => {
      const place = auditView ?? auditLog.split('/logs/')[0] ?? ''
      const authClient = await ownIdentity(installation.config.sandbox, logReaderScopes)
      const log = createLogReadBack({ authClient, clock: installation.clock, ...google })
      await log.read({ in: [place], filter: `logName="${auditLog}"`, most: 1 })
      return ok(`The log can be read in "${place}".`)
    }),
}

type Places = { auditLog: string; auditView?: string }

async function asController(
  { config: { controller, sandbox }, googleSees }: Installation,
  look: (places: Places, google: { rootUrl?: string }) => Promise<Found>,
): Promise<Found> {
  if (!controller || googleSees === 'person') return seesYou('controller')
  return look(controller, sandbox?.google ? { rootUrl: sandbox.google } : {})
}

/** An entry that is stored nowhere. */
function harmless(at: Date): AuditEntry {
  const payload = { schema: 'hallpass/doctor/v1' }
  return {
    insertId: 'hallpass-doctor',
    at,
    severity: 'INFO',
    uid: 'hallpass-doctor',
    payload,
    isFirst: true,
    isLast: true,
  }
}

/** Cloud Logging. */
export const loggingChecks: readonly Check[] = [write, read]
