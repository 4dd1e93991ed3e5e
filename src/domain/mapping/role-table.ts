// The form of the table of predefined roles: one line for each service, one word for each role. The generator writes
// it, and it is searched as text, so that a process that never looks up a role has no cost for two thousand of them.
import { powersOf, type Power } from './powers.ts'

/** The stages in IAM; a role without one is in ALPHA (https://cloud.google.com/iam/docs/reference/rest/v1/roles). */
export type Stage = 'ALPHA' | 'BETA' | 'GA' | 'DEPRECATED' | 'DISABLED' | 'EAP'

/** A role in the format of IAM's `roles.list` and `roles.get` with `view=FULL`. */
export type ListedRole = {
  name?: string | null
  stage?: string | null
  deleted?: boolean | null
  includedPermissions?: string[] | null
}

/** The table's entry for a role. */
export type TableRole = { stage: Stage; powers: Power[] }

const codes: Record<Stage, string> = { GA: '', BETA: 'b', ALPHA: 'a', DEPRECATED: 'd', DISABLED: 'x', EAP: 'e' }
const stages = Object.fromEntries(Object.entries(codes).map(([stage, code]) => [code, stage])) as Record<string, Stage>
/** Used as the service of roles without a service, such as `roles/browser`. */
const noService = '-'

/** The stage of a role in IAM's format. */
export function stageOf({ stage }: ListedRole): Stage {
  return stage && Object.hasOwn(codes, stage) ? (stage as Stage) : 'ALPHA'
}

/** The table of these roles: deleted ones are left out, so that they are unknown. */
export function renderRoles(roles: readonly ListedRole[]): string {
  const rows = roles.flatMap(role =>
    role.name?.startsWith('roles/') && !role.deleted
      ? [{ name: role.name, stage: stageOf(role), powers: powersOf(role.includedPermissions ?? []) }]
      : [],
  )
  return renderRows(rows)
}

/** The table of roles with known powers. */
export function renderRows(rows: readonly (TableRole & { name: string })[]): string {
  const lines = new Map<string, string[]>()
  for (const { name, stage, powers } of rows.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const { service, rest } = partsOf(name)
    const [code, all] = [codes[stage], powers.join(';')]
    const word = rest + (code && `:${code}`) + (all && `=${all}`)
    lines.set(service, [...(lines.get(service) ?? []), word])
  }
  const sorted = [...lines].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([service, words]) => `${service} ${words.join(' ')}\n`).join('')
}

/** The entry of a role (`roles/…`) in `table`; undefined when it is not there. */
export function findRole(table: string, role: string): TableRole | undefined {
  // The table's own marks are not part of a name.
  if (!/^roles\/[\w.]+$/.test(role)) return undefined
  const { service, rest } = partsOf(role)
  const word = wordsOf(table, service).find(other => nameIn(other) === rest)
  if (word === undefined) return undefined
  const [name = '', powers = ''] = word.split('=')
  return { stage: stages[name.split(':')[1] ?? ''] ?? 'ALPHA', powers: powers === '' ? [] : powers.split(';') }
}

/** The names of all roles in `table`. */
export function rolesIn(table: string): string[] {
  return table
    .trim()
    .split('\n')
    .flatMap(line => {
      const [service = '', ...words] = line.split(' ')
      return words.map(word => `roles/${service === noService ? '' : `${service}.`}${nameIn(word)}`)
    })
}

function wordsOf(table: string, service: string): string[] {
  const mark = `\n${service} `
  const start = `\n${table}`.indexOf(mark)
  if (start < 0) return []
  const begin = start + mark.length - 1
  return table.slice(begin, table.indexOf('\n', begin)).split(' ')
}

function nameIn(word: string): string {
  return word.split(/[:=]/)[0] ?? ''
}

function partsOf(role: string): { service: string; rest: string } {
  const name = role.replace(/^roles\//, '')
  const dot = name.indexOf('.')
  return dot < 0 ? { service: noService, rest: name } : { service: name.slice(0, dot), rest: name.slice(dot + 1) }
}
