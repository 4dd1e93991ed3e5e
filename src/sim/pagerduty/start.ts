// A PagerDuty account over HTTP, for the official client: strict about keys, headers, bounds and rates.
import express, { type Express } from 'express'
import type { Clock } from '../clock.ts'
import { type Served, serve } from '../serve.ts'
import { Quota } from './quota.ts'
import { addRoutes, type Keys } from './routes.ts'
import { defaultKey, defaultSeeds } from './seeds.ts'
import { Account, type Duty, type Seeds } from './state.ts'

export type PagerDutyOptions = { clock: Clock; port?: number; keys?: Keys } & Partial<Seeds>

/** A running account. `state` and `keys` may be changed at any time; `quota.isOn = false` lifts the rate limit. */
export type PagerDutySim = Served & { state: Account; keys: Keys; quota: Quota }

/**
 * Starts the account with the default people, unless other seeds are given. Other processes put people on call by `PUT
 * /_sim/oncall {escalationPolicy?, level?, schedule?, users}`, read that back by GET, and turn the rate limit by `PUT
 * /_sim/quota {isOn?, limit?}`.
 */
export async function startPagerDuty({ clock, port, keys, ...seeds }: PagerDutyOptions): Promise<PagerDutySim> {
  const state = new Account(clock, { ...defaultSeeds(), ...seeds })
  const quota = new Quota(clock)
  const accepted: Keys = keys ?? new Map([[defaultKey, 'read']])
  const served = await serve(app => {
    addKnobs(app, state, quota)
    addRoutes(app, { account: state, keys: accepted, quota })
  }, port)
  return { ...served, state, keys: accepted, quota }
}

function addKnobs(app: Express, state: Account, quota: Quota): void {
  app.get('/_sim/oncall', (_req, res) => {
    const now = state.clock.now()
    res.json(
      state.entries(now, now).map(({ policy, level, user, schedule }) => ({
        escalationPolicy: policy.id,
        level,
        user: user.email,
        schedule: schedule?.id ?? null,
      })),
    )
  })
  app.put('/_sim/oncall', express.json(), (req, res) => {
    try {
      state.setOnCall(req.body as Duty)
      res.status(204).end()
    } catch (error) {
      res.status(400).json({ error: error instanceof Error ? error.message : String(error) })
    }
  })
  app.put('/_sim/quota', express.json(), (req, res) => {
    Object.assign(quota, req.body as Partial<Pick<Quota, 'isOn' | 'limit'>>)
    res.status(204).end()
  })
}
