// The wall clock is set while access is held: it ends at the instant that was promised.
import type { Installation } from './installation.ts'
import type { Outage } from './outages.ts'

const hourMs = 3_600_000

/** Sets the clock of every process once access is held, and puts it right after a while. */
function jumping(byMs: number, lastsMs: number): Outage {
  return {
    story: 'granted',
    seconds: 15,
    start: installation => {
      const heldAt = setInterval(() => void look(), 200)
      let back: NodeJS.Timeout | undefined
      const look = async (): Promise<void> => {
        if (back || !(await isHeld(installation))) return
        clearInterval(heldAt)
        installation.setClocks(byMs)
        back = setTimeout(() => installation.setClocks(0), lastsMs)
      }
      return () => {
        clearInterval(heldAt)
        clearTimeout(back)
        installation.setClocks(0)
      }
    },
  }
}

async function isHeld({ requests, namespace }: Installation): Promise<boolean> {
  const { items } = await requests.list({ namespace })
  return items.some(
    ({ status }) => status?.phase === 'Provisioned' && status.told?.some(({ what }) => what === 'granted'),
  )
}

/** By their sentences. */
export const clockOutages: Record<string, Outage> = {
  'the clock is set an hour ahead for three seconds while access is held': jumping(hourMs, 3000),
  'the clock is set back by an hour for three seconds while access is held': jumping(-hourMs, 3000),
}
