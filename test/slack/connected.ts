// A house whose gateway is connected to the simulated Slack over sockets.
import { setTimeout as pause } from 'node:timers/promises'
import type { RoleMapping } from '../../src/api/kinds.ts'
import { mapping } from '../builders/mapping.ts'
import { type House, inHouse, type Sockets } from './house.ts'

/** Waits until it holds. Throws after five seconds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 5_000; !holds(); await pause(2))
    if (performance.now() > end) throw new Error(`It does not happen that ${what}.`)
}

export const isReady = ({ gateway }: House): boolean => gateway.notReady() === undefined
export const ready = (house: House): Promise<void> => until('it is ready', () => isReady(house))

/** Runs `work` in a house whose gateway is connected. */
export function connected(
  work: (house: House) => Promise<void>,
  sockets: Sockets = {},
  mappings: RoleMapping[] = [mapping(), mapping({ name: 'logs' })],
): Promise<void> {
  return inHouse(
    async house => {
      await ready(house)
      await work(house)
    },
    mappings,
    { sockets },
  )
}
