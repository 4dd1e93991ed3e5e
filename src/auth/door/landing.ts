// What a form of the door has just done, for the page that it leads to. The address only names the request: what the page
// says is read from the stored request, so that nobody can make up a sentence with a link.
import type { AccessRequest } from '../../api/kinds.ts'
import { Broken, Waiting } from '../../domain/outcome.ts'
import type { Ref } from '../../domain/ports.ts'
import { type Dependencies, inHouse } from '../dependencies.ts'
import { redirect, type Reply } from '../web/reply.ts'
import { isOwn } from './persons.ts'
import type { Session } from './session.ts'

const kinds = ['asked', 'before', 'denied', 'withdrawn', 'done'] as const
type Kind = (typeof kinds)[number]

/** What was done, with the request, `namespace/name`. `before`: the person had asked for it already. */
export type Landing = { what: Kind; named: string }

/** What the page says was done, to which request. */
export type Note = { what: Kind; request: AccessRequest }

/** What the address of the door says; `queryOf` gives a parameter. */
export function landingOf(queryOf: (name: string) => string): Landing | undefined {
  const what = kinds.find(kind => queryOf(kind) !== '')
  return what && { what, named: queryOf(what) }
}

/** Leads the browser to the door, which says what was done. */
export function land(what: Kind, { metadata }: AccessRequest, outcome: Reply['outcome']): Reply {
  return redirect(`/?${what}=${encodeURIComponent(`${metadata.namespace}/${metadata.name}`)}`, outcome)
}

/** The names of a request in an address or a form. */
export function refOf(named: string): Ref | undefined {
  const [namespace = '', name = '', ...rest] = named.split('/')
  const isName = (text: string): boolean => /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(text)
  return rest.length === 0 && isName(namespace) && isName(name) ? { namespace, name } : undefined
}

/** The note, if this person did that to the request. */
export async function noteOf(
  landing: Landing | undefined,
  session: Session,
  deps: Dependencies,
): Promise<Note | undefined> {
  const ref = landing && refOf(landing.named)
  const request = ref && (await inHouse(deps.requests.get(ref)).catch(unlessPassing))
  return landing && request && isTrue(landing.what, request, { session, deps })
    ? { what: landing.what, request }
    : undefined
}

function isTrue(
  what: Kind,
  { spec, status = {} }: AccessRequest,
  { session, deps }: { session: Session; deps: Dependencies },
): boolean {
  const isMine = ({ who }: { who: { googleSubject?: string } }): boolean => who.googleSubject === session.googleSubject
  const { decisions = [], endings = [] } = status
  switch (what) {
    case 'asked':
    case 'before':
      return isOwn(spec.requester, session, deps)
    case 'denied':
      return decisions.some(one => one.verdict === 'Denied' && isMine(one))
    case 'withdrawn':
      return decisions.some(one => one.verdict === 'Withdrawn' && isMine(one))
    case 'done':
      return endings.some(one => one.verdict === 'Done' && isMine(one))
  }
}

// The lists are more important than the note.
function unlessPassing(error: unknown): undefined {
  if (!(error instanceof Broken || error instanceof Waiting)) throw error
}
