// PagerDuty's Events API v2 on its own host: strict about every field, and about how often one key may be used.
import express, { type NextFunction, type Request, type Response } from 'express'
import type { Clock } from '../clock.ts'
import { type Served, serve } from '../serve.ts'
import { type AlertEvent, Alerts, type Target } from './alerts.ts'
import { faultsOfEvent } from './event-faults.ts'

export type EventsOptions = { clock: Clock; port?: number; keys?: Map<string, Target> }

/** A running Events API. Its alerts and keys may be read and changed at any time. */
export type EventsSim = Served & { alerts: Alerts }

/** The routing key that the default account accepts: an integration of the service of the platform managers. */
export const defaultRoutingKey = 'pdsandboxroutingkey0000000000001'
const defaultService = 'PSERVICE'

/** Starts it. Other processes read the alerts by `GET /_sim/alerts`. */
export async function startEvents({ clock, port, keys }: EventsOptions): Promise<EventsSim> {
  const alerts = new Alerts(clock, keys ?? new Map([[defaultRoutingKey, { service: defaultService }]]))
  const served = await serve(app => {
    app.get('/_sim/alerts', (_req, res) => void res.json(alerts.all))
    app.post('/v2/enqueue', express.json({ limit: '512kb', type: () => true }), (req, res) => {
      enqueue(alerts, req.body as unknown, res)
    })
    app.use((_req, res) => void res.status(404).type('text').send('Not Found'))
    app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => {
      const isTooLarge = typeof error === 'object' && error !== null && 'status' in error && error.status === 413
      if (isTooLarge) res.status(413).type('text').send('Payload Too Large')
      else invalid(res, ['JSON is invalid'])
    })
  }, port)
  return { ...served, alerts }
}

function enqueue(alerts: Alerts, body: unknown, res: Response): void {
  const errors = faultsOfEvent(body)
  if (errors.length > 0) return invalid(res, errors)
  const event = body as AlertEvent
  if (!alerts.keys.has(event.routing_key)) return invalid(res, ['Invalid routing key'])
  if (!alerts.admits(event.routing_key)) {
    const message = 'Requests for this service are arriving too quickly.  Please retry later.'
    return void res.status(429).json({ status: 'throttle exceeded', message })
  }
  res.status(202).json({ status: 'success', message: 'Event processed', dedup_key: alerts.apply(event) })
}

function invalid(res: Response, errors: readonly string[]): void {
  res.status(400).json({ status: 'invalid event', message: 'Event object is invalid', errors })
}
