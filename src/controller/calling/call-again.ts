// Reminds the people who were asked and have not answered: by a note in the message's thread, and those who are not in the
// channel by direct message. Once; a crash before the record may repeat it.
import type { AccessRequest } from '../../api/kinds.ts'
import { instant } from '../../domain/asking/duration.ts'
import { remindable, reminded } from '../../domain/calling/reminding.ts'
import { viewOf } from '../../domain/view/view.ts'
import type { Delivered, PatchOf } from '../telling/deliver.ts'
import type { Dependencies } from '../dependencies.ts'
import { type Shown, unlessRefused } from '../telling/message.ts'

/** Reminds everybody who may be reminded. What this process has sent is not sent again when only its record failed. */
export async function callAgain(deps: Dependencies, shown: Shown): Promise<Delivered> {
  const { request, mapping } = shown
  const { message } = request.status ?? {}
  const people = remindable(request)
  const ids = people.flatMap(({ slackUserID }) => slackUserID ?? [])
  const view = viewOf(request, mapping)
  const ref = message?.ts ? { channel: message.channel, ts: message.ts } : undefined
  const absent = ref ? await deps.chat.absentAmong(ref.channel, ids) : ids
  const there = people.filter(({ slackUserID }) => !absent.includes(slackUserID ?? ''))
  const isInThread =
    ref === undefined ||
    there.length === 0 ||
    (await inThread(deps, request, async () => deps.chat.callAgain(ref, view, there)))
  await remindAll(deps, shown, isInThread ? absent : ids)
  return { record: told(deps) }
}

async function inThread(
  deps: Dependencies,
  { metadata }: AccessRequest,
  say: () => Promise<boolean>,
): Promise<boolean> {
  const key = `${metadata.uid} ${reminded}`
  if (deps.told.has(key)) return true
  const isSaid = await say()
  if (isSaid) deps.told.set(key, true)
  return isSaid
}

async function remindAll(
  deps: Dependencies,
  { request, mapping, linksOf }: Shown,
  ids: readonly string[],
): Promise<void> {
  const { permalink } = request.status?.message ?? {}
  const left = ids.filter(id => !deps.told.has(`${request.metadata.uid} ${reminded} ${id}`))
  if (left.length === 0) return
  const links = { ...(await linksOf(request)), ...(permalink && { message: permalink }) }
  const view = viewOf(request, mapping)
  const results = await Promise.allSettled(
    left.map(async id => {
      await unlessRefused(deps, request, deps.chat.callAgainDirectly(id, view, links))
      deps.told.set(`${request.metadata.uid} ${reminded} ${id}`, true)
    }),
  )
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

function told({ clock }: Dependencies): PatchOf {
  return fresh => {
    const others = (fresh.status?.told ?? []).filter(({ what }) => what !== reminded)
    return { told: [...others, { what: reminded, at: instant(clock.now()) }] }
  }
}
