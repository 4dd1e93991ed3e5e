// Updates the table of Google's predefined roles: reads the pages of `GET
// https://iam.googleapis.com/v1/roles?view=FULL` from standard input, one JSON object after another or in a list, and
// writes src/domain/mapping/predefined-roles.gen.ts. The argument is the day on which they were listed: `npm run roles --
// 2026-11-28 < roles.json`.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type ListedRole, renderRoles, rolesIn } from '../domain/mapping/role-table.ts'
import { at } from './answer.ts'

/** Fewer roles than this cannot be all of Google's: a page is missing. */
const fewest = 1500

/** The roles in the input: a page, a list of pages, a list of roles, or several of these one after another. */
export function rolesOf(json: string): ListedRole[] {
  const found = pagesIn(json).flatMap(page => {
    const roles = at(page, 'roles')
    return Array.isArray(roles) ? (roles as ListedRole[]) : [page as ListedRole]
  })
  const unseen = found.find(({ name, includedPermissions }) => name === 'roles/owner' && !includedPermissions)
  if (unseen) throw new Error('The roles come without their permissions. Ask IAM with view=FULL.')
  const stranger = found.find(({ name }) => !name?.startsWith('roles/'))
  if (stranger) throw new Error(`"${stranger.name ?? JSON.stringify(stranger).slice(0, 80)}" is not a predefined role.`)
  return found
}

// `jq` and shells print objects one after another; the next one begins where an opening brace follows a closing one.
function pagesIn(json: string): unknown[] {
  const parsed = JSON.parse(`[${json.trim().replace(/\}\s*\n\s*\{/g, '},{')}]`) as unknown[]
  return parsed.flat()
}

/** The file for a table of that date (YYYY-MM-DD) and origin. */
export function fileOf(table: string, date: string, source: string): string {
  return `// Google Cloud's ${rolesIn(table).length} predefined roles on ${date}, from ${source}.
// Renewed by npm run roles. Do not edit: src/domain/mapping/role-table.ts says how a line is read, src/domain/mapping/powers.ts which
// permissions make which power.

/** The day on which the table was true. */
export const rolesAsOf = '${date}'

export const roleTable = \`${table}\`
`
}

async function renew(date: string | undefined): Promise<void> {
  if (!/^\d{4}-\d\d-\d\d$/.test(date ?? '')) throw new Error('Give the day on which the roles were listed: YYYY-MM-DD.')
  const roles = rolesOf(await text(process.stdin))
  if (roles.length < fewest)
    throw new Error(`Only ${roles.length} roles were read; there are more. Give all pages, joined.`)
  const table = renderRoles(roles)
  const path = join(import.meta.dirname, '../domain/mapping/predefined-roles.gen.ts')
  writeFileSync(path, fileOf(table, date ?? '', "IAM's list of roles"))
  console.log(`${path} now tells of ${rolesIn(table).length} roles.`)
}

if (import.meta.main) await renew(process.argv[2])
