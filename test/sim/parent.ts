// Starts a control plane, says where it is, and waits to be killed.
import { startControlPlane } from '../../src/sim/controlplane/start.ts'

const { folder, watchdogPid } = await startControlPlane()
console.log(JSON.stringify({ folder, watchdogPid }))
setInterval(() => undefined, 1000)
