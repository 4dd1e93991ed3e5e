// The default people: Mo is on call for the platform managers by a schedule, and Ana is the next level.
import type { Seeds } from './state.ts'

/** The API key that the default account accepts. */
export const defaultKey = 'pd-sandbox-key'

/** Policy PMANAGERS: level 1 is the schedule PROTA (Mo), level 2 is Ana. */
export function defaultSeeds(): Seeds {
  return {
    users: [
      { id: 'PMO', name: 'Mo Manager', email: 'mo@example.com', role: 'limited_user' },
      { id: 'PANA', name: 'Ana Director', email: 'ana@example.com', role: 'admin' },
      { id: 'PDANA', name: 'Dana Engineer', email: 'dana@example.com', role: 'limited_user' },
      { id: 'POTTO', name: 'Otto Other', email: 'otto@example.com', role: 'limited_user' },
    ],
    schedules: [{ id: 'PROTA', name: 'Managers on duty', shifts: [{ user: 'PMO' }] }],
    policies: [
      {
        id: 'PMANAGERS',
        name: 'Platform managers',
        levels: [[{ schedule: 'PROTA' }], [{ user: 'PANA' }]],
        services: ['PSERVICE'],
      },
    ],
  }
}
